// RFC 8441: WebSockets on the streams of an HTTP/2 connection, the server's side.
import { once } from 'node:events';
import {
  connect as connectHttp2,
  constants,
  createSecureServer,
  type IncomingHttpHeaders,
} from 'node:http2';
import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  connectWebSocket,
  HandshakeError,
  WebSocketServer,
  type ConnectionClose,
  type ConnectionHandler,
  type WebSocketConnection,
} from '@pairwire/websocket';
import {
  bodyOf,
  listenHttp2,
  openSession,
  requestStream,
  responseOf,
  startHttp2Server,
} from './http2-servers.ts';
import { closeFrame, frame, serverFrame } from './raw-peer.ts';
import { createDeferred, ECHO, onlyConnection, untilQuiet } from './servers.ts';

const tls = {
  cert: readFileSync(new URL('fixtures/localhost.crt', import.meta.url)),
  key: readFileSync(new URL('fixtures/localhost.key', import.meta.url)),
};

/** Tells how its connections end. */
function closing(handler: ConnectionHandler = {}) {
  const closed = createDeferred<ConnectionClose>();
  const told: ConnectionHandler = {
    message() {},
    ...handler,
    close: (_connection, close) => closed.resolve(close),
  };
  return { handler: told, closed: closed.promise };
}

