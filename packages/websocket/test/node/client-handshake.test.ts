import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  WebSocket,
  type CloseEvent,
  type ErrorEvent,
  type WebSocketOptions,
} from '@pairwire/websocket';
import { acceptFor, RawServer, serverFrame } from './raw-peer.ts';

type Outcome =
  | { opened: true; socket: WebSocket }
  | { opened: false; error: ErrorEvent['error']; close: CloseEvent };

function outcome(socket: WebSocket): Promise<Outcome> {
  return new Promise((resolve) => {
    let error: ErrorEvent['error'];
    socket.onopen = () => resolve({ opened: true, socket });
    socket.onerror = (event) => {
      error = event.error;
    };
    socket.onclose = (close) => resolve({ opened: false, error, close });
  });
}

/** Lets a client connect to a server that writes its answer by hand. */
async function tryAgainst(
  answer: (accept: string) => string | Buffer,
  protocols: string[] = [],
  options: WebSocketOptions = {},
) {
  const server = await RawServer.listen();
  onTestFinished(() => server.close());
  const socket = new WebSocket(server.url, protocols, options);
  const result = outcome(socket);
  const peer = await server.accept();
  const request = await peer.head();
  const key = /^sec-websocket-key: (.*)\r$/im.exec(request)?.[1] ?? '';
  peer.write(answer(acceptFor(key)));
  return { peer, request, result: await result, socket };
}

const OPENING = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
] as const;

function lines(...list: string[]): string {
  return [...list, '', ''].join('\r\n');
}

