import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket as TcpSocket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { ServerOptions, VerifyClientInfo } from '@pairwire/websocket/compat';
import { RawPeer, SAMPLE_KEY } from '../node/raw-peer.ts';
import { closeOf, connect, describeBoth, messagesOf, startServer, type Socket } from './both.ts';

const GOOD = {
  Host: '127.0.0.1',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Key': SAMPLE_KEY,
  'Sec-WebSocket-Version': '13',
};

async function ask(
  port: number,
  changes: Record<string, string | undefined> = {},
  startLine = 'GET / HTTP/1.1',
): Promise<RawPeer> {
  const peer = await RawPeer.connect(port);
  onTestFinished(() => peer.destroy());
  const lines = Object.entries({ ...GOOD, ...changes })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  peer.write(`${startLine}\r\n${lines.join('')}\r\n`);
  return peer;
}

describeBoth('a server’s opening handshake', (library) => {
  const refused: [what: string, changes: Record<string, string | undefined>, startLine?: string][] =
    [
      ['another method', {}, 'POST / HTTP/1.1'],
      ['another Upgrade', { Upgrade: 'h2c' }],
      ['no key', { 'Sec-WebSocket-Key': undefined }],
      ['a wrong key', { 'Sec-WebSocket-Key': 'short' }],
      ['version 12', { 'Sec-WebSocket-Version': '12' }],
      ['no version', { 'Sec-WebSocket-Version': undefined }],
      ['repeated subprotocols', { 'Sec-WebSocket-Protocol': 'a, a' }],
      ['broken extensions', { 'Sec-WebSocket-Extensions': 'permessage-deflate; =' }],
    ];
  const answers: Record<string, [status: number, body: string]> = {
    'another method': [405, 'Invalid HTTP method'],
    'another Upgrade': [400, 'Invalid Upgrade header'],
    'no key': [400, 'Missing or invalid Sec-WebSocket-Key header'],
    'a wrong key': [400, 'Missing or invalid Sec-WebSocket-Key header'],
    'version 12': [400, 'Missing or invalid Sec-WebSocket-Version header'],
    'no version': [400, 'Missing or invalid Sec-WebSocket-Version header'],
    'repeated subprotocols': [400, 'Invalid Sec-WebSocket-Protocol header'],
    'broken extensions': [400, 'Invalid or unacceptable Sec-WebSocket-Extensions header'],
  };

  test.each(refused)('refuses %s', async (what, changes, startLine) => {
    const { port } = await startServer(library, { perMessageDeflate: true });
    const peer = await ask(port, changes, startLine);
    const { status, body } = await peer.refusal();
    expect([status, body]).toEqual(answers[what]);
    await peer.end();
  });

  test('leaves the answer to a listener of `wsClientError`', async () => {
    const { server, port } = await startServer(library);
    const told = once(server, 'wsClientError');
    const peer = await ask(port, { 'Sec-WebSocket-Key': 'short' });
    const [error, socket, request] = (await told) as [Error, TcpSocket, IncomingMessage];
    expect(error.message).toBe('Missing or invalid Sec-WebSocket-Key header');
    expect(request.url).toBe('/');
    socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n');
    expect((await peer.refusal()).status).toBe(418);
  });

  test('answers plain requests with 426', async () => {
    const { port } = await startServer(library);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect([response.status, await response.text()]).toEqual([426, 'Upgrade Required']);
  });

  const verifiers: [what: string, verifyClient: ServerOptions['verifyClient'], status: number][] = [
    ['true', () => true, 101],
    ['false', () => false, 401],
    ['a late yes', (_, done) => setImmediate(done, true), 101],
    ['a no', (_, done) => done(false), 401],
    ['a no with a status', (_, done) => done(false, 403, 'go away', { 'X-Why': 'because' }), 403],
  ];

  test.each(verifiers)('asks `verifyClient`: %s', async (_, verifyClient, status) => {
    const { port } = await startServer(library, { verifyClient });
    const peer = await ask(port);
    const answer = await peer.refusal();
    expect(answer.status).toBe(status);
    if (status !== 403) return;
    expect(answer.body).toBe('go away');
    expect(answer.head).toContain('X-Why: because\r\n');
  });

  test('tells `verifyClient` origin, security and request', async () => {
    const seen: unknown[] = [];
    const { port } = await startServer(library, {
      verifyClient: ({ origin, secure, req }: VerifyClientInfo) => {
        seen.push(origin, secure, req.url);
        return true;
      },
    });
    const peer = await ask(port, { Origin: 'https://example.com' }, 'GET /path?query HTTP/1.1');
    await peer.head();
    expect(seen).toEqual(['https://example.com', false, '/path?query']);
  });

  test('chooses the first subprotocol, or what `handleProtocols` returns', async () => {
    const choices: [ServerOptions['handleProtocols'], string | undefined][] = [
      [undefined, 'a'],
      [(names) => [...names].at(-1) ?? '', 'c'],
      [() => false, undefined],
    ];
    for (const [handleProtocols, expected] of choices) {
      const { server, port } = await startServer(library, { handleProtocols });
      const accepted = once(server, 'connection');
      const peer = await ask(port, { 'Sec-WebSocket-Protocol': 'a, b,c' });
      const head = await peer.head();
      expect(/^Sec-WebSocket-Protocol: (.*)$/m.exec(head)?.[1]).toBe(expected);
      const [socket] = (await accepted) as [Socket];
      expect(socket.protocol).toBe(expected ?? '');
    }
  });

  test('lets a listener of `headers` add lines', async () => {
    const { server, port } = await startServer(library);
    server.on('headers', (lines, request) => lines.push(`X-Path: ${request.url}`));
    const peer = await ask(port, {}, 'GET /here HTTP/1.1');
    const head = await peer.head();
    expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(head).toContain('\r\nX-Path: /here\r\n');
  });

  test('serves one path, compared without the query', async () => {
    const { port } = await startServer(library, { path: '/only' });
    expect((await (await ask(port, {}, 'GET /only?x HTTP/1.1')).refusal()).status).toBe(101);
    expect((await (await ask(port)).refusal()).status).toBe(400);
  });

  test('refuses when closed', async () => {
    const { server, port } = await startServer(library);
    server.close();
    await expect(RawPeer.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describeBoth('a server', (library) => {
  test('without a server of its own takes what `upgrade` brings, once', async () => {
    const server = new library.WebSocketServer({ noServer: true });
    const { http, port } = await startHttp();
    const doubles: unknown[] = [];
    http.on('upgrade', (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (client, from) => {
        server.emit('connection', client, from);
        try {
          server.handleUpgrade(request, socket, head, () => undefined);
        } catch (error) {
          doubles.push(error);
        }
      });
    });
    const accepted = once(server, 'connection');
    const client = new library.WebSocket(`ws://127.0.0.1:${port}`);
    const [accepter, request] = (await accepted) as [Socket, IncomingMessage];
    expect(request.headers.upgrade).toBe('websocket');
    const received = messagesOf(client, 1);
    accepter.send('hello');
    await received;
    expect(doubles).toMatchObject([
      { message: expect.stringContaining('was called more than once with the same socket') },
    ]);
    expect(() => server.address()).toThrow('The server is operating in "noServer" mode');
    expect(server.clients.size).toBe(1);
    const ended = closeOf(accepter);
    client.close();
    await ended;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  test('on a server from outside stops listening to it, and leaves it running', async () => {
    const http = createServer((_, response) => response.end('still here'));
    const server = new library.WebSocketServer({ server: http, clientTracking: false });
    expect(server.clients).toBeUndefined();
    const listening = once(server, 'listening');
    http.listen(0, '127.0.0.1');
    onTestFinished(() => {
      http.closeAllConnections();
      http.close();
    });
    await listening;
    const { port } = server.address() as AddressInfo;
    await new Promise<void>((resolve) => server.close(() => resolve()));
    expect(http.listenerCount('upgrade')).toBe(0);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('still here');
  });

  test('emits `close` when the last client has gone, and says when it is closed already', async () => {
    const { http, port } = await startHttp();
    const server = new library.WebSocketServer({ server: http });
    const accepted = once(server, 'connection');
    const client = new library.WebSocket(`ws://127.0.0.1:${port}`);
    const [accepter] = (await accepted) as [Socket];
    expect(server.clients).toEqual(new Set([accepter]));
    const order: string[] = [];
    accepter.on('close', () => order.push('client'));
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        order.push('server');
        resolve();
      });
    });
    accepter.close();
    await closed;
    expect(order).toEqual(['client', 'server']);
    expect(client.readyState).not.toBe(1);
    expect(server.clients.size).toBe(0);
    const again = await new Promise<Error | undefined>((resolve) => {
      server.close(resolve);
    });
    expect(again?.message).toBe('The server is not running');
  });

  test('makes connections of the class it is given', async () => {
    class Counted extends library.WebSocket {
      readonly mine = true;
    }
    const { accepter } = await connect(library, { server: { WebSocket: Counted } });
    expect(accepter).toBeInstanceOf(Counted);
    expect((accepter as Counted).mine).toBe(true);
  });

  test('asks an overridden `shouldHandle`', async () => {
    class Picky extends library.WebSocketServer {
      override shouldHandle(request: IncomingMessage): boolean {
        return request.url === '/yes';
      }
    }
    const server = new Picky({ port: 0, host: '127.0.0.1' });
    onTestFinished(() => {
      server.close();
    });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect((await (await ask(port)).refusal()).status).toBe(400);
    const peer = await ask(port, {}, 'GET /yes HTTP/1.1');
    expect((await peer.refusal()).status).toBe(101);
    peer.destroy();
  });

  test('reports what its own server says', async () => {
    const { port } = await startServer(library);
    const second = new library.WebSocketServer({ port, host: '127.0.0.1' });
    const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('EADDRINUSE');
  });
});

async function startHttp() {
  const http = createServer();
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  return { http, port: (http.address() as AddressInfo).port };
}
