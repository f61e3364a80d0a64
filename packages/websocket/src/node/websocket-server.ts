import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { encodeClosePayload, InvalidStateError } from '../protocol/index.ts';
import { onAbort } from './abort.ts';
import { ConnectOpening } from './connect-opening.ts';
import { createCoreOptions, slab, type ConnectionGroup } from './connection-group.ts';
import { ConnectionsPerAddress } from './connections-per-address.ts';
import { Counters } from './counters.ts';
import { reportAsWarning, reportFailure } from './failures.ts';
import { ReceivedMessage, type Message } from './message.ts';
import { UpgradeOpening } from './opening.ts';
import {
  checkInteger,
  LONGEST_DELAY_MS,
  resolveServerOptions,
  type ResolvedServerOptions,
  type WebSocketServerOptions,
} from './options.ts';
import { bytesOf, SharedMessage } from './outgoing-message.ts';
import { closeOwnServer, createOwnServer, listenOn } from './own-http-server.ts';
import { spreadOver } from './server-drain.ts';
import { ServerHandshakes, type OpenedHandshake } from './server-handshake.ts';
import { SocketConnection } from './socket-connection.ts';
import { Topics, type PublishResult } from './topics.ts';
import {
  attachTarget,
  detachTarget,
  type AttachableServer,
  type UpgradeTarget,
} from './upgrade-router.ts';
import type { SendableData, WebSocketConnection } from './websocket-connection.ts';

export interface ServerCloseOptions {
  /** Default 1001, going away. */
  code?: number;
  reason?: string;
  /** This many ms after the last Close, the connections left are cut. Default: `closeTimeoutMs`. */
  timeoutMs?: number;
  /**
   * The Close frames are spread evenly over this many ms, so that the clients do not all come back
   * at once. Default 0.
   */
  spreadMs?: number;
  /** Aborting cuts the connections that are left. */
  signal?: AbortSignal;
}

interface ResolvedClose {
  readonly code: number;
  readonly reason: string | undefined;
  readonly spreadMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface ListenOptions {
  /** Default loopback, `127.0.0.1`. */
  host?: string;
  /** Aborting closes this server as `close()` does. */
  signal?: AbortSignal;
}

export interface PublishOptions<C = unknown> {
  /** Does not get the message: the one it came from. */
  except?: WebSocketConnection<C> | undefined;
  /** As in `SendOptions`. */
  key?: string | undefined;
  /** As in `SendOptions`. */
  compress?: boolean | undefined;
}

/**
 * Accepts WebSocket connections (RFC 6455 §4.2) on `node:http` servers, or from any other source
 * of upgrade requests.
 */
export class WebSocketServer<C = unknown> {
  readonly #options: ResolvedServerOptions<C>;
  readonly #group: ConnectionGroup<C>;
  readonly #counters = new Counters();
  readonly #topics: Topics<SocketConnection<C>>;
  readonly #handshakes: ServerHandshakes<C>;
  readonly #perAddress: ConnectionsPerAddress;
  readonly #target: UpgradeTarget;
  readonly #attachedTo = new Set<AttachableServer>();
  readonly #connections = new Set<SocketConnection<C>>();
  readonly #ownServers: HttpServer[] = [];
  #closing: Promise<void> | undefined;
  #allClosed: (() => void) | undefined;

  /** @throws {TypeError | RangeError} when an option is unknown or impossible */
  constructor(options: WebSocketServerOptions<C> = {}) {
    this.#options = resolveServerOptions(options);
    this.#perAddress = new ConnectionsPerAddress(this.#options.maxConnectionsPerAddress);
    this.#topics = new Topics(this.#options.maxTopicsPerConnection);
    this.#group = {
      core: createCoreOptions('server', this.#options),
      limits: this.#options,
      taskPerMessage: false,
      counters: this.#counters,
      failed: (error) => this.#report(error),
      closed: (connection) => {
        this.#connections.delete(connection);
        this.#topics.remove(connection);
        this.#perAddress.release(connection.countedAddress);
        if (this.#connections.size === 0) this.#allClosed?.();
      },
    };
    this.#handshakes = new ServerHandshakes(this.#options, {
      connections: this.#connections,
      isClosing: () => this.closing,
      counters: this.#counters,
      perAddress: this.#perAddress,
      opened: (opened) => this.#open(opened),
      failed: (error) => this.#report(error),
    });
    this.#target = {
      path: this.#options.path,
      handleOpening: (opening) => this.#handshakes.handle(opening),
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
   * From now on the connection gets what is published to the topic, until it closes.
   *
   * @returns false when the connection is closing, or has `maxTopicsPerConnection`
   * @throws {TypeError} when it is not a connection of this server
   */
  subscribe(connection: WebSocketConnection<C>, topic: string): boolean {
    return this.#topics.subscribe(this.#own(connection), topic);
  }

  /** @returns whether the connection was subscribed */
  unsubscribe(connection: WebSocketConnection<C>, topic: string): boolean {
    return this.#topics.unsubscribe(this.#own(connection), topic);
  }

  subscriberCount(topic: string): number {
    return this.#topics.subscriberCount(topic);
  }

  /**
   * Sends one message to every subscriber of a topic. It is encoded once, and leaves at the end of
   * this tick together with what else is for each of them. Long byte arrays: see `SendableData`.
   *
   * @throws {TypeError} when `data` is neither text nor bytes nor a message
   */
  publish(
    topic: string,
    data: SendableData | Message,
    { except, key, compress }: PublishOptions<C> = {},
  ): PublishResult {
    const message = share(data);
    const own = except === undefined ? undefined : this.#own(except);
    return this.#topics.publish(topic, message, own, { key, compress });
  }

