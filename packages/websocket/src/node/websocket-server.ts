import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import {
  buildRefusal,
  buildResponse,
  checkRequest,
  ConnectionError,
  formatResponse,
  HandshakeError,
  type HandshakeOffer,
} from '../protocol/index.ts';
import { Counters } from './counters.ts';
import { diagnostics } from './diagnostics.ts';
import { callSafely, reportAsWarning, reportFailure } from './failures.ts';
import {
  resolveServerOptions,
  type ResolvedServerOptions,
  type WebSocketServerOptions,
} from './options.ts';
import { ignore, refuse } from './refusal.ts';
import { sha1 } from './sha1.ts';
import { createCoreOptions, SocketConnection, type ConnectionGroup } from './socket-connection.ts';
import { chooseProtocol, isOriginAllowed } from './upgrade-policy.ts';
import { attachTarget, detachTarget, pathOf, type UpgradeTarget } from './upgrade-router.ts';
import type { WebSocketConnection } from './websocket-connection.ts';

export interface ServerCloseOptions {
  /** Default 1001, going away. */
  code?: number;
  reason?: string;
  /** After this many ms the connections left are cut. Default: `closeTimeoutMs`. */
  timeoutMs?: number;
}

/**
 * Accepts WebSocket connections (RFC 6455 §4.2) on `node:http` servers, or from any other source
 * of upgrade requests.
 */
export class WebSocketServer<C = unknown> {
  readonly #options: ResolvedServerOptions<C>;
  readonly #group: ConnectionGroup<C>;
  readonly #counters = new Counters();
  readonly #target: UpgradeTarget;
  readonly #attachedTo = new Set<HttpServer>();
  readonly #connections = new Set<SocketConnection<C>>();
  /** Opening handshakes that wait for `authorize`. */
  readonly #opening = new Set<Duplex>();
  readonly #ownServers: HttpServer[] = [];
  #closing: Promise<void> | undefined;
  #allClosed: (() => void) | undefined;

  /** @throws {TypeError | RangeError} when an option is unknown or impossible */
  constructor(options: WebSocketServerOptions<C> = {}) {
    this.#options = resolveServerOptions(options);
    this.#group = {
      core: createCoreOptions('server', this.#options),
      limits: this.#options,
      taskPerMessage: false,
      counters: this.#counters,
      failed: (error) => this.#report(error),
      closed: (connection) => {
        this.#connections.delete(connection);
        if (this.#connections.size === 0) this.#allClosed?.();
      },
    };
    this.#target = {
      path: this.#options.path,
      handleUpgrade: (request, socket, head) => this.handleUpgrade(request, socket, head),
    };
  }

  /** The open and the closing connections. */
  get connections(): ReadonlySet<WebSocketConnection<C>> {
    return this.#connections;
  }

  /** What this server has done so far; live, and explained in docs/reference/diagnostics.md. */
  get counters(): Readonly<Counters> {
    return this.#counters;
  }