describe('a server on HTTP/2', () => {
  test('opens the example of RFC 8441 §5.1, step by step', async () => {
    const { port } = await startHttp2Server<unknown>({ handler: ECHO, protocols: ['chat'] });
    const session = await openSession(port);
    // SETTINGS_ENABLE_CONNECT_PROTOCOL[..] = 1
    expect(session.remoteSettings.enableConnectProtocol).toBe(true);
    const stream = requestStream(session, {
      'sec-websocket-protocol': 'chat, superchat',
      'sec-websocket-extensions': 'permessage-deflate',
      origin: 'http://server.example.com',
    });
    const response = await responseOf(stream);
    expect(response[':status']).toBe(200);
    expect(response['sec-websocket-protocol']).toBe('chat');
    for (const name of ['sec-websocket-accept', 'upgrade', 'connection']) {
      expect(response).not.toHaveProperty(name);
    }
    // DATA: WebSocket Data, both ways.
    stream.write(frame('hello'));
    const [data] = (await once(stream, 'data')) as [Buffer];
    expect(data).toEqual(serverFrame('hello'));
    // DATA + END_STREAM: WebSocket Data, both ways.
    stream.end(closeFrame(1000));
    expect(await bodyOf(stream)).toEqual(closeFrame(1000, '', { mask: undefined }));
    if (!stream.closed) await once(stream, 'close');
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
  });

  test.each<[string, Record<string, string | null>, number]>([
    ['a path nobody has', { ':path': '/other' }, 404],
    ['a foreign origin', { origin: 'https://other.example' }, 403],
    ['another protocol (RFC 9220 §3)', { ':protocol': 'connect-udp' }, 501],
    ['another version', { 'sec-websocket-version': '8' }, 400],
    ['no version', { 'sec-websocket-version': null }, 400],
    ['a scheme of its own (§5)', { ':scheme': 'wss' }, 400],
    ['a Host that is not the authority', { host: 'other.example' }, 400],
    ['subprotocols that are no tokens', { 'sec-websocket-protocol': 'a b' }, 400],
  ])('refuses %s', async (_name, changes, status) => {
    const { port, server } = await startHttp2Server({ path: '/chat' });
    const stream = requestStream(await openSession(port), changes);
    const response = await responseOf(stream);
    expect(response[':status']).toBe(status);
    // RFC 6455 §4.2.2 (4): a wrong version is told the right one.
    const named = 'sec-websocket-version' in changes ? '13' : undefined;
    expect(response['sec-websocket-version']).toBe(named);
    expect((await bodyOf(stream)).toString()).toMatch(/\.\n$/);
    expect(server.counters.openingsRefused).toBe(status === 404 ? 0 : 1);
    expect(server.connections.size).toBe(0);
  });

  test('gives the application a request as over HTTP/1.1', async () => {
    const seen: unknown[] = [];
    const { port } = await startHttp2Server({
      authorize: ({ url, headers, rawHeaders, httpVersion, socket }) => {
        const { host, cookie } = headers;
        seen.push({ url, host, cookie, httpVersion, rawHeaders });
        seen.push(socket.remoteAddress);
        throw new HandshakeError('PW_WS_UNAUTHORIZED');
      },
    });
    const stream = requestStream(await openSession(port), { ':path': '/chat?a=b', cookie: 'c=d' });
    expect((await responseOf(stream))[':status']).toBe(401);
    expect(seen).toEqual([
      {
        url: '/chat?a=b',
        host: 'server.example.com',
        cookie: 'c=d',
        httpVersion: '2.0',
        rawHeaders: ['host', 'server.example.com', 'sec-websocket-version', '13', 'cookie', 'c=d'],
      },
      '127.0.0.1',
    ]);
  });

  test('lets authorize think, and survives a stream that is reset meanwhile', async () => {
    const asked = createDeferred<void>();
    const answer = createDeferred<string>();
    const { port, server } = await startHttp2Server<string>({
      authorize: () => {
        asked.resolve();
        return answer.promise;
      },
    });
    const session = await openSession(port);
    const gone = requestStream(session);
    await asked.promise;
    gone.close(constants.NGHTTP2_CANCEL);
    const stays = requestStream(session);
    answer.resolve('context');
    expect((await responseOf(stays))[':status']).toBe(200);
    expect(onlyConnection(server)).toMatchObject({
      context: 'context',
      remoteAddress: '127.0.0.1',
    });
  });

  test('takes what is sent behind the request, before the answer', async () => {
    const { port, server } = await startHttp2Server<unknown>({ handler: ECHO });
    const stream = requestStream(await openSession(port));
    stream.write(frame('early'));
    const [data] = (await once(stream, 'data')) as [Buffer];
    expect(data).toEqual(serverFrame('early'));
    expect(server.counters.connectionsOpened).toBe(1);
  });

  test('carries many WebSockets on one TCP connection, and counts each', async () => {
    const { port, server, http } = await startHttp2Server<unknown>({
      handler: ECHO,
      maxConnections: 50,
    });
    let sessions = 0;
    http.on('session', () => (sessions += 1));
    const session = await openSession(port);
    const streams = Array.from({ length: 50 }, () => requestStream(session));
    await Promise.all(
      streams.map(async (stream, index) => {
        expect((await responseOf(stream))[':status']).toBe(200);
        stream.write(frame(`number ${index}`));
        const [data] = (await once(stream, 'data')) as [Buffer];
        expect(data).toEqual(serverFrame(`number ${index}`));
      }),
    );
    expect([sessions, server.connections.size]).toEqual([1, 50]);
    expect((await responseOf(requestStream(session)))[':status']).toBe(503);
  });

  test('answers too many openings with 429 and Retry-After', async () => {
    const { port, server } = await startHttp2Server({
      maxOpeningsPerSecond: 1,
      clientAddress: () => '192.0.2.1',
    });
    const session = await openSession(port);
    const responses: IncomingHttpHeaders[] = [];
    for (let count = 0; count < 15; count++) {
      responses.push(await responseOf(requestStream(session)));
    }
    const refused = responses.filter((response) => Number(response[':status']) === 429);
    expect(refused).not.toHaveLength(0);
    for (const response of refused) expect(response['retry-after']).toMatch(/^\d+$/);
    expect(server.counters.openingsThrottled).toBeGreaterThan(0);
  });

  test('does not let a stream that is not read hold up its siblings', async () => {
    const { port, server } = await startHttp2Server<unknown>({
      handler: { message: (connection, { data }) => void connection.send(data) },
    });
    const session = await openSession(port);
    const slow = requestStream(session);
    await responseOf(slow);
    const connection = onlyConnection(server);
    const fast = requestStream(session);
    await responseOf(fast);
    // More than a window of the stream, on which nothing is read.
    const filler = Buffer.alloc(60_000);
    while (connection.bufferedBytes < 500_000) {
      connection.send(filler);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(connection.send(filler)).toBe(false);
    for (const text of ['one', 'two', 'three']) {
      fast.write(frame(text));
      const [data] = (await once(fast, 'data')) as [Buffer];
      expect(data).toEqual(serverFrame(text));
    }
    expect(connection.bufferedBytes).toBeGreaterThan(400_000);
    // Read at last, all of it comes, and the connection drains.
    const drained = connection.drained();
    slow.resume();
    await drained;
  });

  test('stops reading a stream whose handler is busy, and its peer has to wait', async () => {
    const hold = createDeferred<void>();
    let received = 0;
    const { port, server } = await startHttp2Server<unknown>({
      handler: {
        message: async () => {
          received += 1;
          await hold.promise;
        },
      },
    });
    const stream = requestStream(await openSession(port));
    await responseOf(stream);
    const message = frame(Buffer.alloc(1_000), { opcode: 2 });
    for (let count = 0; count < 1_000; count++) stream.write(message);
    await untilQuiet(() => stream.writableLength);
    expect(received).toBe(1);
    expect(stream.writableLength).toBeGreaterThan(500_000);
    expect(server.counters.bytesReceived).toBeLessThan(400_000);
    hold.resolve();
    await once(stream, 'drain');
    await untilQuiet(() => received);
    expect(received).toBe(1_000);
  });

  test('closes a stream that breaks the protocol, and only that one', async () => {
    const { handler, closed } = closing();
    const { port } = await startHttp2Server<unknown>({ handler });
    const session = await openSession(port);
    const stream = requestStream(session);
    await responseOf(stream);
    stream.write(frame('bare', { mask: undefined }));
    const body = await bodyOf(stream);
    expect(body.readUInt16BE(2)).toBe(1002);
    stream.end();
    expect(await closed).toMatchObject({ code: 1002, error: { code: 'PW_WS_UNMASKED_FRAME' } });
    expect(session.destroyed).toBe(false);
    expect((await responseOf(requestStream(session)))[':status']).toBe(200);
  });

  test('cuts a stream with CANCEL (§5), as TCP would be reset', async () => {
    const { handler, closed } = closing();
    const { port, server } = await startHttp2Server<unknown>({ handler });
    const stream = requestStream(await openSession(port));
    await responseOf(stream);
    onlyConnection(server).terminate();
    stream.resume();
    await once(stream, 'close');
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
    expect(await closed).toMatchObject({ code: 1006, error: { code: 'PW_WS_TERMINATED' } });
  });

  test.each([
    ['CANCEL', constants.NGHTTP2_CANCEL, 'PW_WS_ABNORMAL_CLOSURE'],
    ['PROTOCOL_ERROR', constants.NGHTTP2_PROTOCOL_ERROR, 'PW_WS_SOCKET'],
    ['INTERNAL_ERROR', constants.NGHTTP2_INTERNAL_ERROR, 'PW_WS_SOCKET'],
    ['ENHANCE_YOUR_CALM', constants.NGHTTP2_ENHANCE_YOUR_CALM, 'PW_WS_SOCKET'],
  ])('takes a stream reset with %s for a lost connection', async (_name, rstCode, code) => {
    const { handler, closed } = closing();
    const { port } = await startHttp2Server<unknown>({ handler });
    const stream = requestStream(await openSession(port));
    await responseOf(stream);
    stream.close(rstCode);
    expect(await closed).toMatchObject({ code: 1006, wasClean: false, error: { code } });
  });

  test('ends every connection of a session that is lost', async () => {
    const ends: ConnectionClose[] = [];
    const all = createDeferred<void>();
    const { port } = await startHttp2Server<unknown>({
      handler: {
        message() {},
        close: (_connection, close) => {
          if (ends.push(close) === 3) all.resolve();
        },
      },
    });
    const session = await openSession(port);
    const streams = [requestStream(session), requestStream(session), requestStream(session)];
    await Promise.all(streams.map(responseOf));
    session.destroy();
    await all.promise;
    expect(ends.map(({ code }) => code)).toEqual([1006, 1006, 1006]);
  });

  test('closes its connections with 1001 and leaves the HTTP/2 server as it was', async () => {
    const { port, server, http } = await startHttp2Server();
    const session = await openSession(port);
    const stream = requestStream(session);
    await responseOf(stream);
    const closed = server.close();
    const [data] = (await once(stream, 'data')) as [Buffer];
    expect(data.readUInt16BE(2)).toBe(1001);
    stream.end(closeFrame(1001));
    await closed;
    for (const event of ['stream', 'connect', 'upgrade']) expect(http.listenerCount(event)).toBe(0);
  });

  test('shares the server with requests, CONNECTs of others, and several paths', async () => {
    const { port, http } = await startHttp2Server<unknown>({ handler: ECHO, path: '/chat' });
    new WebSocketServer({ path: '/more' }).attach(http);
    http.on('request', (request, response) => response.end(`page ${request.url}`));
    const session = await openSession(port);
    const page = session.request({ ':path': '/index' });
    expect((await bodyOf(page)).toString()).toBe('page /index');
    const stream = requestStream(session);
    expect((await responseOf(stream))[':status']).toBe(200);
    stream.write(frame('hello'));
    const [data] = (await once(stream, 'data')) as [Buffer];
    expect(data).toEqual(serverFrame('hello'));
    expect((await responseOf(requestStream(session, { ':path': '/more' })))[':status']).toBe(200);
    expect((await responseOf(requestStream(session, { ':path': '/none' })))[':status']).toBe(404);
    const plain = session.request({ ':method': 'CONNECT', ':authority': 'example.com:443' });
    expect((await responseOf(plain))[':status']).toBe(405);
  });

  test('answers a CONNECT for a proxy where nobody else listens', async () => {
    const { port, http } = await startHttp2Server<unknown>({ handler: ECHO });
    const session = await openSession(port);
    const tunnel = () => session.request({ ':method': 'CONNECT', ':authority': 'example.com:443' });
    expect((await responseOf(tunnel()))[':status']).toBe(405);
    http.on('stream', (stream, headers) => {
      if (headers[':protocol'] === undefined) stream.respond({ ':status': 204 });
    });
    expect((await responseOf(tunnel()))[':status']).toBe(204);
  });

  test('is reached by HTTP/1.1 too on a port that speaks both', async () => {
    const http = createSecureServer({ ...tls, allowHTTP1: true });
    const server = new WebSocketServer<unknown>({ handler: ECHO }).attach(http);
    onTestFinished(() => server.close({ timeoutMs: 100 }));
    const port = await listenHttp2(http);
    const versions: string[] = [];
    http.on('stream', () => versions.push('2'));
    http.on('upgrade', () => versions.push('1.1'));

    const first = await connectWebSocket(`wss://127.0.0.1:${port}/`, {
      tls: { rejectUnauthorized: false },
    });
    first.send('over HTTP/1.1');
    expect(await nextMessage(first)).toBe('over HTTP/1.1');
    first.terminate();

    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    onTestFinished(() => session.destroy());
    await once(session, 'remoteSettings');
    const stream = requestStream(session);
    await responseOf(stream);
    stream.write(frame('over HTTP/2'));
    const [data] = (await once(stream, 'data')) as [Buffer];
    expect(data).toEqual(serverFrame('over HTTP/2'));
    expect(versions).toEqual(['1.1', '2']);
  });
});

async function nextMessage(connection: WebSocketConnection): Promise<unknown> {
  for await (const { data } of connection) return data;
  return undefined;
}
