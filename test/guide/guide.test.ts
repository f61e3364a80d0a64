/** The programs of docs/guide do what their pages say. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectWebSocket, type ConnectOptions } from '@pairwire/websocket';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { GuidePrograms, TLS_CERT } from './guide-programs.ts';

let guide: GuidePrograms;

beforeAll(async () => {
  guide = await GuidePrograms.unpack();
});

afterEach(() => guide.endAll());
afterAll(() => guide.remove());

/** A connection whose texts are taken one by one. */
async function connect(port: number, path = '/', options: ConnectOptions = {}) {
  const connection = await connectWebSocket(`ws://127.0.0.1:${port}${path}`, options);
  onTestFinished(() => connection.terminate());
  const messages = connection[Symbol.asyncIterator]();
  return {
    say: (text: string) => connection.send(text),
    next: async () => (await messages.next()).value?.data,
  };
}

test('the programs of the guide satisfy TypeScript', () => {
  expect(guide.names).toContain('server.mjs');
  expect(guide.check()).toBe('');
}, 120_000);

describe('server.mjs', () => {
  test('shouts back beside an ordinary page, and says goodbye on SIGTERM', async () => {
    const program = guide.run('server.mjs');
    const port = Number((await program.line(/port: (\d+)/))[1]);
    const client = await connect(port, '/shout');
    expect(await client.next()).toBe('welcome');
    client.say('hello');
    expect(await client.next()).toBe('HELLO');

    const [page] = await once(get({ port, host: '127.0.0.1', agent: false }), 'response');
    expect(await page.setEncoding('utf8').toArray()).toEqual(['an ordinary page\n']);
    await expect(connect(port, '/elsewhere')).rejects.toMatchObject({ finding: 'path-unknown' });

    program.signal('SIGTERM');
    expect(await client.next()).toBeUndefined();
    await program.line(/left: 1001/);
  });

  test('talks to like-a-browser.mjs and to iterate.mjs', async () => {
    const url = `ws://127.0.0.1:${await guide.serve('server.mjs')}/shout`;
    await expect(
      guide.run('like-a-browser.mjs', url).line(/^welcome\nHELLO\nclosed 1000/m),
    ).resolves.toBeDefined();
    await expect(guide.run('iterate.mjs', url).line(/^welcome\nHELLO/m)).resolves.toBeDefined();
  });
});

test('feed.mjs sends every line, in order, and then closes', async () => {
  const client = await connect(await guide.serve('feed.mjs'));
  for (let line = 1; line <= 1_000; line++) expect(await client.next()).toBe(`line ${line}`);
  expect(await client.next()).toBeUndefined();
});

describe('come-back.mjs', () => {
  test('connects again when the server went away', async () => {
    const server = guide.run('server.mjs');
    const [, port = ''] = await server.line(/port: (\d+)/);
    const client = guide.run('come-back.mjs', `ws://127.0.0.1:${port}/shout`);
    await client.line(/HERE AGAIN/);
    server.signal('SIGTERM');
    await client.line(/the server closed|lost:/);
    await expect(client.line(/lost: /)).resolves.toBeDefined();
  });

  test('gives up when it is not wanted', async () => {
    const port = await guide.serve('server.mjs');
    const client = guide.run('come-back.mjs', `ws://127.0.0.1:${port}/elsewhere`);
    await expect(client.line(/finding: 'path-unknown'/)).resolves.toBeDefined();
  });
});

test('rooms.mjs keeps rooms apart, and tells who comes and goes', async () => {
  const port = await guide.serve('rooms.mjs');
  const ada = await connect(port, '/?room=tea&name=Ada');
  expect(await ada.next()).toBe('Ada came, 1 here');
  const bob = await connect(port, '/?room=tea&name=Bob');
  expect(await ada.next()).toBe('Bob came, 2 here');
  expect(await bob.next()).toBe('Bob came, 2 here');
  const eve = await connect(port, '/?room=coffee&name=Eve');
  expect(await eve.next()).toBe('Eve came, 1 here');
  eve.say('nobody hears this');
  bob.say('milk?');
  expect(await ada.next()).toBe('Bob: milk?');
  ada.say('no');
  expect(await bob.next()).toBe('Ada: no');
});

describe('auth.mjs', () => {
  const cookie = 'theme=dark; session=s3cret';

  test('lets a session in, and ends all its connections with it', async () => {
    const port = await guide.serve('auth.mjs');
    const origin = 'https://app.example.org';
    const tabs = [
      await connect(port, '/', { origin, headers: { cookie } }),
      await connect(port, '/', { origin, headers: { cookie } }),
    ] as const;
    tabs[0].say('hello');
    expect(await tabs[0].next()).toBe('ada said hello');
    tabs[1].say('log out');
    expect(await tabs[0].next()).toBeUndefined();
    expect(await tabs[1].next()).toBeUndefined();
    await expect(connect(port, '/', { headers: { cookie } })).rejects.toMatchObject({
      finding: 'unauthorized',
    });
  });

  test('refuses a page of another site, even with the cookie', async () => {
    const program = guide.run('auth.mjs');
    const port = Number((await program.line(/port: (\d+)/))[1]);
    const options = { origin: 'https://evil.example', headers: { cookie } };
    await expect(connect(port, '/', options)).rejects.toMatchObject({ finding: 'forbidden' });
    await program.line(/refused 403 PW_WS_ORIGIN/);
  });
});

test('send-file.mjs sends a file that upload.mjs reads as a stream', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pairwire-upload-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file');
  const bytes = randomBytes(4 * 1024 * 1024 + 1);
  await writeFile(path, bytes);
  const url = `ws://127.0.0.1:${await guide.serve('upload.mjs')}/`;
  const hash = createHash('sha256').update(bytes).digest('hex');
  await expect(
    guide.run('send-file.mjs', url, path).line(new RegExp(`^${hash}$`, 'm')),
  ).resolves.toBeDefined();
});

test('h2.mjs takes WebSockets over HTTP/2 and over HTTP/1.1 on one port', async () => {
  const port = await guide.serve('h2.mjs');
  const client = guide.run('h2-client.mjs', `https://localhost:${port}/`);
  await client.line(/^hello 0\nhello 1\nhello 2/m);
  const tls = { ca: await readFile(TLS_CERT) };
  const connection = await connectWebSocket(`wss://localhost:${port}/`, { tls });
  onTestFinished(() => connection.terminate());
  connection.send('over HTTP/1.1');
  for await (const { data } of connection) {
    expect(data).toBe('over HTTP/1.1');
    break;
  }
});
