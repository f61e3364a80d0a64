import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';

import { WebSocketServer, type ConnectionHandler } from '@pairwire/websocket';

import { CarriedChannel, type ChannelLimits } from '../protocol/carried-channel.ts';
import { ChannelCloseCode } from '../protocol/close-code.ts';
import { SUBPROTOCOL, WEBSOCKET_PATH } from '../protocol/subprotocol.ts';
import {
  resolveServerOptions,
  type ChannelServerOptions,
  type ResolvedServerOptions,
  type ServerChannel,
} from './options.ts';
import { refuseUpgrade, type UpgradeRefusal } from './refuse-upgrade.ts';
import { ServerWebSocketTransport, type TransportConnection } from './websocket-transport.ts';

const NO_SUBPROTOCOL: UpgradeRefusal = {
  status: 400,
  error: 'subprotocol',
  message: `Sec-WebSocket-Protocol must offer ${SUBPROTOCOL}`,
};

const NOT_FOUND: UpgradeRefusal = {
  status: 404,
  error: 'not-found',
  message: 'there is no channel at this path',
};

const UPGRADE_REQUIRED = {
  error: 'upgrade-required',
  message: 'this address speaks WebSocket only',
};

/**
 * Accepts channels on any HTTP server (docs/protocol/channel.md). It owns the path `/channel` and
 * nothing else of that server.
 */
export class ChannelServer {
  readonly #options: ResolvedServerOptions;
  readonly #sockets: WebSocketServer<ServerWebSocketTransport>;

  /** @throws {TypeError | RangeError} on an unknown option, a wrong type or an impossible value */
  constructor(options: ChannelServerOptions) {
    this.#options = resolveServerOptions(options);
    this.#sockets = this.#createSockets(this.#options);
  }

  /** Channels open now. */
  get size(): number {
    return this.#sockets.connections.size;
  }

  /**
   * Serves all upgrades of an HTTP server; other paths are answered with 404. To share the server
   * with others, call `handleUpgrade` from a listener of your own.
   */
  attach(server: HttpServer | HttpsServer): this {
    server.on('upgrade', (request, socket, head) => {
      if (!this.handleUpgrade(request, socket, head)) refuseUpgrade(socket, NOT_FOUND);
    });
    return this;
  }

  /** @returns false: not a path of this server; nothing was done */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (pathOf(request) !== WEBSOCKET_PATH) return false;
    const refusal = offersSubprotocol(request) ? this.#options.admit(request) : NO_SUBPROTOCOL;
    if (refusal === undefined) this.#sockets.handleUpgrade(request, socket, head);
    else refuseUpgrade(socket, refusal);
    return true;
  }

  /** @returns false: not a path of this server; nothing was done */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    if (pathOf(request) !== WEBSOCKET_PATH) return false;
    // RFC 9110 §15.5.22: the answer names the protocol to upgrade to.
    response.writeHead(426, {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      Upgrade: 'websocket',
      Connection: 'Upgrade',
    });
    response.end(`${JSON.stringify(UPGRADE_REQUIRED)}\n`);
    return true;
  }

  /** Ends all channels, by default with 1001, and waits until their sockets are gone. */
  async close(options: { code?: number; reason?: string; timeoutMs?: number } = {}): Promise<void> {
    await this.#sockets.close({ code: ChannelCloseCode.goingAway, ...options });
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
      ...(options.failed === undefined ? {} : { failed: options.failed }),
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
    const channel = new AcceptedChannel(
      this.#options,
      connection,
      clientAddress(request) ?? connection.remoteAddress,
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

class AcceptedChannel extends CarriedChannel implements ServerChannel {
  readonly remoteAddress: string | undefined;

  constructor(limits: ChannelLimits, connection: TransportConnection, address: string | undefined) {
    super(limits, (events) => connection.context.carry(connection, events));
    this.remoteAddress = address;
    // Open before the handler exists, so that `accept` may send.
    this.opened();
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
