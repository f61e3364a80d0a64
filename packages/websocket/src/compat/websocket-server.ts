import { EventEmitter } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server as HttpServer,
} from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

import { answerCompression } from '../node/compression.ts';
import { sha1 } from '../node/sha1.ts';
import { pathOf } from '../node/upgrade-router.ts';
import {
  buildResponse,
  checkRequest,
  formatExtensions,
  type HandshakeOffer,
} from '../protocol/index.ts';
import { refusalOf } from './error-texts.ts';
import { counters } from './facade-connection.ts';
import {
  compressionOf,
  type ServerOptions,
  type VerifyClientCallbackAsync,
  type VerifyClientCallbackSync,
} from './options.ts';
import { refuse } from './refusal.ts';
import type { TypedEmitter } from './types.ts';
import { WebSocket } from './websocket.ts';

type UpgradeCallback<Socket extends typeof WebSocket, Request extends typeof IncomingMessage> = (
  client: InstanceType<Socket>,
  request: InstanceType<Request>,
) => void;

/** A request that is in order, on its way to become a connection. */
interface Arrival<Socket extends typeof WebSocket, Request extends typeof IncomingMessage> {
  readonly offer: HandshakeOffer;
  readonly request: InstanceType<Request>;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly callback: UpgradeCallback<Socket, Request>;
}

/** Sockets that are connections already. */
const taken = new WeakSet<Duplex>();

interface ServerEvents<Socket extends typeof WebSocket, Request extends typeof IncomingMessage> {
  connection: [client: InstanceType<Socket>, request: InstanceType<Request>];
  headers: [lines: string[], request: InstanceType<Request>];
  listening: [];
  close: [];
  error: [error: Error];
  wsClientError: [error: Error, socket: Duplex, request: InstanceType<Request>];
}

const Emitter = EventEmitter as unknown as new <
  Socket extends typeof WebSocket,
  Request extends typeof IncomingMessage,
>() => TypedEmitter<ServerEvents<Socket, Request>>;

/** The server class of `ws` 8, on this engine: see docs/reference/ws-compat.md for what differs. */
export class WebSocketServer<
  Socket extends typeof WebSocket = typeof WebSocket,
  Request extends typeof IncomingMessage = typeof IncomingMessage,
