import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import {
  Agent,
  createServer,
  type ClientRequest,
  type IncomingMessage,
  type RequestListener,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ClientOptions } from '@pairwire/websocket/compat';
import { RawServer } from '../node/raw-peer.ts';
import { closeOf, describeBoth, startServer, type Library, type Socket } from './both.ts';

const folder = new URL('../node/fixtures/', import.meta.url);
const key = readFileSync(new URL('localhost.key', folder));
const cert = readFileSync(new URL('localhost.crt', folder));

/** What a client says to an answer, `$ACCEPT` standing for the right value. */
async function judge(library: Library, lines: string[], protocols: string[] = []) {
  const server = await RawServer.listen();
  onTestFinished(() => server.close());
  const client = new library.WebSocket(server.url, protocols, { perMessageDeflate: false });
  const failed = once(client, 'error');
  const closed = closeOf(client);
  const peer = await server.accept();
  const request = await peer.head();
  const { createHash } = await import('node:crypto');
  const sent = /Sec-WebSocket-Key: (.*)\r/i.exec(request)?.[1] ?? '';
  const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const accept = createHash('sha1')
    .update(sent + guid)
    .digest('base64');
  peer.write(`${lines.join('\r\n').replace('$ACCEPT', accept)}\r\n\r\n`);
  const [error] = (await failed) as [Error];
  expect((await closed).code).toBe(1006);
  return error.message;
}

const GOOD = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade'];
const ACCEPT = 'Sec-WebSocket-Accept: $ACCEPT';
const UPGRADE = 'Upgrade: websocket';

