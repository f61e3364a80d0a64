/**
 * The one HTTP server of `up` and `relay`: host check, then the relay's routes, then the rest.
 *
 * Requests and upgrades take the same order. Nothing here reads a request body.
 */
import {
  createServer as createHttpServer,
  ServerResponse,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerOptions,
} from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';

import { sendJson, sendText } from './http-response.ts';
import type { Pages } from './pages.ts';

/** What a part does on this server. Each returns false for a path that is not its own. */
export interface Routes {
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
}

export interface WebSocketEndpoint {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface WebServerOptions {
  /**
   * Whether a Host header names this server. A page of a stranger can have its own name resolve to
   * this machine (DNS rebinding); its Host header gives it away.
   */
  isAllowedHost(host: string | undefined): boolean;
  readonly relay: Routes;
  /** Undefined: switched off, and so is its page. */
  readonly lab?: Routes | undefined;
  /** Path → endpoint. */
  readonly endpoints: ReadonlyMap<string, WebSocketEndpoint>;
  /** What `/config.json` answers; absent without pages. */
  readonly config?: () => unknown;
  /** Undefined: not built, or a relay alone. */
  readonly pages: Pages | undefined;
  /** Said at `/` when there are no pages. */
  readonly withoutPages: string;
  /** PEM. Serves https instead of http. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined;
}

const SERVER_OPTIONS: ServerOptions = {
  /** A request's headers must be there after this long, against clients that dribble them. */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  maxHeaderSize: 16_384,
};

/** Creates the server; it does not listen yet. */
export function createWebServer(options: WebServerOptions): HttpServer | HttpsServer {
  const server = options.tls
    ? createHttpsServer({ ...SERVER_OPTIONS, ...options.tls })
    : createHttpServer(SERVER_OPTIONS);
  server.maxHeadersCount = 100;
  server.on('request', (request, response) => answer(options, request, response));
  server.on('upgrade', (request, socket, head) => {
    // Without a listener an 'error' of the socket (a reset, say) would end the process.
    socket.on('error', () => socket.destroy());
    if (isWebSocketUpgrade(request)) upgrade(options, request, socket, head);
    else ignoreUpgrade(server, request, socket);
  });
  return server;
}

function answer(
  options: WebServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (!options.isAllowedHost(request.headers.host)) {
    return sendText(request, response, 403, FORBIDDEN_HOST);
  }
  const path = pathOf(request);
  // First, as it counts what all requests of a connection take.
  if (options.lab?.handleRequest(request, response)) return;
  if (options.relay.handleRequest(request, response)) return;
  if (options.endpoints.has(path)) {
    response.setHeader('Connection', 'Upgrade, close');
    response.setHeader('Upgrade', 'websocket');
    return sendText(request, response, 426, 'This is a WebSocket endpoint.');
  }
  if (path === '/config.json' && options.config && isRead(request)) {
    return sendJson(request, response, options.config());
  }
  if (options.lab === undefined && isLabPage(path)) {
    return sendText(request, response, 404, 'There is no lab here: it is switched off.');
  }
  if (options.pages?.handleRequest(request, response, path)) return;
  if (path === '/' && isRead(request) && !options.pages) {
    return sendText(request, response, 404, options.withoutPages);
  }
  sendText(request, response, 404, 'There is nothing here.');
}

function upgrade(
  options: WebServerOptions,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  if (!options.isAllowedHost(request.headers.host)) {
    return refuseUpgrade(socket, '403 Forbidden', FORBIDDEN_HOST);
  }
  if (options.relay.handleUpgrade(request, socket, head)) return;
  if (options.lab?.handleUpgrade(request, socket, head)) return;
  const endpoint = options.endpoints.get(pathOf(request));
  if (endpoint) return endpoint.handleUpgrade(request, socket, head);
  refuseUpgrade(socket, '404 Not Found', 'There is no WebSocket here.');
}

const FORBIDDEN_HOST =
  'This address is not one that Pairwire answers to. If it should be, start it with --public-url.';

function isLabPage(path: string): boolean {
  return path === '/lab' || path === '/lab.html';
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** The path as it came, without the query; nothing is decoded, so nothing can be disguised. */
function pathOf({ url = '/' }: IncomingMessage): string {
  return /^[^?#]*/.exec(url)?.[0] ?? '/';
}

function isWebSocketUpgrade({ headers }: IncomingMessage): boolean {
  const protocols = (headers.upgrade ?? '').split(',');
  return protocols.some((protocol) => protocol.trim().toLowerCase() === 'websocket');
}

/**
 * An upgrade to something else (`curl --http2` asks for h2c) is answered as if it had not been
 * asked for (RFC 9110 §7.8). Node has already let go of the connection by then.
 */
function ignoreUpgrade(
  server: HttpServer | HttpsServer,
  request: IncomingMessage,
  socket: Duplex,
): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
  response.on('finish', () => endSoon(socket));
  server.emit('request', request, response);
}

function refuseUpgrade(socket: Duplex, status: string, text: string): void {
  const body = `${text}\n`;
  endSoon(
    socket,
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** How long a client may take to read its answer and to end its half of TCP. */
const LINGER_MS = 2_000;

/**
 * Ends a socket that the HTTP server has let go of, so none of the server's time limits cuts it
 * any more. What the client still sends is dropped: unread, it would reset the answer on its way.
 */
function endSoon(socket: Duplex, last = ''): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
  socket.end(last);
}
