/** Lets several WebSocket servers share one HTTP server, each with its path. */
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type {
  Http2SecureServer,
  Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from 'node:http2';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';

import { HandshakeError, type RawHeaders } from '../protocol/index.ts';
import { ConnectOpening, isExtendedConnect } from './connect-opening.ts';
import { UpgradeOpening, type Opening } from './opening.ts';

/** What a WebSocket server attaches to. */
export type AttachableServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

export interface UpgradeTarget {
  /** Undefined: takes every path that no other target has. */
  readonly path: string | undefined;
  handleOpening(opening: Opening): void;
}

const routers = new WeakMap<AttachableServer, UpgradeRouter>();

/** @throws {Error} when the path is taken on this HTTP server */
export function attachTarget(server: AttachableServer, target: UpgradeTarget): void {
  let router = routers.get(server);
  if (router === undefined) {
    router = new UpgradeRouter(server);
    routers.set(server, router);
    server.on('upgrade', router.onUpgrade);
    if (isHttp2(server)) listenForConnect(server, router);
  }
  router.add(target);
}

/** With its last target gone, the HTTP server is left as it was. */
export function detachTarget(server: AttachableServer, target: UpgradeTarget): void {
  const router = routers.get(server);
  if (router === undefined) return;
  router.remove(target);
  if (router.size > 0) return;
  server.off('upgrade', router.onUpgrade);
  if (isHttp2(server)) server.off('stream', router.onStream).off('connect', router.onConnect);
  routers.delete(server);
}

function isHttp2(server: AttachableServer): server is Http2Server | Http2SecureServer {
  return 'updateSettings' in server;
}

function listenForConnect(server: Http2Server | Http2SecureServer, router: UpgradeRouter): void {
  // RFC 8441 §3: without it no client may ask. Sessions that are there already do not learn of it.
  server.updateSettings({ enableConnectProtocol: true });
  server.on('stream', router.onStream);
  // With a `request` listener and none for `connect`, Node ends every CONNECT with 405.
  server.on('connect', router.onConnect);
}

class UpgradeRouter {
  readonly #server: AttachableServer;
  readonly #targets = new Map<string | undefined, UpgradeTarget>();

  constructor(server: AttachableServer) {
    this.#server = server;
  }

  readonly onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.#route(new UpgradeOpening(request, socket, head));
  };

  readonly onStream = (
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    _flags: number,
    rawHeaders: RawHeaders,
  ): void => {
    if (isExtendedConnect(headers)) this.#route(new ConnectOpening(stream, headers, rawHeaders));
    else if (headers[':method'] === 'CONNECT') this.#refuseTunnel(stream);
  };

  /** Ours were met as streams; the others are answered as if nobody listened, if nobody does. */
  readonly onConnect = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    const isAlone = this.#server.listenerCount('connect') === 1;
    if (isAlone && !isExtendedConnect(request.headers)) response.writeHead(405).end();
  };

  /** Without a `request` listener Node has no `connect` event, and the stream would stay open. */
  #refuseTunnel(stream: ServerHttp2Stream): void {
    const isAlone = this.#server.listenerCount('stream') === 1;
    if (isAlone) stream.respond({ ':status': 405 }, { endStream: true });
  }

  get size(): number {
    return this.#targets.size;
  }

  add(target: UpgradeTarget): void {
    if (this.#targets.has(target.path)) {
      throw new Error(
        `another WebSocket server has ${target.path ?? 'the remaining paths'} already`,
      );
    }
    this.#targets.set(target.path, target);
  }

  #route(opening: Opening): void {
    const path = pathOf(opening.request.url ?? '');
    const target = this.#targets.get(path) ?? this.#targets.get(undefined);
    if (target === undefined) opening.refuse(new HandshakeError('PW_WS_PATH'));
    else target.handleOpening(opening);
  }

  remove(target: UpgradeTarget): void {
    if (this.#targets.get(target.path) === target) this.#targets.delete(target.path);
  }
}

/** The path of a request target, without the query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}