  /**
   * Answers the upgrade requests of an HTTP server. Several WebSocket servers with different paths
   * may attach to the same one; a path nobody has is answered with 404.
   *
   * @throws {Error} when another server has the same path there
   */
  attach(server: HttpServer | HttpsServer): this {
    attachTarget(server, this.#target);
    this.#attachedTo.add(server);
    return this;
  }

  /**
   * Listens on an HTTP server of its own, for programs that serve nothing else: other requests are
   * answered with 426, and the request itself must be there within `handshakeTimeoutMs`.
   * Port 0 takes any; the host is loopback unless told otherwise.
   */
  listen(port: number, host = '127.0.0.1'): Promise<AddressInfo> {
    const limitMs = this.#options.handshakeTimeoutMs;
    const server = createServer(
      {
        headersTimeout: limitMs,
        requestTimeout: limitMs,
        connectionsCheckingInterval: Math.min(1_000, Math.max(50, limitMs / 4)),
      },
      answerPlainRequest,
    );
    this.attach(server);
    this.#ownServers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve(server.address() as AddressInfo);
      });
    });
  }

  /**
   * Answers one upgrade request, as an HTTP server's `upgrade` event delivers it. Everything wrong
   * with it is answered there; nothing is thrown.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // From here on a reset must have a listener, also while `authorize` thinks.
    socket.on('error', ignore);
    const check = checkRequest({
      method: request.method ?? '',
      httpVersion: request.httpVersion,
      target: request.url ?? '',
      headers: request.rawHeaders,
    });
    try {
      if (!check.ok) this.#refuse(request, socket, check.problems[0]);
      else this.#admit(check.offer, request, socket, head);
    } catch (error) {
      this.#refuseFor(error, request, socket);
    }
  }

  /**
   * Stops accepting, closes every connection and waits for them; the ones left after `timeoutMs`
   * are cut. HTTP servers given to `attach` go on; closing them would wait for ever for upgraded
   * sockets, so close this first.
   */
  close(options: ServerCloseOptions = {}): Promise<void> {
    this.#closing ??= this.#drain(options);
    return this.#closing;
  }

  #admit(offer: HandshakeOffer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { authorize, maxConnections, origins, path, protocols } = this.#options;
    if (path !== undefined && path !== pathOf(request.url ?? '')) {
      throw new HandshakeError('PW_WS_PATH');
    }
    if (!isOriginAllowed(origins, offer.origin, offer.host, request)) {
      throw new HandshakeError('PW_WS_ORIGIN');
    }
    const count = this.#connections.size + this.#opening.size;
    if (this.#closing !== undefined || (maxConnections > 0 && count >= maxConnections)) {
      throw new HandshakeError('PW_WS_UNAVAILABLE');
    }
    const protocol = chooseProtocol(protocols, offer.protocols, request);
    if (authorize === undefined) {
      this.#accept(offer, protocol, socket, head, undefined as C);
      return;
    }
    const context = authorize(request);
    if (!(context instanceof Promise)) {
      this.#accept(offer, protocol, socket, head, context);
      return;
    }
    this.#withinTheLimit(context, socket).then(
      (authorized) => this.#accept(offer, protocol, socket, head, authorized),
      (error: unknown) => this.#refuseFor(error, request, socket),
    );
  }

  /** The handshake's time limit holds for the application's part in it, too. */
  #withinTheLimit(context: Promise<C>, socket: Duplex): Promise<C> {
    this.#opening.add(socket);
    const { handshakeTimeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      if (handshakeTimeoutMs === 0) return;
      const cause = new ConnectionError('PW_WS_HANDSHAKE_TIMEOUT');
      timer = setTimeout(
        () => reject(new HandshakeError('PW_WS_UNAVAILABLE', { cause })),
        handshakeTimeoutMs,
      );
    });
    return Promise.race([context, late]).finally(() => {
      clearTimeout(timer);
      this.#opening.delete(socket);
      if (this.#closing !== undefined) throw new HandshakeError('PW_WS_UNAVAILABLE');
    });
  }

  #accept(
    offer: HandshakeOffer,
    protocol: string | undefined,
    socket: Duplex,
    head: Buffer,
    context: C,
  ): void {
    // The peer may have gone while `authorize` was thinking.
    if (socket.destroyed || !socket.writable) {
      socket.destroy();
      return;
    }
    const response = buildResponse({ offer, sha1, ...(protocol !== undefined && { protocol }) });
    socket.write(formatResponse(response), 'latin1');
    const { handler } = this.#options;
    const connection = new SocketConnection(this.#group, socket, protocol ?? '', context, handler);
    this.#connections.add(connection);
    connection.start(head);
  }

  #refuseFor(error: unknown, request: IncomingMessage, socket: Duplex): void {
    if (error instanceof HandshakeError) {
      this.#refuse(request, socket, error);
      return;
    }
    this.#report(error);
    this.#refuse(request, socket, new HandshakeError('PW_WS_SERVER_ERROR', { cause: error }));
  }

  #refuse(request: IncomingMessage, socket: Duplex, error: HandshakeError): void {
    refuse(socket, error);
    this.#counters.openingsRefused += 1;
    if (diagnostics.refused.hasSubscribers) {
      diagnostics.refused.publish({ error, remoteAddress: request.socket.remoteAddress });
    }
    callSafely(
      () => this.#options.refused?.(error, request),
      (thrown) => this.#report(thrown),
    );
  }

  #report(error: unknown): void {
    const { failed = reportAsWarning } = this.#options;
    reportFailure(error, failed, this.#counters);
  }

  async #drain({ code = 1001, reason, timeoutMs }: ServerCloseOptions): Promise<void> {
    for (const server of this.#attachedTo) detachTarget(server, this.#target);
    this.#attachedTo.clear();
    const ownServersClosed = this.#closeOwnServers();
    for (const connection of this.#connections) connection.close(code, reason);
    await this.#untilAllClosed(timeoutMs ?? this.#options.closeTimeoutMs);
    await ownServersClosed;
  }

  #untilAllClosed(timeoutMs: number): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        for (const connection of this.#connections) connection.terminate();
      }, timeoutMs);
      this.#allClosed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #closeOwnServers(): Promise<void> {
    const closed = this.#ownServers.map((server) => {
      const done = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      // Those without an upgrade have nothing to finish: no request of theirs is answered.
      server.closeAllConnections();
      return done;
    });
    await Promise.all(closed);
  }
}

/** This is a WebSocket endpoint and nothing else (RFC 9110 §15.5.22). */
function answerPlainRequest(_request: IncomingMessage, response: ServerResponse): void {
  const { status, headers, body } = buildRefusal(
    new HandshakeError('PW_WS_UPGRADE', { status: 426 }),
  );
  response.writeHead(status, [...headers]).end(body);
}