describe('client with the answers of the riddle', () => {
  const A = (accept: string) => lines(...OPENING, `Sec-WebSocket-Accept: ${accept}`);
  const B = (accept: string) =>
    [...OPENING, `Sec-WebSocket-Accept: ${accept}`, 'Sec-WebSocket-Protocol: chat', ''].join(
      '\r\n',
    );
  const named = (protocol: string) => (accept: string) =>
    lines(...OPENING, `Sec-WebSocket-Accept: ${accept}`, `Sec-WebSocket-Protocol: ${protocol}`);
  const C = named('chat');
  const G = (accept: string) =>
    lines(
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: keep-alive, Upgrade',
      `Sec-WebSocket-Accept: ${accept}`,
    );
  const I = (accept: string) => A(accept).replaceAll('\r\n', '\n');
  const J = () => A(acceptFor(''));
  const K = (accept: string) =>
    lines(
      ...OPENING,
      `Sec-WebSocket-Accept: ${accept}`,
      'Sec-WebSocket-Protocol: chat',
      'Sec-WebSocket-Protocol: chat',
    );

  test.each<[string, (accept: string) => string, string[], string]>([
    ['A: nothing asked, nothing chosen', A, [], ''],
    ['C: asked for chat, got chat', C, ['chat'], 'chat'],
    ['G: Connection as a list of tokens', G, [], ''],
  ])('opens with %s', async (_, answer, protocols, protocol) => {
    const { result, peer } = await tryAgainst(answer, protocols);
    expect(result).toMatchObject({ opened: true, socket: { protocol } });
    peer.destroy();
  });

  test.each<[string, (accept: string) => string, string[], string]>([
    ['B: the header block never ends', B, [], 'PW_WS_HANDSHAKE_TIMEOUT'],
    ['B, although chat was asked for', B, ['chat'], 'PW_WS_HANDSHAKE_TIMEOUT'],
    ['C: chat, which nobody asked for', C, [], 'PW_WS_RESPONSE_PROTOCOL'],
    ['A: none of those asked for', A, ['chat', 'superchat'], 'PW_WS_RESPONSE_NO_PROTOCOL'],
    ['D: two at once', named('chat, superchat'), ['chat', 'superchat'], 'PW_WS_RESPONSE_PROTOCOL'],
    ['E: Chat instead of chat', named('Chat'), ['chat'], 'PW_WS_RESPONSE_PROTOCOL'],
    ['H: an empty one', named(''), ['chat'], 'PW_WS_RESPONSE_PROTOCOL'],
    ['I: line ends without CR', I, [], 'PW_WS_RESPONSE_SYNTAX'],
    ['J: the accept value of no key', J, [], 'PW_WS_RESPONSE_ACCEPT'],
    ['K: the same one twice', K, ['chat'], 'PW_WS_RESPONSE_PROTOCOL'],
  ])('fails, and closes TCP, with %s', async (_, answer, protocols, code) => {
    const hangs = code === 'PW_WS_HANDSHAKE_TIMEOUT';
    const options = hangs ? { handshakeTimeoutMs: 1_000 } : {};
    const { result, peer } = await tryAgainst(answer, protocols, options);
    expect(result).toMatchObject({
      opened: false,
      error: { code },
      close: { code: 1006, reason: '', wasClean: false },
    });
    await peer.until(() => (peer.ended || peer.closed ? true : undefined));
    peer.destroy();
  });

  test.each<[string, (accept: string) => string, string]>([
    [
      'no Upgrade',
      (accept) => lines(OPENING[0], OPENING[2], `Sec-WebSocket-Accept: ${accept}`),
      'PW_WS_RESPONSE_UPGRADE',
    ],
    [
      'no Connection',
      (accept) => lines(OPENING[0], OPENING[1], `Sec-WebSocket-Accept: ${accept}`),
      'PW_WS_RESPONSE_CONNECTION',
    ],
    ['no accept value', () => lines(...OPENING), 'PW_WS_RESPONSE_ACCEPT'],
    [
      'two accept values',
      (accept) =>
        lines(...OPENING, `Sec-WebSocket-Accept: ${accept}`, `Sec-WebSocket-Accept: ${accept}`),
      'PW_WS_RESPONSE_ACCEPT',
    ],
    [
      'an extension nobody asked for',
      (accept) =>
        lines(
          ...OPENING,
          `Sec-WebSocket-Accept: ${accept}`,
          'Sec-WebSocket-Extensions: permessage-deflate',
        ),
      'PW_WS_RESPONSE_EXTENSION',
    ],
    ['HTTP/1.0', (accept) => A(accept).replace('HTTP/1.1', 'HTTP/1.0'), 'PW_WS_RESPONSE_SYNTAX'],
    ['200', () => lines('HTTP/1.1 200 OK', 'Content-Length: 0'), 'PW_WS_RESPONSE_STATUS'],
    ['401', () => lines('HTTP/1.1 401 Unauthorized', 'Content-Length: 0'), 'PW_WS_RESPONSE_STATUS'],
    [
      'a redirect',
      () => lines('HTTP/1.1 302 Found', 'Location: /x', 'Content-Length: 0'),
      'PW_WS_RESPONSE_STATUS',
    ],
    ['nonsense', () => 'hello\r\n\r\n', 'PW_WS_RESPONSE_SYNTAX'],
    [
      'too many headers',
      () => `HTTP/1.1 101 X\r\n${'a: b\r\n'.repeat(20_000)}`,
      'PW_WS_RESPONSE_SYNTAX',
    ],
  ])('fails with %s', async (_, answer, code) => {
    const { result, peer } = await tryAgainst(answer);
    expect(result).toMatchObject({ opened: false, error: { code } });
    peer.destroy();
  });

  test('fails when the server hangs up', async () => {
    const server = await RawServer.listen();
    onTestFinished(() => server.close());
    const result = outcome(new WebSocket(server.url));
    (await server.accept()).socket.end();
    expect(await result).toMatchObject({ opened: false, error: { code: 'PW_WS_CONNECT' } });
  });
});

