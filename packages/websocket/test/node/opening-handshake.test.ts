import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HandshakeError, WebSocketServer } from '@pairwire/websocket';
import {
  frame,
  RawPeer,
  SAMPLE_ACCEPT,
  SAMPLE_KEY,
  upgradeRequest,
  USUAL_LINES,
  type UpgradeRequest,
} from './raw-peer.ts';
import { ECHO, startServer } from './servers.ts';

function without(name: string): string[] {
  return USUAL_LINES.filter((line) => !line.startsWith(name));
}

function replacing(name: string, ...lines: string[]): string[] {
  return [...without(name), ...lines];
}

async function answerTo(request: UpgradeRequest) {
  const { port } = await startServer();
  const peer = await RawPeer.connect(port);
  peer.write(upgradeRequest(request));
  return peer;
}

describe('server opens the connection', () => {
  test('with the accept value of the example in RFC 6455 (§1.3)', async () => {
    const peer = await answerTo({});
    const head = await peer.head();
    expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(head).toContain(`Sec-WebSocket-Accept: ${SAMPLE_ACCEPT}\r\n`);
    expect(head).toMatch(/\r\nUpgrade: websocket\r\n/i);
    expect(head).toMatch(/\r\nConnection: Upgrade\r\n/i);
    expect(head).not.toMatch(/sec-websocket-(protocol|extensions)/i);
    peer.destroy();
  });

  test.each<[string, string[]]>([
    [
      'header names in any case',
      USUAL_LINES.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())),
    ],
    ['Connection as a list of tokens', replacing('Connection', 'Connection: keep-alive, Upgrade')],
    ['Upgrade in any case', replacing('Upgrade', 'Upgrade: WebSocket')],
  ])('given %s (§4.2.1)', async (_, lines) => {
    const peer = await answerTo({ lines });
    expect(await peer.head()).toMatch(/^HTTP\/1\.1 101 /);
    peer.destroy();
  });

  test('whatever pieces the request comes in', async () => {
    const { port } = await startServer({ handler: ECHO });
    const request = Buffer.from(upgradeRequest());
    for (let cut = 1; cut < request.length; cut += 7) {
      const peer = await RawPeer.connect(port);
      peer.socket.setNoDelay(true);
      await new Promise((resolve) => peer.socket.write(request.subarray(0, cut), resolve));
      peer.write(request.subarray(cut));
      expect(await peer.head()).toMatch(/^HTTP\/1\.1 101 /);
      peer.destroy();
    }
  });

  test('and reads a frame that came in the same segment as the request', async () => {
    const { port } = await startServer({ handler: ECHO });
    const peer = await RawPeer.connect(port);
    peer.write(Buffer.concat([Buffer.from(upgradeRequest()), frame('early')]));
    await peer.head();
    expect((await peer.frame()).payload.toString()).toBe('early');
    peer.destroy();
  });
});

