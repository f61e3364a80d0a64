import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  connectWebSocket,
  WebSocket,
  WebSocketServer,
  WebSocketStream,
  type ConnectOptions,
} from '@pairwire/websocket';
import { cert, key, startProxy, type ProxyBehaviour } from './connect-proxy.ts';
import { at, ECHO, startServer } from './servers.ts';

const PASSWORD = 'sup3r:secret';
const CREDENTIALS = `ada:${encodeURIComponent(PASSWORD)}`;

/** What each server was sent, by header. */
async function startEcho(
  secure = false,
): Promise<{ url: string; headers: NodeJS.Dict<unknown>[] }> {
  const headers: NodeJS.Dict<unknown>[] = [];
  const options = {
    handler: ECHO,
    authorize: (request: { headers: NodeJS.Dict<unknown> }) => void headers.push(request.headers),
  };
  if (!secure) return { url: (await startServer<unknown>(options)).url, headers };
  const server = new WebSocketServer<unknown>(options);
  const https = createHttpsServer({ key, cert });
  server.attach(https);
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  onTestFinished(async () => {
    await server.close({ timeoutMs: 100 });
    https.closeAllConnections();
    await new Promise((resolve) => https.close(resolve));
  });
  return { url: `wss://localhost:${(https.address() as AddressInfo).port}/`, headers };
}

async function echo(url: string, options: ConnectOptions): Promise<unknown> {
  const connection = await connectWebSocket(url, options);
  connection.send('through');
  for await (const { data } of connection) {
    await connection[Symbol.asyncDispose]();
    return data;
  }
  return undefined;
}

/** Why a client that goes through such a proxy does not arrive. */
async function refusal(
  behaviour: ProxyBehaviour,
  options: ConnectOptions = {},
): Promise<Record<string, unknown>> {
  const { url } = await startEcho();
  const proxy = await startProxy(behaviour);
  return connectWebSocket(url, { proxy: proxy.url, ...options }).then(
    () => ({}),
    (error: Record<string, unknown>) => error,
  );
}

