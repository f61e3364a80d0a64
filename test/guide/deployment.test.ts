/** The configurations of docs/guide/deployment.md, in the real proxies. */
import { readFile } from 'node:fs/promises';
import { connectWebSocket, type ConnectOptions } from '@pairwire/websocket';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { Caddy, caddyProgram } from '../proxies/caddy.ts';
import { Nginx, nginxProgram } from '../proxies/nginx.ts';
import type { Program } from '../system/program.ts';
import { readConfiguration } from './guide-blocks.ts';
import { GuidePrograms, TLS_CERT, TLS_KEY } from './guide-programs.ts';

let guide: GuidePrograms;
let app: Program;
let appPort: string;
let ca: Buffer;

beforeAll(async () => {
  guide = await GuidePrograms.unpack();
  ca = await readFile(TLS_CERT);
  app = guide.run('app.mjs');
  [, appPort = ''] = await app.line(/^listening .*port: (\d+)/m);
});

afterAll(async () => {
  await guide.endAll();
  await guide.remove();
});

/** Exchanges what the configuration and this machine cannot have in common; all of it must be there. */
function exchange(configuration: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the configuration has no ${from}`);
    return text.replaceAll(from, to);
  }, configuration);
}

async function startNginx(): Promise<number> {
  const nginx = await Nginx.startWith((port) =>
    exchange(readConfiguration('nginx'), {
      '443 ssl': `127.0.0.1:${port} ssl`,
      'app.example.org': 'localhost',
      '/etc/ssl/app.crt': TLS_CERT,
      '/etc/ssl/app.key': TLS_KEY,
      '127.0.0.1:8080': `127.0.0.1:${appPort}`,
    }),
  );
  onTestFinished(() => nginx.close());
  return nginx.port;
}

async function startCaddy(): Promise<number> {
  const caddy = await Caddy.start((port) =>
    exchange(readConfiguration('caddyfile'), {
      'app.example.org {': `https://localhost:${port} {\n\tbind 127.0.0.1\n\ttls ${TLS_CERT} ${TLS_KEY}`,
      '127.0.0.1:8080': `127.0.0.1:${appPort}`,
    }),
  );
  onTestFinished(() => caddy.close());
  return caddy.port;
}

function lets(start: () => Promise<number>): void {
  const connect = async (port: number, options: ConnectOptions = {}) => {
    const connection = await connectWebSocket(`wss://localhost:${port}/`, {
      tls: { ca },
      ...options,
    });
    onTestFinished(() => connection.terminate());
    const messages = connection[Symbol.asyncIterator]();
    return { connection, next: async () => (await messages.next()).value?.data };
  };

  test('a page of the same host and messages of any length through', async () => {
    const port = await start();
    const { connection, next } = await connect(port, { origin: `https://localhost:${port}` });
    for (const text of ['您好', 'x'.repeat(1_000_000)]) {
      connection.send(text);
      expect(await next()).toBe(text);
    }
    connection.close(1000);
    expect(await next()).toBeUndefined();
  }, 60_000);

  test('a page of another host not through', async () => {
    const evil = connect(await start(), { origin: 'https://evil.example' });
    await expect(evil).rejects.toMatchObject({ finding: 'forbidden' });
  }, 60_000);

  test('the application see who connects, not what they claim to be', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const { connection, next } = await connect(await start(), { headers });
    connection.send('who am I?');
    expect(await next()).toBe('127.0.0.1');
  }, 60_000);
}

if (nginxProgram === undefined) console.log('skipped: nginx is not installed here');
if (caddyProgram === undefined) console.log('skipped: caddy is not installed here');

describe.skipIf(nginxProgram === undefined)('nginx, as in the guide, lets', () => {
  lets(startNginx);
});
describe.skipIf(caddyProgram === undefined)('Caddy, as in the guide, lets', () => {
  lets(startCaddy);
});
