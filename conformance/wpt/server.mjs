/** The servers that the web platform's tests expect: WebSockets over HTTP, over TLS and over HTTP/2. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createSecureServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';
import { ANSWERS, CONNECT_ANSWERS, createEngineHandlers, RAW } from './handlers.mjs';
import { RawPeer, upgradeAnswer } from './raw-peer.mjs';

const fixtures = new URL('../../packages/websocket/test/node/fixtures/', import.meta.url);
const key = readFileSync(new URL('localhost.key', fixtures));
const cert = readFileSync(new URL('localhost.crt', fixtures));

/**
 * @param {string} root - of the checkout
 * @returns ports, the certificate to trust, and how to end it all
 */
export async function startServers(root) {
  const byPath = createEngineHandlers();
  const stash = new Map();
  const servers = {
    ws: createHttpServer(),
    wss: createHttpsServer({ key, cert }),
    h2: createHttp2Server({ key, cert, settings: { enableConnectProtocol: true } }),
  };
  for (const server of [servers.ws, servers.wss]) {
    server.on('request', (request, response) => answer(root, request, response, stash));
    server.on('upgrade', (request, socket, head) => upgrade(byPath, request, socket, head));
  }
  servers.h2.on('connect', () => {});
  servers.h2.on('stream', (stream, headers, _, raw) => connect(byPath, stream, headers, raw));
  servers.h2.on('sessionError', () => {});
  const ports = {};
  for (const [name, server] of Object.entries(servers)) {
    server.on('clientError', () => {});
    server.on('tlsClientError', () => {});
    server.listen(0, 'localhost');
    await once(server, 'listening');
    ports[name] = server.address().port;
  }
  const close = () => {
    for (const server of Object.values(servers)) server.close();
  };
  return { ports, ca: String(cert), close };
}

function pathOf(url = '') {
  return url.split('?')[0];
}

function upgrade(byPath, request, socket, head) {
  const path = pathOf(request.url);
  socket.on('error', () => {});
  const engine = byPath.get(path);
  if (engine !== undefined) engine.handleUpgrade(request, socket, head);
  else if (Object.hasOwn(ANSWERS, path)) {
    socket.write(ANSWERS[path](request));
    const peer = new RawPeer(socket, head);
    void peer.frame().then(() => peer.cut());
  } else if (Object.hasOwn(RAW, path)) {
    socket.write(upgradeAnswer(request));
    void RAW[path](new RawPeer(socket, head), request);
  } else socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
}

function connect(byPath, stream, headers, raw) {
  const path = pathOf(headers[':path']);
  stream.on('error', () => {});
  const engine = headers[':protocol'] === 'websocket' ? byPath.get(path) : undefined;
  if (engine !== undefined) engine.handleConnect(stream, headers, raw);
  else if (Object.hasOwn(CONNECT_ANSWERS, path)) {
    stream.respond(CONNECT_ANSWERS[path]);
    stream.end();
  } else if (Object.hasOwn(RAW, path)) {
    stream.respond({ ':status': 200 });
    void RAW[path](new RawPeer(stream), { url: headers[':path'] });
  } else stream.respond({ ':status': 404 }, { endStream: true });
}

/** As much as the tests ask for over HTTP: interfaces, whether a request was made, a redirect. */
function answer(root, { url }, response, stash) {
  const { pathname, searchParams } = new URL(url ?? '', 'http://localhost');
  const name = searchParams.get('key');
  if (pathname.endsWith('/stash-put.py')) stash.set(name, searchParams.get('value'));
  else if (pathname.endsWith('/stash-take.py')) {
    response.end(JSON.stringify(stash.get(name) ?? null));
    return;
  } else if (pathname.endsWith('/redirect_response.py')) {
    response.writeHead(301, { location: '/echo' });
  } else if (/^\/interfaces\/[\w.-]+\.idl$/.test(pathname)) {
    response.end(readFileSync(join(root, pathname)));
    return;
  } else response.statusCode = 404;
  response.end();
}
