// RFC 8441 over TLS, where ALPN chooses the version of HTTP: one server object, both versions.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  connectWebSocket,
  WebSocket,
  WebSocketServer,
  type ConnectOptions,
  type WebSocketConnection,
} from '@pairwire/websocket';
import { listenHttp2 } from './http2-servers.ts';
import { createDeferred, ECHO } from './servers.ts';

const key = readFileSync(new URL('fixtures/localhost.key', import.meta.url));
const cert = readFileSync(new URL('fixtures/localhost.crt', import.meta.url));
/** Signed by itself: whoever trusts it as an authority trusts the server. */
const tls = { ca: cert };

async function startSecure({ allowHTTP1 = false, hasRequestListener = false } = {}) {
  const http = createSecureServer({ key, cert, allowHTTP1 });
  if (hasRequestListener) http.on('request', (request, response) => response.end(request.url));
  const versions: string[] = [];
  const server = new WebSocketServer<unknown>({
    handler: ECHO,
    authorize: ({ httpVersion }) => void versions.push(httpVersion),
  }).attach(http);
  onTestFinished(() => server.close({ timeoutMs: 100 }));
  return { url: `wss://localhost:${await listenHttp2(http)}/chat`, versions };
}

async function connect(url: string, options: ConnectOptions): Promise<WebSocketConnection> {
  const connection = await connectWebSocket(url, options);
  onTestFinished(() => connection.terminate());
  return connection;
}

async function echoed(connection: WebSocketConnection, data: string | Uint8Array) {
  connection.send(data);
  for await (const message of connection) return message.data;
  return undefined;
}

describe('a client over HTTP/2 and TLS', () => {
  test('opens a connection of its own by ALPN, and echoes a megabyte', async () => {
    const { url, versions } = await startSecure();
    const connection = await connect(url, { http2: 'only', tls });
    const megabyte = Buffer.alloc(1_048_576, 7);
    // Comparing byte by byte, as `toEqual` does, takes seconds.
    expect(megabyte.equals((await echoed(connection, megabyte)) as Uint8Array)).toBe(true);
    expect(versions).toEqual(['2.0']);
  });

  test('serves the interface of browsers, and closes cleanly', async () => {
    const { url } = await startSecure();
    const socket = new WebSocket(url, [], { http2: 'only', tls });
    await once(socket, 'open');
    socket.send('您好');
    expect((await once(socket, 'message'))[0].data).toBe('您好');
    socket.close(1000, 'done');
    const [close] = await once(socket, 'close');
    expect(close).toMatchObject({ code: 1000, reason: 'done', wasClean: true });
  });

  test('shares a session that is given', async () => {
    const { url } = await startSecure();
    const session = connectHttp2(new URL(url).origin.replace('wss', 'https'), tls);
    onTestFinished(() => session.destroy());
    const all = await Promise.all(
      Array.from({ length: 10 }, () => connect(url, { http2: session })),
    );
    const echoes = await Promise.all(all.map((one, index) => echoed(one, `to ${index}`)));
    expect(echoes).toEqual(all.map((_, index) => `to ${index}`));
  });

  test('refuses a certificate that it cannot trust, and does not try HTTP/1.1 then', async () => {
    const { url, versions } = await startSecure({ allowHTTP1: true });
    for (const http2 of ['only', 'prefer'] as const) {
      await expect(connectWebSocket(url, { http2 })).rejects.toMatchObject({
        code: 'PW_WS_CONNECT',
        finding: 'certificate-untrusted',
      });
    }
    expect(versions).toEqual([]);
  });

  test('goes on over HTTP/1.1 where ALPN finds no HTTP/2, if it may', async () => {
    const https = createHttpsServer({ key, cert });
    const server = new WebSocketServer<unknown>({ handler: ECHO }).attach(https);
    onTestFinished(async () => {
      await server.close({ timeoutMs: 100 });
      https.closeAllConnections();
      https.close();
    });
    https.listen(0, '127.0.0.1');
    await once(https, 'listening');
    const url = `wss://localhost:${(https.address() as AddressInfo).port}/`;
    expect(await echoed(await connect(url, { http2: 'prefer', tls }), 'hello')).toBe('hello');
    await expect(connectWebSocket(url, { http2: 'only', tls })).rejects.toMatchObject({
      code: 'PW_WS_HTTP2',
      finding: 'http2-unsupported',
    });
  });
});

describe('a server on a port that speaks both versions', () => {
  test.each([true, false])(
    'takes both, with a request listener: %s',
    async (hasRequestListener) => {
      const { url, versions } = await startSecure({ allowHTTP1: true, hasRequestListener });
      for (const options of [{}, { http2: 'prefer' }, { http2: 'only' }] as const) {
        const connection = await connect(url, { ...options, tls });
        expect(await echoed(connection, 'hello')).toBe('hello');
      }
      expect(versions).toEqual(['1.1', '2.0', '2.0']);
    },
  );

  test('answers pages on the very connection that carries WebSockets', async () => {
    const { url } = await startSecure({ allowHTTP1: true, hasRequestListener: true });
    const session = connectHttp2(new URL(url).origin.replace('wss', 'https'), tls);
    onTestFinished(() => session.destroy());
    const connection = await connect(url, { http2: session });
    const page = createDeferred<string>();
    const request = session.request({ ':path': '/page' }).setEncoding('utf8');
    request.on('data', (body: string) => page.resolve(body));
    expect(await page.promise).toBe('/page');
    expect(await echoed(connection, 'hello')).toBe('hello');
  });
});
