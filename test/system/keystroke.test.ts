/**
 * Follows one keystroke through the code and holds the way against the stations that
 * ARCHITECTURE.md lists: every method that it names, in its order.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectChannel } from '@pairwire/channel/client';
import type { OpenPipe } from '@pairwire/pairing';
import { WebSocket } from '@pairwire/websocket';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { RelayServer } from '../../packages/pairwire/src/relay/relay-server.ts';
import { read } from '../source-files.ts';
import { pair, type Ends } from './ends.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

interface Station {
  file: string;
  type: string;
  method: string;
}

let http: Server;
let relay: RelayServer;
let ends: Ends;

beforeAll(async () => {
  relay = new RelayServer();
  http = createServer();
  http.on('upgrade', (request, socket, head) => relay.handleUpgrade(request, socket, head));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const open: OpenPipe = (handler) =>
    connectChannel(`http://127.0.0.1:${port}`, handler, { WebSocket });
  ends = await pair(open, open);
});

afterAll(async () => {
  vi.restoreAllMocks();
  ends.stop();
  await relay.close();
  http.close();
  await once(http, 'close');
});

/** The rows of the table in section 3: | layer | `path` | `Type.method` | what happens |. */
function stations(): Station[] {
  const section =
    read('ARCHITECTURE.md')
      .split(/^## /m)
      .find((text) => text.startsWith('3.')) ?? '';
  const rows = section.matchAll(/^\|[^|]*\| `([^`]+\.ts)` \| `(\w+)\.(\w+)` \|/gm);
  return [...rows].map(([, file = '', type = '', method = '']) => ({ file, type, method }));
}

test('a keystroke passes the stations of ARCHITECTURE.md in their order', async () => {
  const expected = stations();
  expect(expected.length).toBeGreaterThan(15);
  const passed: string[] = [];
  const names = new Set<string>();
  for (const { file, type, method } of expected) {
    const name = `${type}.${method}`;
    if (names.has(name)) continue;
    names.add(name);
    const module = (await import(
      /* @vite-ignore */ new URL(`../../${file}`, import.meta.url).href
    )) as Record<string, unknown>;
    const { prototype } = module[type] as { prototype: Record<string, Method> };
    const original = prototype[method];
    if (original === undefined) throw new Error(`${file} has no ${name}`);
    vi.spyOn(prototype, method).mockImplementation(function (this: unknown, ...args: unknown[]) {
      passed.push(name);
      return original.apply(this, args);
    });
  }

  ends.phone.setField({ text: '键', selectionStart: 1, selectionEnd: 1 });
  await ends.atPage.until(({ field }) => field === '键');

  // Whatever else happened (acknowledgements, a second call) may stand between the stations.
  let at = 0;
  const missed = expected.filter(({ type, method }) => {
    const found = passed.indexOf(`${type}.${method}`, at);
    if (found >= 0) at = found + 1;
    return found < 0;
  });
  expect({ missed, passed: missed.length > 0 ? passed : [] }).toEqual({ missed: [], passed: [] });
});