describeBoth('a client’s opening handshake', (library) => {
  const answers: [text: string, lines: string[], protocols?: string[]][] = [
    ['Invalid Upgrade header', [...GOOD, 'Upgrade: h2c', ACCEPT]],
    ['Invalid Sec-WebSocket-Accept header', [...GOOD, UPGRADE, 'Sec-WebSocket-Accept: wrong']],
    [
      'Server sent a subprotocol but none was requested',
      [...GOOD, UPGRADE, ACCEPT, 'Sec-WebSocket-Protocol: chat'],
    ],
    [
      'Server sent an invalid subprotocol',
      [...GOOD, UPGRADE, ACCEPT, 'Sec-WebSocket-Protocol: other'],
      ['chat'],
    ],
    ['Server sent no subprotocol', [...GOOD, UPGRADE, ACCEPT], ['chat']],
    [
      'Server sent a Sec-WebSocket-Extensions header but no extension was requested',
      [...GOOD, UPGRADE, ACCEPT, 'Sec-WebSocket-Extensions: permessage-deflate'],
    ],
    ['Unexpected server response: 401', ['HTTP/1.1 401 Unauthorized', 'Content-Length: 0']],
  ];

  test.each(answers)('%s', async (text, lines, protocols) => {
    expect(await judge(library, lines, protocols)).toBe(text);
  });

  test('gives an unexpected response to whoever wants it', async () => {
    const http = await startHttp((_, response) => response.writeHead(403).end('why not'));
    const client = new library.WebSocket(http);
    const [request, response] = (await once(client, 'unexpected-response')) as [
      ClientRequest,
      IncomingMessage,
    ];
    expect(response.statusCode).toBe(403);
    const closed = closeOf(client);
    client.on('error', () => undefined);
    client.terminate();
    request.destroy();
    expect((await closed).code).toBe(1006);
  });

  test('gives up after `handshakeTimeout`', async () => {
    const server = await RawServer.listen();
    onTestFinished(() => server.close());
    const client = new library.WebSocket(server.url, { handshakeTimeout: 50 });
    const [error] = (await once(client, 'error')) as [Error];
    expect(error.message).toBe('Opening handshake has timed out');
  });

  test('reports a refused connection with the code of the system', async () => {
    const { server, url } = await startServer(library);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    const [error] = (await once(new library.WebSocket(url), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });

  test('follows redirects when asked, tells of each, and stops at `maxRedirects`', async () => {
    const { url } = await startServer(library);
    const http = await startHttp(() => undefined, url);
    const client = new library.WebSocket(http, { followRedirects: true });
    const redirected = once(client, 'redirect');
    expect((await redirected)[0]).toBe(url);
    await once(client, 'open');
    expect(client.url).toBe(url);
    client.terminate();
    const limited = new library.WebSocket(http, { followRedirects: true, maxRedirects: 0 });
    const [error] = (await once(limited, 'error')) as [Error];
    expect(error.message).toBe('Maximum redirects exceeded');
  });

  test('leaves credentials behind when the host changes', async () => {
    const { server, url } = await startServer(library);
    const arrived = once(server, 'connection');
    const http = await startHttp(() => undefined, url);
    const options = { followRedirects: true, headers: { Cookie: 'secret', 'X-Kept': 'yes' } };
    const client = new library.WebSocket(http.replace('//', '//user:secret@'), options);
    const opened = once(client, 'open');
    const [, { headers }] = (await arrived) as [Socket, IncomingMessage];
    expect([headers.cookie, headers.authorization, headers['x-kept']]).toEqual([
      undefined,
      undefined,
      'yes',
    ]);
    await opened;
    client.terminate();
  });

  const requests: [what: string, options: ClientOptions, name: string, value: string][] = [
    ['headers', { headers: { 'X-Mine': 'yes' } }, 'x-mine', 'yes'],
    ['an origin', { origin: 'https://example.com' }, 'origin', 'https://example.com'],
    ['credentials', { auth: 'user:word' }, 'authorization', 'Basic dXNlcjp3b3Jk'],
    ['subprotocols', { protocols: ['a', 'b'] }, 'sec-websocket-protocol', 'a,b'],
    [
      'what `finishRequest` sets',
      {
        finishRequest: (request) => {
          request.setHeader('X-Last', 'minute');
          request.end();
        },
      },
      'x-last',
      'minute',
    ],
  ];

  test.each(requests)('sends %s', async (_, options, name, value) => {
    const { server, url } = await startServer(library);
    const arrived = once(server, 'connection');
    const client = new library.WebSocket(url, options);
    const [, request] = (await arrived) as [Socket, IncomingMessage];
    expect(request.headers[name]).toBe(value);
    await once(client, 'open');
    client.terminate();
  });

  test('goes through an agent, or a connection of the application’s own', async () => {
    const { port } = await startServer(library);
    const agent = new Agent();
    let made = 0;
    const createConnection = (): ReturnType<typeof connectTcp> => {
      made += 1;
      return connectTcp(port, '127.0.0.1');
    };
    Object.assign(agent, { createConnection });
    for (const options of [{ agent }, { createConnection }] as ClientOptions[]) {
      const client = new library.WebSocket('ws://nowhere.invalid/', options);
      await once(client, 'open');
      client.terminate();
    }
    expect(made).toBe(2);
  });

  test('reaches a unix socket', async () => {
    const path = join(tmpdir(), `pairwire-compat-${process.pid}-${Math.trunc(performance.now())}`);
    const http = createServer();
    const server = new library.WebSocketServer({ server: http });
    http.listen(path);
    onTestFinished(async () => {
      http.close();
      await rm(path, { force: true });
    });
    await once(server, 'listening');
    const arrived = once(server, 'connection');
    const client = new library.WebSocket(`ws+unix:${path}:/inside?query`);
    const [, request] = (await arrived) as [Socket, IncomingMessage];
    expect(request.url).toBe('/inside?query');
    await once(client, 'open');
    const closed = closeOf(client);
    client.close();
    await closed;
  });

  test('speaks TLS with the options of `tls.connect`', async () => {
    const https = createHttpsServer({ key, cert });
    const server = new library.WebSocketServer({ server: https });
    https.listen(0, '127.0.0.1');
    onTestFinished(() => {
      https.closeAllConnections();
      https.close();
    });
    await once(server, 'listening');
    const url = `wss://localhost:${(https.address() as AddressInfo).port}`;
    const client = new library.WebSocket(url, { ca: cert, lookup: toLoopback });
    await once(client, 'open');
    const closed = closeOf(client);
    client.close(1000);
    expect((await closed).code).toBe(1000);
    const distrusting = new library.WebSocket(url, { lookup: toLoopback });
    const [error] = (await once(distrusting, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY|DEPTH_ZERO/);
  });
});

const toLoopback: NonNullable<ClientOptions['lookup']> = (_host, options, callback) => {
  if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

/** A server without WebSockets; with `location`, one that sends everybody there. */
async function startHttp(listener: RequestListener, location?: string): Promise<string> {
  const http = createServer((request, response) => {
    if (location === undefined) listener(request, response);
    else response.writeHead(302, { location }).end();
  });
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`;
}