describe('server refuses the opening handshake', () => {
  test.each<[string, UpgradeRequest, number, RegExp]>([
    ['a POST', { method: 'POST' }, 405, /GET/],
    ['HTTP/1.0', { version: '1.0' }, 400, /HTTP\/1\.1/],
    ['no Host', { lines: without('Host') }, 400, /Host/],
    ['two Hosts', { headers: ['Host: other'] }, 400, /Host/],
    ['another Upgrade', { lines: replacing('Upgrade', 'Upgrade: h2c') }, 400, /Upgrade/],
    ['no key', { lines: without('Sec-WebSocket-Key') }, 400, /Key/],
    [
      'a key of three characters',
      { lines: replacing('Sec-WebSocket-Key', 'Sec-WebSocket-Key: abc') },
      400,
      /Key/,
    ],
    [
      'a key with a bad tail',
      { lines: replacing('Sec-WebSocket-Key', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==') },
      400,
      /Key/,
    ],
    [
      'a key of 24 characters that is not base64',
      { lines: replacing('Sec-WebSocket-Key', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=!') },
      400,
      /Key/,
    ],
    ['two keys', { headers: [`Sec-WebSocket-Key: ${SAMPLE_KEY}`] }, 400, /Key/],
    [
      'version 12',
      { lines: replacing('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 12') },
      426,
      /Version/,
    ],
    [
      'version 8, a draft',
      { lines: replacing('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 8') },
      426,
      /Version/,
    ],
    [
      'versions as a list',
      { lines: replacing('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 13, 8') },
      400,
      /Version/,
    ],
    ['no version', { lines: without('Sec-WebSocket-Version') }, 426, /Version/],
    ['a malformed subprotocol', { headers: ['Sec-WebSocket-Protocol: a b'] }, 400, /Protocol/],
    ['a subprotocol offered twice', { headers: ['Sec-WebSocket-Protocol: a, a'] }, 400, /Protocol/],
  ])('for %s', async (_, request, status, why) => {
    const peer = await answerTo(request);
    const refusal = await peer.refusal();
    expect(refusal.status).toBe(status);
    expect(refusal.body).toMatch(why);
    expect(refusal.body).toMatch(/§/);
    expect(refusal.head).not.toMatch(/101/);
    await peer.end();
  });

  test('of a wrong version and names the one it speaks (§4.4)', async () => {
    const peer = await answerTo({
      lines: replacing('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 12'),
    });
    expect((await peer.refusal()).head).toMatch(/\r\nSec-WebSocket-Version: 13\r\n/);
    peer.destroy();
  });

  test('of a wrong method and names the right one', async () => {
    const peer = await answerTo({ method: 'POST' });
    expect((await peer.refusal()).head).toMatch(/\r\nAllow: GET\r\n/);
    peer.destroy();
  });

  test('of a plain request with 426', async () => {
    const peer = await answerTo({ lines: ['Host: localhost', 'Connection: close'] });
    expect((await peer.refusal()).status).toBe(426);
    peer.destroy();
  });

  test('that never ends, in time', async () => {
    const { port } = await startServer({ handshakeTimeoutMs: 100 });
    const peer = await RawPeer.connect(port);
    peer.write('GET / HTTP/1.1\r\nHost: loc');
    await peer.end();
    expect(peer.received.toString()).not.toContain(' 101 ');
  });

  test('with more headers than node:http keeps, and lives', async () => {
    const { port } = await startServer();
    const peer = await RawPeer.connect(port);
    const flood = Array.from({ length: 2_100 }, (_, index) => `a${index}: `);
    peer.write(upgradeRequest({ lines: [...flood, ...USUAL_LINES] }));
    expect([400, 426, 431]).toContain((await peer.refusal()).status);
    const next = await RawPeer.open(port);
    next.destroy();
  });
});

describe('server survives a client that goes away in the opening handshake', () => {
  test('by a reset at every moment', async () => {
    const { server, port } = await startServer({
      authorize: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return undefined;
      },
    });
    for (const request of [upgradeRequest(), upgradeRequest({ method: 'POST' }), 'GET / HT']) {
      const socket = connect(port, '127.0.0.1');
      await new Promise((resolve) => socket.once('connect', resolve));
      await new Promise((resolve) => socket.write(request, resolve));
      socket.resetAndDestroy();
    }
    const peer = await RawPeer.open(port);
    peer.destroy();
    await expect.poll(() => server.connections.size).toBe(0);
  });
});

describe('server on an HTTP server', () => {
  async function listen(...servers: WebSocketServer<unknown>[]) {
    const http = createServer((_, response) => response.end('page'));
    for (const server of servers) server.attach(http);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      for (const server of servers) await server.close({ timeoutMs: 0 });
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    });
    return { http, port: (http.address() as AddressInfo).port };
  }

  function greeting(text: string, path?: string) {
    return new WebSocketServer<unknown>({
      ...(path !== undefined && { path }),
      handler: { open: (connection) => void connection.send(text) },
    });
  }

  test('shares it with others by path and answers 404 elsewhere', async () => {
    const { port } = await listen(greeting('one', '/one'), greeting('two', '/two'));
    const one = await RawPeer.open(port, '/one');
    const two = await RawPeer.open(port, '/two?query=1');
    expect((await one.frame()).payload.toString()).toBe('one');
    expect((await two.frame()).payload.toString()).toBe('two');
    const three = await RawPeer.connect(port);
    three.write(upgradeRequest({ path: '/three' }));
    const refusal = await three.refusal();
    expect(refusal.status).toBe(404);
    expect(refusal.body).toMatch(/path/);
    one.destroy();
    two.destroy();
  });

  test('without a path takes what no other server has', async () => {
    const { port } = await listen(greeting('rest'), greeting('one', '/one'));
    const one = await RawPeer.open(port, '/one');
    const other = await RawPeer.open(port, '/other');
    expect((await one.frame()).payload.toString()).toBe('one');
    expect((await other.frame()).payload.toString()).toBe('rest');
    one.destroy();
    other.destroy();
  });

  test('refuses a path that is taken', async () => {
    const { http } = await listen(greeting('one', '/one'));
    expect(() => greeting('again', '/one').attach(http)).toThrow(/\/one/);
  });

  test('leaves ordinary requests alone', async () => {
    const { port } = await listen(greeting('one', '/one'));
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(await response.text()).toBe('page');
  });

  test('given to handleUpgrade by hand, also with a path that is not its own', async () => {
    const server = greeting('bare', '/bare');
    const http = createServer();
    http.on('upgrade', (request, socket, head) => server.handleUpgrade(request, socket, head));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      await server.close({ timeoutMs: 0 });
      await new Promise((resolve) => http.close(resolve));
    });
    const { port } = http.address() as AddressInfo;
    const peer = await RawPeer.open(port, '/bare');
    expect((await peer.frame()).payload.toString()).toBe('bare');
    peer.destroy();
    const stray = await RawPeer.connect(port);
    stray.write(upgradeRequest({ path: '/elsewhere' }));
    expect((await stray.refusal()).status).toBe(404);
  });
});

