/**
 * The defects of the tutorial this project grew from, as far as sockets or pages show them. Those of
 * single frames and values are in ../protocol/seed-defects.protocol.test.ts.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { WebSocket, type WebSocketConnection } from '@pairwire/websocket';
import { closeFrame, frame, RawPeer, upgradeRequest, USUAL_LINES } from './raw-peer.ts';
import { ECHO, openOne, startServer } from './servers.ts';

const root = new URL('../../../../', import.meta.url);

async function statusOf(request: string | Uint8Array): Promise<number> {
  const { port } = await startServer();
  const peer = await RawPeer.connect(port);
  peer.write(request);
  const head = await peer.head();
  peer.destroy();
  return Number(head.slice(9, 12));
}

describe('opening handshake', () => {
  test.each<[string, string, number]>([
    ['POST', upgradeRequest({ method: 'POST' }), 405],
    [
      'no Upgrade',
      upgradeRequest({ lines: USUAL_LINES.filter((line) => !line.startsWith('Upgrade')) }),
      426,
    ],
    [
      'no Connection',
      upgradeRequest({ lines: USUAL_LINES.filter((line) => !line.startsWith('Connection')) }),
      426,
    ],
    [
      'no Host',
      upgradeRequest({ lines: USUAL_LINES.filter((line) => !line.startsWith('Host')) }),
      400,
    ],
    ['version 12', upgradeRequest().replace('Version: 13', 'Version: 12'), 426],
    ['no HTTP', 'hello\r\n\r\n', 400],
  ])('S10: server does not send 101 to anything: %s', async (_, request, status) => {
    expect(await statusOf(request)).toBe(status);
  });

  test('S11: server waits for the whole header block, cut at any byte', async () => {
    const { port } = await startServer({ handler: ECHO });
    const request = Buffer.from(
      upgradeRequest({ headers: [`Cookie: ${'c'.repeat(4_000)}`, 'X-End: 1'] }),
    );
    for (let cut = 1; cut < request.length; cut += request.length >> 4) {
      const peer = await RawPeer.connect(port);
      await new Promise((resolve) => peer.socket.write(request.subarray(0, cut), resolve));
      peer.write(Buffer.concat([request.subarray(cut), frame('whole')]));
      expect(await peer.head()).toMatch(/^HTTP\/1\.1 101 /);
      expect((await peer.frame()).payload.toString()).toBe('whole');
      peer.destroy();
    }
  });

  test('S11: server refuses a header block of more than 16 KiB with 431', async () => {
    expect(await statusOf(upgradeRequest({ headers: [`Cookie: ${'c'.repeat(17_000)}`] }))).toBe(
      431,
    );
  });

  test('S12: server reads the frame that came with the request', async () => {
    const { port } = await startServer({ handler: ECHO });
    const peer = await RawPeer.connect(port);
    peer.write(Buffer.concat([Buffer.from(upgradeRequest()), frame('not thrown away')]));
    await peer.head();
    expect((await peer.frame()).payload.toString()).toBe('not thrown away');
    peer.destroy();
  });

  test('S13: server refuses a page of another site', async () => {
    expect(await statusOf(upgradeRequest({ headers: ['Origin: http://evil.example'] }))).toBe(403);
  });

  test('S13: server listens on loopback unless told otherwise', async () => {
    const { server } = await startServer();
    const { address } = await server.listen(0);
    expect(address).toBe('127.0.0.1');
  });
});

test('S34: send reports what the socket has not taken, and loses nothing', async () => {
  const { peer, connection } = await openOne({ maxBufferedBytes: 64 * 1_048_576 });
  peer.socket.pause();
  const block = Buffer.alloc(1_048_576, 'x');
  let sent = 0;
  while (connection.send(block)) sent += 1;
  for (let more = 0; more < 16; more++) connection.send(block);
  sent += 17;
  expect(connection.bufferedBytes).toBeGreaterThan(1_048_576);
  peer.socket.resume();
  for (let i = 0; i < sent; i++) {
    expect((await peer.frame()).payload.length).toBe(block.length);
  }
  peer.destroy();
});

test('S35: a server that ends says so with 1001, and ends TCP after the answer', async () => {
  const { server, peer } = await openOne();
  const done = server.close();
  expect(await peer.closeCode()).toBe(1001);
  peer.write(closeFrame(1001));
  await done;
  await peer.until(() => (peer.ended ? true : undefined));
});

describe('S36: server', () => {
  test('serves many connections at once, each in its order', async () => {
    const { server, port } = await startServer({ handler: ECHO });
    const peers = await Promise.all(Array.from({ length: 200 }, () => RawPeer.open(port)));
    expect(server.connections.size).toBe(200);
    for (const [index, peer] of peers.entries()) {
      for (let n = 0; n < 5; n++) peer.write(frame(`${index}/${n}`));
    }
    for (const [index, peer] of peers.entries()) {
      for (let n = 0; n < 5; n++) {
        expect((await peer.frame()).payload.toString()).toBe(`${index}/${n}`);
      }
      peer.destroy();
    }
    await expect.poll(() => server.connections.size).toBe(0);
  });

  test('keeps neither connection nor timer nor socket of those that are gone', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const gone: WeakRef<WebSocketConnection>[] = [];
    const { server, port } = await startServer<unknown>({
      handler: {
        open: (connection) => void gone.push(new WeakRef(connection)),
        message: (connection, { data }) => void connection.send(data),
      },
    });
    const before = process.getActiveResourcesInfo().length;
    for (let i = 0; i < 60; i++) {
      const peer = await RawPeer.open(port);
      peer.write(frame('x'));
      await peer.frame();
      if (i % 3 === 0) peer.socket.resetAndDestroy();
      else if (i % 3 === 1) peer.write(closeFrame(1000));
      else peer.write(frame('', { opcode: 3 }));
      await peer.end();
    }
    await expect.poll(() => server.connections.size).toBe(0);
    await expect.poll(() => process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before);
    await expect
      .poll(() => {
        collect();
        return gone.filter((reference) => reference.deref() !== undefined).length;
      })
      .toBeLessThanOrEqual(1);
    expect(gone).toHaveLength(60);
  });
});

describe('pages and programs', () => {
  /** Files of the examples and the pages, with their text. */
  function sources(...folders: string[]): { name: string; text: string }[] {
    return folders.flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(mjs|ts|html)$/.test(name) && !name.includes('node_modules'))
        .map((name) => ({ name, text: readFileSync(new URL(folder + name, root), 'utf8') })),
    );
  }

  const everything = [
    ...sources('examples/', 'packages/web/src/'),
    ...['index.html', 'p.html', 'lab.html'].map((name) => ({
      name,
      text: readFileSync(new URL(`packages/web/${name}`, root), 'utf8'),
    })),
  ];

  test('S37: every example is a program that can be parsed', () => {
    const examples = readdirSync(new URL('examples/', root)).filter((name) =>
      name.endsWith('.mjs'),
    );
    expect(examples.length).toBeGreaterThanOrEqual(4);
    for (const name of examples) {
      const path = fileURLToPath(new URL(`examples/${name}`, root));
      const check = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' });
      expect(check.stderr).toBe('');
    }
  });

  test('S38: no name has a letter that only looks like a Latin one', () => {
    for (const { name, text } of everything) {
      expect([name, ...(text.match(/\w*[\u0370-\u04ff]\w*/g) ?? [])]).toEqual([name]);
    }
  });

  test('S38: no page has handlers in attributes', () => {
    const pages = everything.filter(({ name }) => name.endsWith('.html'));
    expect(pages).toHaveLength(3);
    for (const { text } of pages) expect(text).not.toMatch(/\son\w+=/i);
  });

  test('S39: no page uses an id twice, and none has a fixed address', () => {
    for (const { name, text } of everything) {
      const ids = [...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
      expect([name, new Set(ids).size]).toEqual([name, ids.length]);
      expect([name, /\b(?!127\.0\.0\.1|0\.0\.0\.0)\d+\.\d+\.\d+\.\d+\b/.exec(text)?.[0]]).toEqual([
        name,
        undefined,
      ]);
    }
  });
});

describe('the WebSocket interface', () => {
  test('S40: send right after the constructor throws InvalidStateError', async () => {
    const { url } = await startServer();
    const socket = new WebSocket(url);
    expect(() => socket.send('too early')).toThrow(
      expect.objectContaining({ constructor: DOMException, name: 'InvalidStateError' }),
    );
    await once(socket, 'open');
    await socket[Symbol.asyncDispose]();
  });

  test('S41: the states are 0 to 3, CLOSING included, and the attribute is url', async () => {
    const { url } = await startServer();
    const socket = new WebSocket(url);
    const { CONNECTING, OPEN, CLOSING, CLOSED } = WebSocket;
    expect([CONNECTING, OPEN, CLOSING, CLOSED]).toEqual([0, 1, 2, 3]);
    expect([socket.url, 'URL' in socket]).toEqual([url, false]);
    await once(socket, 'open');
    await socket[Symbol.asyncDispose]();
  });
});
