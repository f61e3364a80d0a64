/** The engine beside the routes of the frameworks that people have: examples/frameworks. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { connectWebSocket } from '@pairwire/websocket';
import { describe, expect, onTestFinished, test } from 'vitest';

import { root } from '../source-files.ts';
import { Program } from '../system/program.ts';

const folder = join(root, 'examples/frameworks');
const isInstalled = existsSync(join(folder, 'node_modules/.package-lock.json'));

if (!isInstalled) {
  console.log('skipped: examples/frameworks is not installed (npm ci in that folder)');
}

async function start(name: string): Promise<number> {
  const program = new Program([], [], join(folder, name), { PORT: '0' });
  onTestFinished(() => program.end());
  return Number((await program.line(/^listening .*port: (\d+)/m))[1]);
}

function serves(name: string): void {
  test('serves a page and a WebSocket on one port', async () => {
    const port = await start(name);
    const [page] = await once(get({ port, host: '127.0.0.1', agent: false }), 'response');
    expect(page.statusCode).toBe(200);
    expect((await page.setEncoding('utf8').toArray()).join('')).toBe('hello');

    const connection = await connectWebSocket(`ws://127.0.0.1:${port}/echo`, {
      origin: `http://127.0.0.1:${port}`,
    });
    connection.send('您好');
    for await (const { data } of connection) {
      expect(data).toBe('您好');
      break;
    }
    await connection[Symbol.asyncDispose]();
  });

  test('refuses another origin and an unknown path', async () => {
    const url = `ws://127.0.0.1:${await start(name)}`;
    const evil = connectWebSocket(`${url}/echo`, { origin: 'https://evil.example' });
    await expect(evil).rejects.toMatchObject({ finding: 'forbidden' });
    await expect(connectWebSocket(`${url}/other`)).rejects.toMatchObject({
      finding: 'path-unknown',
    });
  });
}

test.each(['node-http.mjs', 'express.mjs', 'fastify.mjs', 'hono.mjs'])(
  '%s is ten lines at most',
  (name) => {
    const code = readFileSync(join(folder, name), 'utf8').split('\n').filter(isCode);
    expect(code.length).toBeLessThanOrEqual(10);
  },
);

function isCode(line: string): boolean {
  return line.trim() !== '' && !/^\s*(\/\/|\/?\*)/.test(line);
}

describe('node-http.mjs', () => {
  serves('node-http.mjs');
});

describe.skipIf(!isInstalled).each(['express.mjs', 'fastify.mjs', 'hono.mjs'])('%s', (name) => {
  serves(name);
});

test.skipIf(!isInstalled)(
  'the framework examples satisfy TypeScript',
  () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
  },
  120_000,
);