describe('server negotiates the subprotocol (§4.2.2)', () => {
  async function chosen(
    protocols: ConstructorParameters<typeof WebSocketServer>[0],
    offer?: string,
  ): Promise<string | undefined> {
    const { port } = await startServer(protocols as object);
    const peer = await RawPeer.connect(port);
    peer.write(
      upgradeRequest(offer === undefined ? {} : { headers: [`Sec-WebSocket-Protocol: ${offer}`] }),
    );
    const head = await peer.head();
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    peer.destroy();
    return /\r\nSec-WebSocket-Protocol: ([^\r]*)\r\n/i.exec(head)?.[1];
  }

  test('and chooses the first offer that it speaks', async () => {
    expect(await chosen({ protocols: ['superchat', 'chat'] }, 'x, chat, superchat')).toBe('chat');
  });

  test('and names none when none was asked for', async () => {
    expect(await chosen({ protocols: ['chat'] })).toBeUndefined();
  });

  test('and names none when none fits', async () => {
    expect(await chosen({ protocols: ['chat'] }, 'other')).toBeUndefined();
  });

  test('and names none when it speaks none', async () => {
    expect(await chosen({}, 'chat')).toBeUndefined();
  });

  test('and compares case (§11.3.4 names are case-sensitive)', async () => {
    expect(await chosen({ protocols: ['chat'] }, 'Chat')).toBeUndefined();
  });

  test('and never answers what was not offered, even if the application says so', async () => {
    const failures: unknown[] = [];
    const { port } = await startServer({
      protocols: () => 'mine',
      failed: (error) => failures.push(error),
    });
    const peer = await RawPeer.connect(port);
    peer.write(upgradeRequest({ headers: ['Sec-WebSocket-Protocol: chat'] }));
    const refusal = await peer.refusal();
    expect(refusal.status).toBe(500);
    expect(refusal.head).not.toContain('mine');
    expect(failures).toEqual([expect.any(TypeError)]);
  });
});

describe('server checks the origin (§10.2)', () => {
  async function statusFor(origins: object, origin?: string, host = 'localhost'): Promise<number> {
    const { port } = await startServer(origins);
    const peer = await RawPeer.connect(port);
    peer.write(
      upgradeRequest({
        lines: replacing('Host', `Host: ${host}`),
        headers: origin === undefined ? [] : [`Origin: ${origin}`],
      }),
    );
    const head = await peer.head();
    peer.destroy();
    return Number(head.slice(9, 12));
  }

  test.each([
    ['its own page', 'http://localhost', 'localhost', 101],
    ['its own page on a port', 'http://localhost:8080', 'localhost:8080', 101],
    ['its own page behind a proxy that ends TLS', 'https://example.com', 'example.com', 101],
    [
      'its own page with the default port spelled out',
      'https://example.com',
      'example.com:443',
      101,
    ],
    ['its own page on an IPv6 address', 'http://[::1]:81', '[::1]:81', 101],
    ['another host', 'http://evil.example', 'localhost', 403],
    ['another port', 'http://localhost:81', 'localhost:80', 403],
    ['a sandboxed page', 'null', 'localhost', 403],
    ['a file', 'file://', 'localhost', 403],
    ['nonsense', 'http://[', 'localhost', 403],
    ['a host that only begins alike', 'http://localhost.evil.example', 'localhost', 403],
  ])('and by default answers %s', async (_, origin, host, status) => {
    expect(await statusFor({}, origin, host)).toBe(status);
  });

  test('and lets in programs, which send none', async () => {
    expect(await statusFor({})).toBe(101);
  });

  test('against a list', async () => {
    const origins = ['https://example.com'];
    expect(await statusFor({ origins }, 'https://example.com')).toBe(101);
    expect(await statusFor({ origins }, 'http://localhost')).toBe(403);
  });

  test('with a function', async () => {
    const origins = (origin: string) => origin.endsWith('.example');
    expect(await statusFor({ origins }, 'https://a.example')).toBe(101);
    expect(await statusFor({ origins }, 'https://a.invalid')).toBe(403);
  });

  test('not at all when told so', async () => {
    expect(await statusFor({ origins: 'dangerously-any' }, 'https://a.invalid')).toBe(101);
  });
});

