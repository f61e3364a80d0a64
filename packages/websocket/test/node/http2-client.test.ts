// RFC 8441: a client whose WebSockets are streams of an HTTP/2 connection.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { constants, createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  connectWebSocket,
  WebSocket,
  WebSocketServer,
  type ConnectOptions,
  type WebSocketConnection,
} from '@pairwire/websocket';
import { listenHttp2, openSession, startHttp2Server } from './http2-servers.ts';
import { createDeferred, ECHO } from './servers.ts';

async function connect(port: number, options: ConnectOptions): Promise<WebSocketConnection> {
  const connection = await connectWebSocket(`ws://127.0.0.1:${port}/chat`, options);
  onTestFinished(() => connection.terminate());
  return connection;
}

async function echoed(connection: WebSocketConnection, text: string): Promise<unknown> {
  connection.send(text);
  for await (const { data } of connection) return data;
  return undefined;
}

/** An HTTP/2 server that answers every Extended CONNECT by hand. */
async function answering(answer: (stream: ServerHttp2Stream) => void): Promise<number> {
  const http = createHttp2Server({ settings: { enableConnectProtocol: true } });
  http.on('stream', (stream) => {
    stream.on('error', () => {});
    answer(stream);
  });
  return listenHttp2(http);
}

describe('a client over HTTP/2', () => {
  test('opens, echoes and closes on a session of its own', async () => {
    const { port, server, http } = await startHttp2Server<unknown>({
      handler: ECHO,
      protocols: ['chat'],
      compression: true,
    });
    const sessionClosed = createDeferred<void>();
    http.on('session', (session) => session.once('close', () => sessionClosed.resolve()));
    const connection = await connect(port, {
      http2: 'only',
      protocols: ['chat'],
      compression: true,
    });
    expect(connection).toMatchObject({ protocol: 'chat', remoteAddress: '127.0.0.1' });
    const text = 'hello '.repeat(1_000);
    expect(await echoed(connection, text)).toBe(text);
    const closed = createDeferred<unknown>();
    connection.handler = { message() {}, close: (_connection, close) => closed.resolve(close) };
    connection.close(1000, 'bye');
    expect(await closed.promise).toEqual({ code: 1000, reason: 'bye', wasClean: true });
    await sessionClosed.promise;
    expect(server.counters.connectionsFailed).toBe(0);
  });

  test('shares a session that is given, and leaves it open', async () => {
    const { port, server } = await startHttp2Server<unknown>({ handler: ECHO });
    const session = await openSession(port);
    const first = await connect(port, { http2: session });
    const second = await connect(port, { http2: session });
    expect(await echoed(first, 'one')).toBe('one');
    expect(await echoed(second, 'two')).toBe('two');
    expect(server.connections.size).toBe(2);
    await first[Symbol.asyncDispose]();
    expect(session.closed).toBe(false);
    expect(await echoed(await connect(port, { http2: session }), 'three')).toBe('three');
  });

  test('serves the interface of browsers, too', async () => {
    const { port } = await startHttp2Server<unknown>({ handler: ECHO });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, [], { http2: 'only' });
    await once(socket, 'open');
    socket.send('hello');
    const [event] = (await once(socket, 'message')) as [{ data: unknown }];
    expect(event.data).toBe('hello');
    socket.close();
    await once(socket, 'close');
  });

  test('goes on over HTTP/1.1 when it may, and fails typed when it may not', async () => {
    const http = createHttpServer();
    const server = new WebSocketServer<unknown>({ handler: ECHO }).attach(http);
    onTestFinished(async () => {
      await server.close({ timeoutMs: 100 });
      http.close();
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address() as AddressInfo;
    expect(await echoed(await connect(port, { http2: 'prefer' }), 'hello')).toBe('hello');
    await expect(connect(port, { http2: 'only' })).rejects.toMatchObject({
      name: 'HandshakeError',
      code: 'PW_WS_HTTP2',
      finding: 'http2-unsupported',
    });
  });

  test('prefers HTTP/2 when the server takes WebSockets there', async () => {
    const { port, http } = await startHttp2Server<unknown>({ handler: ECHO });
    const versions: string[] = [];
    http.on('stream', () => versions.push('2'));
    expect(await echoed(await connect(port, { http2: 'prefer' }), 'hello')).toBe('hello');
    expect(versions).toEqual(['2']);
  });

  test('asks nothing of a server that has not said it may (§3)', async () => {
    const http = createHttp2Server();
    const asked: unknown[] = [];
    http.on('stream', (stream) => asked.push(stream));
    const port = await listenHttp2(http);
    const expected = { code: 'PW_WS_HTTP2' };
    await expect(connect(port, { http2: 'only' })).rejects.toMatchObject(expected);
    const session = await openSession(port);
    await expect(connect(port, { http2: session })).rejects.toMatchObject(expected);
    expect(session.destroyed).toBe(false);
    expect(asked).toEqual([]);
  });

  test.each<[string, (stream: ServerHttp2Stream) => void, object]>([
    [
      'a refusal',
      (stream) => stream.respond({ ':status': 403 }, { endStream: true }),
      { code: 'PW_WS_RESPONSE_STATUS', finding: 'forbidden' },
    ],
    [
      'a subprotocol nobody offered',
      (stream) => stream.respond({ ':status': 200, 'sec-websocket-protocol': 'mqtt' }),
      { code: 'PW_WS_RESPONSE_PROTOCOL', finding: 'protocol-unrequested' },
    ],
    [
      'a reset',
      (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
      { code: 'PW_WS_CONNECT' },
    ],
    [
      'the end of the session',
      (stream) => setImmediate((session) => session?.destroy(), stream.session),
      { code: 'PW_WS_CONNECT' },
    ],
  ])('fails typed on %s', async (_name, answer, expected) => {
    const port = await answering(answer);
    await expect(connect(port, { http2: 'only' })).rejects.toMatchObject(expected);
  });

  test('gives up after its time limit, and when it is told to', async () => {
    const arrived = createDeferred<void>();
    const port = await answering(() => arrived.resolve());
    await expect(connect(port, { http2: 'only', handshakeTimeoutMs: 200 })).rejects.toMatchObject({
      code: 'PW_WS_HANDSHAKE_TIMEOUT',
      finding: 'no-answer',
    });
    const controller = new AbortController();
    const attempt = connect(port, { http2: 'prefer', signal: controller.signal });
    await arrived.promise;
    controller.abort();
    await expect(attempt).rejects.toMatchObject({ code: 'PW_WS_ABORTED' });
  });

  test('names a port where nobody listens, without trying HTTP/1.1', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    await expect(connect(port, { http2: 'prefer' })).rejects.toMatchObject({
      code: 'PW_WS_CONNECT',
      finding: 'connection-refused',
    });
  });

  test('refuses options that cannot be meant', async () => {
    const url = 'ws://127.0.0.1/';
    const options = { http2: 'yes' } as unknown as ConnectOptions;
    expect(() => connectWebSocket(url, options)).toThrow(/http2/);
    const { Agent } = await import('node:http');
    expect(() => connectWebSocket(url, { http2: 'only', agent: new Agent() })).toThrow(/agent/);
  });
});