  /**
   * Answers the upgrade requests of an HTTP server, and the Extended CONNECTs of an HTTP/2 server
   * (RFC 8441), which is made to announce that it takes them. Several WebSocket servers with
   * different paths may attach to the same one; a path nobody has is answered with 404.
   *
   * @throws {Error} when another server has the same path there
   */
  attach(server: AttachableServer): this {
    attachTarget(server, this.#target);
    this.#attachedTo.add(server);
    return this;
  }

  /**
   * Listens on an HTTP server of its own, for programs that serve nothing else: other requests are
   * answered with 426, and the request itself must be there within `handshakeTimeoutMs`.
   * Port 0 takes any; the host is loopback unless told otherwise.
   *
   * @throws {InvalidStateError} when this is closed, or closed meanwhile
   */
  async listen(port: number, options: string | ListenOptions = {}): Promise<AddressInfo> {
    const { host = '127.0.0.1', signal } =
      typeof options === 'string' ? { host: options } : options;
    signal?.throwIfAborted();
    if (this.closing) throw new InvalidStateError('listen: the server is closed');
    const server = createOwnServer(this.#options.handshakeTimeoutMs);
    this.attach(server);
    this.#ownServers.push(server);
    server.once(
      'close',
      onAbort(signal, () => void this.close()),
    );
    const address = await listenOn(server, port, host);
    // Looking the host up takes a moment, in which this server may have been closed.
    if (this.closing) await closeOwnServer(server);
    signal?.throwIfAborted();
    if (address === undefined || this.closing) {
      throw new InvalidStateError('listen: the server is closed');
    }
    return address;
  }

  /**
   * Answers one upgrade request, as an HTTP server's `upgrade` event delivers it. Everything wrong
   * with it is answered there; nothing is thrown.
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#handshakes.handle(new UpgradeOpening(request, socket, head));
  }

  /**
   * Answers one Extended CONNECT (RFC 8441), as an HTTP/2 server's `stream` event delivers it. Only
   * for servers that this is not attached to; they must send SETTINGS_ENABLE_CONNECT_PROTOCOL.
   * Everything wrong with it is answered there; nothing is thrown.
   */
  handleConnect(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
  ): void {
    this.#handshakes.handle(new ConnectOpening(stream, headers, rawHeaders));
  }

  /** True once `close` was called; for a probe of readiness. */
  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Stops accepting, closes every connection and waits for them; the ones left after `timeoutMs`
   * are cut. Called again, it waits for the same end. HTTP servers given to `attach` go on; closing
   * them would wait for ever for upgraded sockets, so close this first.
   *
   * @throws {TypeError | RangeError} when the code must not be sent or a time is impossible
   */
  close(options: ServerCloseOptions = {}): Promise<void> {
    const { code = 1001, reason, spreadMs = 0, timeoutMs = this.#options.closeTimeoutMs } = options;
    // Here, and not when the first of many connections is closed.
    encodeClosePayload(code, reason);
    checkInteger('spreadMs', spreadMs, LONGEST_DELAY_MS);
    checkInteger('timeoutMs', timeoutMs, LONGEST_DELAY_MS);
    const { signal } = options;
    this.#closing ??= this.#drain({ code, reason, spreadMs, timeoutMs, signal });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #open({ socket, head, address, agreement, context }: OpenedHandshake<C>): void {
    const { handler } = this.#options;
    const connection = new SocketConnection(this.#group, socket, agreement, context, handler);
    connection.countedAddress = address;
    this.#connections.add(connection);
    connection.start(head);
  }

  #own(connection: WebSocketConnection<C>): SocketConnection<C> {
    // A connection that is closed has left the set, and is as good as any that is closing.
    if (
      connection instanceof SocketConnection &&
      (this.#connections.has(connection) || connection.readyState === 3)
    ) {
      return connection;
    }
    throw new TypeError('connection: expected a connection of this server');
  }

  #report(error: unknown): void {
    const { failed = reportAsWarning } = this.#options;
    reportFailure(error, failed, this.#counters);
  }

  async #drain({ code, reason, spreadMs, timeoutMs, signal }: ResolvedClose): Promise<void> {
    for (const server of this.#attachedTo) detachTarget(server, this.#target);
    this.#attachedTo.clear();
    const ownServersClosed = Promise.all(this.#ownServers.map(closeOwnServer));
    const close = (connection: SocketConnection<C>): void => connection.close(code, reason);
    await spreadOver([...this.#connections], spreadMs, close, signal);
    await this.#untilAllClosed(timeoutMs, signal);
    await ownServersClosed;
  }

  #untilAllClosed(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cut = (): void => {
        for (const connection of this.#connections) connection.terminate();
      };
      const timer = setTimeout(cut, timeoutMs);
      const ignoreSignal = onAbort(signal, cut);
      this.#allClosed = () => {
        clearTimeout(timer);
        ignoreSignal();
        resolve();
      };
      if (signal?.aborted === true) cut();
    });
  }
}

function share(data: SendableData | Message): SharedMessage {
  if (typeof data === 'string') return new SharedMessage(slab, 'text', data);
  if (data instanceof ReceivedMessage) return new SharedMessage(slab, data.type, data.bytes);
  return new SharedMessage(slab, 'binary', bytesOf(data));
}