describe('server lets the application decide', () => {
  async function answer(authorize: (request: IncomingMessage) => unknown, more: object = {}) {
    const { port } = await startServer<unknown>({ authorize, ...more });
    const peer = await RawPeer.connect(port);
    peer.write(upgradeRequest());
    return peer;
  }

  test('and keeps what it returns as the context', async () => {
    const peer = await answer(() => Promise.resolve({ user: 'ada' }), {
      handler: {
        open: (connection: { context: { user: string }; send(text: string): void }) =>
          connection.send(connection.context.user),
      },
    });
    await peer.head();
    expect((await peer.frame()).payload.toString()).toBe('ada');
    peer.destroy();
  });

  test.each([
    [
      'at once',
      () => {
        throw new HandshakeError('PW_WS_UNAUTHORIZED');
      },
    ],
    ['later', () => Promise.reject(new HandshakeError('PW_WS_UNAUTHORIZED'))],
  ])('and answers its refusal, %s', async (_, authorize) => {
    expect((await (await answer(authorize)).refusal()).status).toBe(401);
  });

  test('and answers 500 without a word about what it threw', async () => {
    const failures: unknown[] = [];
    const peer = await answer(() => Promise.reject(new Error('secret')), {
      failed: (error: unknown) => failures.push(error),
    });
    const refusal = await peer.refusal();
    expect(refusal.status).toBe(500);
    expect(refusal.body).not.toContain('secret');
    expect(failures).toEqual([new Error('secret')]);
  });

  test('and answers 503 when it takes too long', async () => {
    const peer = await answer(() => new Promise(() => {}), { handshakeTimeoutMs: 50 });
    expect((await peer.refusal()).status).toBe(503);
  });

  test('and answers 503 when it is closed meanwhile', async () => {
    let decide = () => {};
    const { server, port } = await startServer<unknown>({
      authorize: () =>
        new Promise<void>((resolve) => {
          decide = resolve;
        }),
    });
    const peer = await RawPeer.connect(port);
    const asked = new Promise<void>((resolve) => {
      peer.socket.once('close', () => resolve());
    });
    peer.write(upgradeRequest());
    await expect.poll(() => decide.toString()).not.toBe('() => {}');
    const closed = server.close();
    decide();
    expect((await peer.refusal()).status).toBe(503);
    await closed;
    await asked;
  });
});

describe('server limits its connections', () => {
  test('and answers 503 beyond, until one has gone', async () => {
    const { server, port } = await startServer({ maxConnections: 2 });
    const first = await RawPeer.open(port);
    const second = await RawPeer.open(port);
    const third = await RawPeer.connect(port);
    third.write(upgradeRequest());
    expect((await third.refusal()).status).toBe(503);
    first.destroy();
    await expect.poll(() => server.connections.size).toBe(1);
    const fourth = await RawPeer.open(port);
    second.destroy();
    fourth.destroy();
  });
});

test('server tells the application of every refusal', async () => {
  const refused: string[] = [];
  const { port } = await startServer({
    refused: (error, request) => refused.push(`${error.code} ${request.url}`),
  });
  const peer = await RawPeer.connect(port);
  peer.write(upgradeRequest({ path: '/x', method: 'POST' }));
  await peer.refusal();
  expect(refused).toEqual(['PW_WS_METHOD /x']);
});

test('server answers a client that uses node:http', async () => {
  const { port } = await startServer();
  const accept = await new Promise<string | undefined>((resolve, reject) => {
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Key': SAMPLE_KEY,
        'Sec-WebSocket-Version': '13',
      },
    });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.headers['sec-websocket-accept']);
    });
    request.on('error', reject);
    request.end();
  });
  expect(accept).toBe(SAMPLE_ACCEPT);
});