describe('a client with a proxy', () => {
  test.each([
    ['ws', 'http'],
    ['wss', 'http'],
    ['ws', 'https'],
    ['wss', 'https'],
  ])('opens %s through an %s proxy', async (scheme, proxyScheme) => {
    const { url } = await startEcho(scheme === 'wss');
    const proxy = await startProxy({ secure: proxyScheme === 'https' });
    const options = { tls: { ca: cert }, proxy: { url: proxy.url, tls: { ca: cert } } };
    expect(await echo(url, options)).toBe('through');
    const { host } = new URL(url);
    const request = at(proxy.requests, 0);
    expect([request.method, request.url, request.headers.host]).toEqual(['CONNECT', host, host]);
    expect(request.headers['sec-websocket-key']).toBeUndefined();
  });

  test('asks for the default port by name (RFC 9110 §9.3.6)', async () => {
    const proxy = await startProxy({ answer: 'HTTP/1.1 403 Forbidden\r\n\r\n' });
    const refused = { code: 'PW_WS_PROXY' };
    for (const url of ['ws://a.example/', 'wss://a.example/', 'ws://[::1]/']) {
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await expect(connectWebSocket(url, { proxy: proxy.url })).rejects.toMatchObject(refused);
    }
    expect(proxy.requests.map(({ url }) => url)).toEqual([
      'a.example:80',
      'a.example:443',
      '[::1]:80',
    ]);
  });

  test('WebSocket and WebSocketStream take the same option', async () => {
    const { url } = await startEcho();
    const proxy = await startProxy();
    const socket = new WebSocket(url, [], { proxy: new URL(proxy.url) });
    await once(socket, 'open');
    socket.send('through');
    expect((await once(socket, 'message'))[0].data).toBe('through');
    socket.close();
    await once(socket, 'close');
    const stream = new WebSocketStream(url, { proxy: proxy.url });
    const { readable, writable } = await stream.opened;
    await writable.getWriter().write('streamed');
    expect((await readable.getReader().read()).value).toBe('streamed');
    stream.close();
    await stream.closed;
    expect(proxy.requests).toHaveLength(2);
  });

  test('gives user and password to the proxy and not to the server (RFC 7617 §2)', async () => {
    const { url, headers } = await startEcho();
    const proxy = await startProxy({ credentials: CREDENTIALS });
    expect(await echo(url, { proxy: proxy.url })).toBe('through');
    const [, value = ''] = at(proxy.requests, 0).headers['proxy-authorization']?.split(' ') ?? [];
    expect(Buffer.from(value, 'base64').toString()).toBe(`ada:${PASSWORD}`);
    expect(Object.keys(at(headers, 0))).not.toContain('proxy-authorization');
    expect(Object.keys(at(headers, 0))).not.toContain('authorization');
  });

  test('judges the certificate of the server, not that of the proxy', async () => {
    const { url } = await startEcho(true);
    const proxy = await startProxy();
    const options = { proxy: proxy.url, tls: { ca: cert } };
    await expect(connectWebSocket(url, { proxy: proxy.url })).rejects.toMatchObject({
      code: 'PW_WS_CONNECT',
      finding: 'certificate-untrusted',
    });
    const other = url.replace('localhost', '127.0.0.2');
    await expect(connectWebSocket(other, options)).rejects.toMatchObject({ code: 'PW_WS_CONNECT' });
  });

  test('judges an https proxy by its own name, not by that of the server', async () => {
    const proxy = await startProxy({ secure: true, answer: 'HTTP/1.1 403 Forbidden\r\n\r\n' });
    const options = { proxy: { url: proxy.url, tls: { ca: cert } } };
    await expect(connectWebSocket('wss://a.example/', options)).rejects.toMatchObject({
      code: 'PW_WS_PROXY',
      responseStatus: 403,
    });
    expect(at(proxy.requests, 0).url).toBe('a.example:443');
  });

  test.each([
    ['ws', 'http'],
    ['wss', 'http'],
    ['ws', 'https'],
    ['wss', 'https'],
  ])('leaves no tunnel behind when the client gives up %s over %s', async (scheme, proxyScheme) => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(async () => {
      await new Promise((resolve) => silent.close(resolve));
    });
    const proxy = await startProxy({ secure: proxyScheme === 'https' });
    const url = `${scheme}://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    const controller = new AbortController();
    const ended = once(silent, 'connection').then(async ([socket]) => {
      const closed = once(socket as Socket, 'close');
      controller.abort();
      await closed;
    });
    const options = { proxy: { url: proxy.url, tls: { ca: cert } }, signal: controller.signal };
    await expect(connectWebSocket(url, options)).rejects.toMatchObject({ code: 'PW_WS_ABORTED' });
    await ended;
  });

  test('hears the server behind it refuse', async () => {
    const { url } = await startServer({ path: '/here' });
    const proxy = await startProxy();
    await expect(connectWebSocket(url, { proxy: proxy.url })).rejects.toMatchObject({
      code: 'PW_WS_RESPONSE_STATUS',
      finding: 'path-unknown',
      status: 502,
      responseStatus: 404,
    });
  });

  test('does not look at environment variables', async () => {
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'];
    const before = names.map((name) => process.env[name]);
    onTestFinished(() => {
      for (const [index, name] of names.entries()) {
        if (before[index] === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = before[index];
      }
    });
    for (const name of names) process.env[name] = 'http://127.0.0.1:1';
    const { url } = await startEcho();
    expect(await echo(url, {})).toBe('through');
  });
});

describe('a proxy that does not help', () => {
  test.each([
    [407, 'proxy-authentication'],
    [403, 'proxy-refused'],
    [502, 'proxy-refused'],
    [301, 'proxy-refused'],
  ])('answers %d: %s', async (status, finding) => {
    const error = await refusal({ answer: `HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n` });
    expect(error).toMatchObject({
      name: 'HandshakeError',
      code: 'PW_WS_PROXY',
      finding,
      status: 502,
      responseStatus: status,
    });
    expect(error['advice']).toMatch(/proxy|CONNECT/);
  });

  test.each([
    ['too many headers', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 'head-too-long'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'proxy-refused'],
  ])('answers with %s', async (_, answer, finding) => {
    const error = await refusal({ answer });
    expect(error).toMatchObject({ code: 'PW_WS_PROXY', finding, responseStatus: undefined });
  });

  test('says the name of no secret, wherever it fails', async () => {
    const errors = await Promise.all([
      refusal({ credentials: CREDENTIALS, answer: 'HTTP/1.1 407 No\r\n\r\n' }),
      refusal({ credentials: CREDENTIALS, answer: 'no http\r\n\r\n' }),
      refusal({}, { proxy: `http://${CREDENTIALS}@127.0.0.1:1` }),
      refusal({ credentials: CREDENTIALS, answer: '' }, { handshakeTimeoutMs: 50 }),
    ]);
    const encoded = Buffer.from(`ada:${PASSWORD}`).toString('base64');
    for (const error of errors) {
      const words = inspect(error, { depth: 10, showHidden: true });
      expect(words).toMatch(/PW_WS_/);
      for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), encoded]) {
        expect(words).not.toContain(secret);
      }
    }
  });

  test('cannot be reached', async () => {
    const error = await refusal({}, { proxy: 'http://127.0.0.1:1' });
    expect(error).toMatchObject({ code: 'PW_WS_CONNECT', finding: 'proxy-unreachable' });
  });

  test('does not answer, until the time is up', async () => {
    const error = await refusal({ answer: '' }, { handshakeTimeoutMs: 50 });
    expect(error).toMatchObject({
      code: 'PW_WS_HANDSHAKE_TIMEOUT',
      finding: 'proxy-unreachable',
    });
  });

  test('is left alone when the client gives up', async () => {
    const { url } = await startEcho();
    const proxy = await startProxy({ answer: '' });
    const controller = new AbortController();
    const attempt = connectWebSocket(url, { proxy: proxy.url, signal: controller.signal });
    attempt.catch(() => {});
    while (proxy.requests.length === 0) {
      // oxlint-disable-next-line no-await-in-loop -- until it has asked
      await new Promise((resolve) => setImmediate(resolve));
    }
    const ended = once(at(proxy.sockets, 0).resume(), 'end');
    controller.abort();
    await expect(attempt).rejects.toMatchObject({ code: 'PW_WS_ABORTED' });
    await ended;
  });
});

describe('the option proxy', () => {
  const url = 'ws://127.0.0.1:1/';

  test.each([
    ['nonsense', /proxy must be a URL/],
    [`socks5://${CREDENTIALS}@127.0.0.1:1`, /proxy must be an http: or https: URL/],
    [{ url: 'http://127.0.0.1:1', user: 'ada' }, /unknown option 'proxy.user'/],
  ])('refuses %j, without repeating it', (proxy, words) => {
    const make = () => Reflect.construct(WebSocket, [url, [], { proxy }]) as unknown;
    expect(make).toThrow(words);
    expect(make).not.toThrow(PASSWORD);
  });

  test('is one of three ways', () => {
    const proxy = 'http://127.0.0.1:1';
    expect(() => new WebSocket(url, { proxy, http2: 'only' })).toThrow(/http2 and proxy/);
    expect(() => Reflect.construct(WebSocket, [url, { proxy, agent: {} }])).toThrow(
      /agent and proxy/,
    );
  });
});