> extends Emitter<Socket, Request> {
  readonly options: ServerOptions<Socket, Request>;
  /** Undefined with `clientTracking: false`. */
  declare readonly clients: Set<InstanceType<Socket>>;
  #server: HttpServer | HttpsServer | undefined;
  #stopListening: (() => void) | undefined;
  #state: 'running' | 'closing' | 'closed' = 'running';
  /** `close` is to be emitted when the last client has gone. */
  #closesWithLast = false;

  /** @throws {TypeError} unless exactly one of `port`, `server` and `noServer` is given */
  constructor(options: ServerOptions<Socket, Request> = {}, callback?: () => void) {
    super();
    const { port = null, server = null, noServer = false, host, backlog } = options;
    if ([port !== null, server !== null, noServer].filter(Boolean).length !== 1) {
      throw new TypeError(
        'One and only one of the "port", "server", or "noServer" options must be specified',
      );
    }
    this.options = { ...options, clientTracking: options.clientTracking ?? true };
    if (this.options.clientTracking === true) this.clients = new Set();
    if (port !== null) {
      this.#server = createServer(answerPlainRequest);
      this.#server.listen(port, host ?? undefined, backlog ?? undefined, callback);
    } else if (server !== null) {
      this.#server = server;
    }
    if (this.#server !== undefined) this.#listenTo(this.#server);
  }

  /** @throws {Error} with `noServer` */
  address(): AddressInfo | string | null {
    if (this.options.noServer === true) {
      throw new Error('The server is operating in "noServer" mode');
    }
    return this.#server?.address() ?? null;
  }

  /**
   * Takes no further connections. Those that are there stay: close them through `clients`. `close`
   * is emitted when they have gone; a server given from outside goes on.
   */
  close(callback?: (error?: Error) => void): void {
    if (this.#state === 'closed') {
      if (callback !== undefined) {
        this.once('close', () => callback(new Error('The server is not running')));
      }
      process.nextTick(() => this.#closed());
      return;
    }
    if (callback !== undefined) this.once('close', () => callback());
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    const server = this.#server;
    this.#stopListening?.();
    this.#server = undefined;
    if (server !== undefined && !this.#isForeign) server.close(() => this.#closed());
    else if (this.#hasClients) this.#closesWithLast = true;
    else process.nextTick(() => this.#closed());
  }

  /** Compares `path`. May be overridden. */
  shouldHandle(request: InstanceType<Request>): boolean | Promise<boolean> {
    const { path } = this.options;
    return path === undefined || path === null || path === pathOf(request.url ?? '');
  }

  /**
   * Answers one upgrade request; `callback` is called for one that has become a connection.
   *
   * @throws {Error} when the socket is a connection already
   */
  handleUpgrade(
    request: InstanceType<Request>,
    socket: Duplex,
    head: Buffer,
    callback: UpgradeCallback<Socket, Request>,
  ): void {
    socket.on('error', destroy);
    const check = checkRequest({
      method: request.method ?? '',
      httpVersion: request.httpVersion,
      target: request.url ?? '',
      headers: rawHeadersOf(request),
    });
    if (!check.ok) {
      const refusal = refusalOf(check.problems);
      if (this.listenerCount('wsClientError') === 0) refuse(socket, refusal);
      else this.emit('wsClientError', new Error(refusal.message), socket, request);
      return;
    }
    if (this.shouldHandle(request) === false) {
      refuse(socket, { status: 400 });
      return;
    }
    this.#verify({ offer: check.offer, request, socket, head, callback });
  }

  #verify(arrival: Arrival<Socket, Request>): void {
    const { verifyClient } = this.options;
    const { request, socket, offer } = arrival;
    if (verifyClient === undefined || verifyClient === null) {
      this.#accept(arrival);
      return;
    }
    const { authorized, encrypted } = request.socket as Partial<TLSSocket>;
    const info = {
      origin: offer.origin as string,
      secure: authorized === true || encrypted === true,
      req: request,
    };
    // How many parameters it has says which of the two kinds it is.
    if (verifyClient.length === 2) {
      const verify = verifyClient as VerifyClientCallbackAsync<InstanceType<Request>>;
      verify(info, (verified, status, message, headers?: OutgoingHttpHeaders) => {
        if (verified) this.#accept(arrival);
        else refuse(socket, { status: status ?? 401, message, headers });
      });
    } else if ((verifyClient as VerifyClientCallbackSync<InstanceType<Request>>)(info)) {
      this.#accept(arrival);
    } else {
      refuse(socket, { status: 401 });
    }
  }

  #accept({ offer, request, socket, head, callback }: Arrival<Socket, Request>): void {
    // The peer may have gone while `verifyClient` was thinking.
    if (!socket.readable || !socket.writable) {
      socket.destroy();
      return;
    }
    if (taken.has(socket)) {
      throw new Error(
        'server.handleUpgrade() was called more than once with the same socket, possibly due to a misconfiguration',
      );
    }
    if (this.#state !== 'running') {
      refuse(socket, { status: 503 });
      return;
    }
    taken.add(socket);
    const protocol = this.#chooseProtocol(offer, request);
    const compression = compressionOf(this.options.perMessageDeflate);
    const answer = answerCompression(offer.extensions, compression, counters);
    const extensions = answer === undefined ? [] : [answer.extension];
    const { headers } = buildResponse({
      offer,
      sha1,
      extensions,
      ...(protocol !== undefined && { protocol }),
    });
    const lines = ['HTTP/1.1 101 Switching Protocols'];
    for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
    // Listeners may add lines of their own.
    this.emit('headers', lines, request);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    socket.off('error', destroy);

    const Class = this.options.WebSocket ?? WebSocket;
    const client = new Class(null, undefined, this.options) as InstanceType<Socket>;
    client.agreed({
      protocol: protocol ?? '',
      extensions: formatExtensions(extensions),
      codec: answer?.createCodec(),
    });
    client.setSocket(socket, head, {});
    this.#track(client);
    callback(client, request);
  }

  /** A name that was not offered is not sent (RFC 6455 §4.2.2): no client would take it. */
  #chooseProtocol(
    { protocols }: HandshakeOffer,
    request: InstanceType<Request>,
  ): string | undefined {
    if (protocols.length === 0) return undefined;
    const { handleProtocols } = this.options;
    const chosen =
      handleProtocols === undefined || handleProtocols === null
        ? protocols[0]
        : handleProtocols(new Set(protocols), request);
    return protocols.find((name) => name === chosen);
  }

  #track(client: InstanceType<Socket>): void {
    if (this.options.clientTracking !== true) return;
    this.clients.add(client);
    client.on('close', () => {
      this.clients.delete(client);
      if (this.#closesWithLast && !this.#hasClients) process.nextTick(() => this.#closed());
    });
  }

  #listenTo(server: HttpServer | HttpsServer): void {
    const listening = (): boolean => this.emit('listening');
    const failed = (error: Error): boolean => this.emit('error', error);
    const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      this.handleUpgrade(request as InstanceType<Request>, socket, head, (client, from) => {
        this.emit('connection', client, from);
      });
    };
    server.on('listening', listening).on('error', failed).on('upgrade', upgrade);
    this.#stopListening = () => {
      server.off('listening', listening).off('error', failed).off('upgrade', upgrade);
    };
  }

  get #isForeign(): boolean {
    return this.options.server !== undefined && this.options.server !== null;
  }

  get #hasClients(): boolean {
    return this.options.clientTracking === true && this.clients.size > 0;
  }

  #closed(): void {
    this.#state = 'closed';
    this.emit('close');
  }
}

/**
 * A request that was made by hand, to test a server without a network, has parsed headers only. It
 * came over no connection, so it need not name a host.
 */
function rawHeadersOf({ rawHeaders, headers }: IncomingMessage): readonly string[] {
  if ((rawHeaders as readonly string[] | undefined) !== undefined) return rawHeaders;
  return Object.entries({ host: 'localhost', ...headers }).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((one) => [name, String(one)]),
  );
}

function destroy(this: Duplex): void {
  this.destroy();
}

/** This is a WebSocket endpoint and nothing else (RFC 9110 §15.5.22). */
const answerPlainRequest: Parameters<typeof createServer>[1] = (_request, response) => {
  const body = 'Upgrade Required';
  response.writeHead(426, {
    'Content-Length': body.length,
    'Content-Type': 'text/plain',
    Upgrade: 'websocket',
  });
  response.end(body);
};
