// Every transport in a real browser: the cases that hold in Node hold here.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, type Page } from '@playwright/test';
import { WebSocket } from '@pairwire/websocket';
import { build, defaultClientConditions } from 'vite';

import { connectChannel } from '../../packages/channel/src/client/index.ts';
import { TRANSPORT_NAMES } from '../../packages/channel/src/protocol/channel.ts';
import { ContractServer } from '../../packages/channel/test/contract-server.ts';
import { abilitiesOf, TRANSPORT_CASES } from '../../packages/channel/test/transport-contract.ts';

const SOURCE = fileURLToPath(new URL('.', import.meta.url));

let folder: string;
let server: ContractServer;
let address: string;

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pairwire-transports-'));
  await build({
    configFile: false,
    root: SOURCE,
    logLevel: 'warn',
    resolve: { conditions: ['@pairwire/source', ...defaultClientConditions] },
    build: { outDir: folder, emptyOutDir: true, target: 'es2022' },
  });
  server = new ContractServer({}, (request, response) => void serve(request, response));
  address = await server.listen();
});

test.afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

for (const transport of TRANSPORT_NAMES) {
  test.describe(`the ${transport} transport in a browser`, () => {
    const abilities = abilitiesOf(transport);
    // One page for all: opening it takes longer than most cases.
    test('keeps the contract', async ({ page }) => {
      test.setTimeout(120_000);
      await open(page);
      for (const { name, needs } of TRANSPORT_CASES) {
        if (needs !== undefined && !abilities[needs]) continue;
        await test.step(name, async () => {
          const fault = await page.evaluate(
            ([carrier, one]) => window.runTransportCase(carrier, one),
            [transport, name] as const,
          );
          expect(fault, name).toBe('');
        });
      }
    });

    test('tells the server when its page is left', async ({ page }) => {
      await open(page);
      const name = `left-${transport}`;
      await page.evaluate(([carrier, own]) => window.leaveOpen(carrier, own), [
        transport,
        name,
      ] as const);
      const ending = askForEnding(name);
      await page.goto('about:blank');
      expect(await ending).toMatch(/^1001 /);
    });
  });
}

test('a page reaches a server of another origin that lets it in, and no other', async ({
  page,
}) => {
  const friendly = new ContractServer({ origins: [address] });
  // As servers are when nobody says anything.
  const closed = new ContractServer({ origins: 'same-host' });
  try {
    const places = [await friendly.listen(), await closed.listen()] as const;
    await open(page);
    const answers: Record<string, string[]> = {};
    for (const transport of TRANSPORT_NAMES) {
      answers[transport] = [];
      for (const place of places) {
        const answer = await page.evaluate(
          ([where, carrier]) => window.askElsewhere(where, carrier),
          [place, transport] as const,
        );
        answers[transport].push(answer);
      }
    }
    const expected = TRANSPORT_NAMES.map((transport) => [transport, ['hello', 'closed 1006']]);
    expect(answers).toEqual(Object.fromEntries(expected));
    expect(closed.size).toBe(0);
  } finally {
    await friendly.close();
    await closed.close();
  }
});

async function open(page: Page): Promise<void> {
  await page.goto(`${address}/index.html`);
  await page.waitForFunction(() => 'runTransportCase' in window);
}

/** How the channel of that name ends, seen from another one. */
function askForEnding(name: string): Promise<string> {
  return new Promise((resolve) => {
    const channel = connectChannel(
      address,
      {
        open: () => void channel.send(`ending ${name}`),
        packet: (packet) => {
          resolve(String(packet));
          channel.close();
        },
        close() {},
      },
      { WebSocket, transport: 'websocket' },
    );
  });
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').replaceAll('..', '');
  const type = extname(path) === '.js' ? 'text/javascript' : 'text/html; charset=utf-8';
  try {
    const file = await readFile(join(folder, path));
    response.writeHead(200, { 'Content-Type': type }).end(file);
  } catch {
    response.writeHead(404).end();
  }
}
