import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';

import { WebSocketServer, type ConnectionHandler } from '@pairwire/websocket';

import { ChannelCloseCode } from '../protocol/close-code.ts';
import { SUBPROTOCOL, WEBSOCKET_PATH } from '../protocol/subprotocol.ts';
import { AcceptedChannel } from './accepted-channel.ts';
import { answerProblem, HTTP_PROBLEMS, NO_SUBPROTOCOL, setChannelHeaders } from './http-answer.ts';
import { HttpChannels } from './http-channels.ts';
import {
  resolveServerOptions,
  type ChannelServerOptions,
  type ResolvedServerOptions,
} from './options.ts';
import { refuseUpgrade, type UpgradeRefusal } from './refuse-upgrade.ts';
import { ServerWebSocketTransport, type TransportConnection } from './websocket-transport.ts';

const NOT_FOUND: UpgradeRefusal = {
  status: 404,
  error: 'not-found',
  message: 'there is no channel at this path',
};

/**
 * Accepts channels on any HTTP server (docs/protocol/channel.md). It owns the path `/channel` and
 * nothing else of that server.
 */
export class ChannelServer {
  readonly #options: ResolvedServerOptions;
  readonly #sockets: WebSocketServer<ServerWebSocketTransport>;
  readonly #http: HttpChannels;

  /** @throws {TypeError | RangeError} on an unknown option, a wrong type or an impossible value */
  constructor(options: ChannelServerOptions) {
    this.#options = resolveServerOptions(options);
    this.#sockets = this.#createSockets(this.#options);
    this.#http = new HttpChannels(this.#options);
  }

  /** Channels open now. */
  get size(): number {
    return this.#sockets.connections.size + this.#http.size;
  }

  /**
   * Serves all upgrades of an HTTP server, and all its requests unless it has a listener for them
   * already; other paths are answered with 404. To share the server with others, call
   * `handleUpgrade` and `handleRequest` from listeners of your own.
   */
  attach(server: HttpServer | HttpsServer): this {
    server.on('upgrade', (request, socket, head) => {
      if (!this.handleUpgrade(request, socket, head)) refuseUpgrade(socket, NOT_FOUND);
    });
    if (server.listenerCount('request') > 0) return this;
    server.on('request', (request, response) => {
      if (!this.handleRequest(request, response)) answerProblem(response, NOT_FOUND);
    });
    return this;
  }

  /** @returns false: not a path of this server; nothing was done */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (pathOf(request) !== WEBSOCKET_PATH) return false;
    const refusal = offersSubprotocol(request) ? this.#admit(request) : NO_SUBPROTOCOL;
    if (refusal === undefined) this.#sockets.handleUpgrade(request, socket, head);
    else refuseUpgrade(socket, refusal);
    return true;
  }

  /** @returns false: not a path of this server; nothing was done */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const path = pathOf(request);
    if (path === WEBSOCKET_PATH) {
      request.resume();
      setChannelHeaders(response);
      answerProblem(response, HTTP_PROBLEMS.upgrade);
      return true;
    }
    return this.#http.handleRequest(request, response, path, () => this.#admit(request));
  }

  /** Ends all channels, by default with 1001, and waits until their sockets are gone. */
  async close(options: { code?: number; reason?: string; timeoutMs?: number } = {}): Promise<void> {
    const { code = ChannelCloseCode.goingAway, reason = '' } = options;
    const { timeoutMs = this.#options.closeTimeoutMs } = options;
    await Promise.all([
      this.#sockets.close({ code, reason, timeoutMs }),
      this.#http.close(code, reason, timeoutMs),
    ]);
  }

  #admit(request: IncomingMessage): UpgradeRefusal | undefined {
    const { admit, maxChannels } = this.#options;
    const isFull = maxChannels > 0 && this.size >= maxChannels;
    return admit(request) ?? (isFull ? HTTP_PROBLEMS.full : undefined);
  }

  #createSockets(options: ResolvedServerOptions): WebSocketServer<ServerWebSocketTransport> {
    return new WebSocketServer<ServerWebSocketTransport>({
      handler: new ConnectionEvents(options),
      protocols: [SUBPROTOCOL],
      origins: options.origins,
      authorize: (request) => new ServerWebSocketTransport(request),
      maxMessageBytes: options.maxPacketBytes,
      highWaterBytes: options.highWaterBytes,
      // The channel has a limit of its own; the engine's only has to lie beyond it.
      maxBufferedBytes: 2 * (options.maxBufferedBytes + options.maxPacketBytes),
      handshakeTimeoutMs: options.openTimeoutMs,
      closeTimeoutMs: options.closeTimeoutMs,
      pingIntervalMs: options.pingIntervalMs,
      pongTimeoutMs: options.pongTimeoutMs,
      maxConnections: options.maxChannels,
      // Else all clients behind a proxy would share the rate of one.
      clientAddress: options.clientAddress,
      // `admit` counts channels, and knows which addresses are without a limit.
      maxConnectionsPerAddress: 0,
      failed: options.failed,
    });
  }
}

/** Turns the engine's events into those of a transport; one object for all connections. */
class ConnectionEvents implements ConnectionHandler<ServerWebSocketTransport> {
  readonly #options: ResolvedServerOptions;

  constructor(options: ResolvedServerOptions) {
    this.#options = options;
  }

  open(connection: TransportConnection): void {
    const transport = connection.context;
    const request = transport.request;
    if (request === undefined) return;
    transport.request = undefined;
    const { accept, clientAddress } = this.#options;
    const address = clientAddress(request) ?? connection.remoteAddress;
    const channel = new AcceptedChannel(this.#options, address, (events) =>
      transport.carry(connection, events),
    );
    channel.start(accept(channel, request));
  }

  message(
    connection: TransportConnection,
    message: Parameters<ServerWebSocketTransport['message']>[0],
  ): void {
    connection.context.message(message);
  }

  drain(connection: TransportConnection): void {
    connection.context.drained();
  }

  close(
    connection: TransportConnection,
    close: Parameters<ServerWebSocketTransport['closed']>[0],
  ): void {
    connection.context.closed(close);
  }
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '';
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

function offersSubprotocol(request: IncomingMessage): boolean {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').some((name) => name.trim() === SUBPROTOCOL);
}