describe('client', () => {
  test('asks as RFC 6455 §4.1 says', async () => {
    const { request, peer } = await tryAgainst(
      (accept) => lines(...OPENING, `Sec-WebSocket-Accept: ${accept}`, 'Sec-WebSocket-Protocol: b'),
      ['a', 'b'],
      {
        origin: 'https://example.com',
        headers: { cookie: 'x=1', 'user-agent': 'me' },
      },
    );
    expect(request).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
    expect(request).toMatch(/\r\nHost: 127\.0\.0\.1:\d+\r\n/);
    expect(request).toMatch(/\r\nUpgrade: websocket\r\n/);
    expect(request).toMatch(/\r\nConnection: Upgrade\r\n/);
    expect(request).toMatch(/\r\nSec-WebSocket-Version: 13\r\n/);
    expect(request).toMatch(/\r\nSec-WebSocket-Protocol: a, b\r\n/);
    expect(request).toMatch(/\r\nOrigin: https:\/\/example\.com\r\n/);
    expect(request).toMatch(/\r\ncookie: x=1\r\n/);
    const key = /\r\nSec-WebSocket-Key: (.*)\r\n/.exec(request)?.[1] ?? '';
    expect(Buffer.from(key, 'base64')).toHaveLength(16);
    for (const name of ['host', 'connection', 'sec-websocket-key']) {
      expect(request.match(new RegExp(`\r\n${name}:`, 'gi'))).toHaveLength(1);
    }
    peer.destroy();
  });

  test('asks for path and query, with the credentials of the URL', async () => {
    const server = await RawServer.listen();
    onTestFinished(() => server.close());
    const url = server.url.replace('://', '://user:p%40ss@');
    const socket = new WebSocket(`${url}a/b?c=d%20e`);
    const peer = await server.accept();
    const request = await peer.head();
    expect(request).toMatch(/^GET \/a\/b\?c=d%20e HTTP/);
    expect(request).toContain(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    socket.close();
    await once(socket, 'close');
    peer.destroy();
  });

  test('never uses a key twice', async () => {
    const keys = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const { request, peer } = await tryAgainst(() => lines('HTTP/1.1 503 No'));
      keys.add(/Sec-WebSocket-Key: (.*)\r\n/.exec(request)?.[1] ?? '');
      peer.destroy();
    }
    expect(keys.size).toBe(5);
  });

  test('reads a frame that came in the segment of the answer', async () => {
    const server = await RawServer.listen();
    onTestFinished(() => server.close());
    const socket = new WebSocket(server.url);
    const peer = await server.accept();
    const request = await peer.head();
    const key = /Sec-WebSocket-Key: (.*)\r\n/.exec(request)?.[1] ?? '';
    peer.write(
      Buffer.concat([
        Buffer.from(lines(...OPENING, `Sec-WebSocket-Accept: ${acceptFor(key)}`)),
        serverFrame('one'),
        serverFrame('two'),
      ]),
    );
    // Each awaits its event; none is lost although nobody listened for messages at first.
    await once(socket, 'open');
    expect((await once(socket, 'message'))[0].data).toBe('one');
    expect((await once(socket, 'message'))[0].data).toBe('two');
    peer.destroy();
    await once(socket, 'close');
  });

  test('says that the connection was refused', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    expect(await outcome(new WebSocket(`ws://127.0.0.1:${port}`))).toMatchObject({
      opened: false,
      error: { code: 'PW_WS_CONNECT', cause: { code: 'ECONNREFUSED' } },
    });
  });

  test('gives up when closed while connecting', async () => {
    const server = await RawServer.listen();
    onTestFinished(() => server.close());
    const socket = new WebSocket(server.url);
    const result = outcome(socket);
    const peer = await server.accept();
    socket.close();
    expect(socket.readyState).toBe(WebSocket.CLOSING);
    expect(await result).toMatchObject({ opened: false, error: { code: 'PW_WS_ABORTED' } });
    expect(socket.readyState).toBe(WebSocket.CLOSED);
    await peer.until(() => (peer.closed || peer.ended ? true : undefined));
  });

  test('gives up when its signal is aborted, before, while or after connecting', async () => {
    const server = await RawServer.listen();
    onTestFinished(() => server.close());
    const reason = new Error('enough');
    const before = outcome(new WebSocket(server.url, [], { signal: AbortSignal.abort(reason) }));
    const expected = { opened: false, error: { code: 'PW_WS_ABORTED', cause: reason } };
    expect(await before).toMatchObject(expected);

    const controller = new AbortController();
    const during = outcome(new WebSocket(server.url, [], { signal: controller.signal }));
    const silent = await server.accept();
    controller.abort(reason);
    expect(await during).toMatchObject(expected);
    silent.destroy();

    const late = new AbortController();
    const socket = new WebSocket(server.url, [], { signal: late.signal });
    const peer = await server.open();
    await once(socket, 'open');
    const after = outcome(socket);
    late.abort(reason);
    expect(await after).toMatchObject({ opened: false, error: { code: 'PW_WS_TERMINATED' } });
    peer.destroy();
  });
});
