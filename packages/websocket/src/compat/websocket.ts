import { EventEmitter } from 'node:events';
import type { ClientRequest, ClientRequestArgs, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import {
  createCoreOptions,
  type Agreement,
  type ConnectionGroup,
} from '../node/connection-group.ts';
import { ignore } from '../node/refusal.ts';
import type { ConnectionClose, ConnectionHandler } from '../node/websocket-connection.ts';
import { encodeClosePayload, isSendableCloseCode, type ProtocolError } from '../protocol/index.ts';
import { ClientOpening, type OpeningOwner } from './client-opening.ts';
import {
  BINARY_TYPES,
  shapeOf,
  toBytes,
  type BinaryType,
  type BufferLike,
  type RawData,
} from './data.ts';
import { frameErrorOf } from './error-texts.ts';
import {
  addListener,
  attributeOf,
  EVENT_TYPES,
  makeEnumerable,
  removeListener,
  setAttribute,
} from './event-target.ts';
import { counters, FacadeConnection, type SendCallback } from './facade-connection.ts';
import { FacadeSender, type SendOptions } from './facade-sender.ts';
import { limitsOf, type ClientOptions, type ConnectionOptions } from './options.ts';
import { CLOSED, CLOSING, CONNECTING, OPEN, STATES, type ReadyState } from './ready-state.ts';
import type * as types from './types.ts';

const NO_BYTES = Buffer.alloc(0);

/** The longest reason behind its code in a control frame (RFC 6455 §5.5). */
const MAX_REASON_BYTES = 123;

const NO_AGREEMENT: Agreement = { protocol: '', extensions: '', codec: undefined };

/** How `setSocket` takes a socket over. */
export type SocketOptions = Pick<ConnectionOptions, 'allowSynchronousEvents' | 'maxPayload'>;

interface WebSocketEvents {
  open: [];
  message: [data: RawData, isBinary: boolean];
  ping: [data: Buffer];
  pong: [data: Buffer];
  close: [code: number, reason: Buffer];
  error: [error: Error];
  upgrade: [response: IncomingMessage];
  redirect: [url: string, request: ClientRequest];
  'unexpected-response': [request: ClientRequest, response: IncomingMessage];
}

const Emitter = EventEmitter as unknown as new () => types.TypedEmitter<WebSocketEvents>;

/** The class of `ws` 8, on this engine: see docs/reference/ws-compat.md for what differs. */
export class WebSocket extends Emitter implements OpeningOwner {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare static Server: typeof import('./websocket-server.ts').WebSocketServer;
  declare static WebSocketServer: typeof import('./websocket-server.ts').WebSocketServer;
  declare static WebSocket: typeof WebSocket;
  declare static createWebSocketStream: typeof import('./stream.ts').createWebSocketStream;

  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  declare onopen: ((event: types.Event) => void) | null;
  declare onmessage: ((event: types.MessageEvent) => void) | null;
  declare onerror: ((event: types.ErrorEvent) => void) | null;
  declare onclose: ((event: types.CloseEvent) => void) | null;

  /** Of a server's connection; libraries that wire a pair of sockets up by hand set it. */
  _isServer: boolean;
  readonly #options: ConnectionOptions;
  readonly #opening: ClientOpening | undefined;
  #agreement = NO_AGREEMENT;
  #connection: FacadeConnection<undefined> | undefined;
  #socket: Duplex | null = null;
  #binaryType: BinaryType = 'nodebuffer';
  #url: string | undefined;
  #isPaused = false;
  /** `close()` or `terminate()` was called, or the opening handshake has failed. */
  #isClosing = false;
  #isClosed = false;
  #wasClean = false;
  readonly #sender = new FacadeSender(this);

  /** A connection of a server; `setSocket` opens it. */
  constructor(address: null, protocols?: undefined, options?: ConnectionOptions);
  constructor(address: string | URL, options?: ClientOptions | ClientRequestArgs);
  constructor(
    address: string | URL,
    protocols?: string | string[],
    options?: ClientOptions | ClientRequestArgs,
  );
  constructor(
    address: string | URL | null,
    protocols?: string | string[] | ClientOptions | ClientRequestArgs,
    options?: ConnectionOptions | ClientOptions | ClientRequestArgs,
  ) {
    super();
    this._isServer = address === null;
    if (address === null) {
      this.#options = (options ?? {}) as ConnectionOptions;
      return;
    }
    const isList = typeof protocols === 'string' || Array.isArray(protocols);
    const isOptions = typeof protocols === 'object' && protocols !== null && !isList;
    const given: ClientOptions = { ...((isOptions ? protocols : options) as ClientOptions) };
    const offered = isList ? protocols : (given.protocols ?? []);
    this.#options = given;
    this.#opening = new ClientOpening(
      this,
      given,
      typeof offered === 'string' ? [offered] : offered,
    );
    this.#opening.start(address);
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  /** Anything unknown is ignored. */
  set binaryType(type: BinaryType) {
    if (BINARY_TYPES.includes(type)) this.#binaryType = type;
  }

  /** Bytes that wait to be sent, frame headers included. */
  get bufferedAmount(): number {
    return this.#sender.unsentBytes + (this.#connection?.bufferedBytes ?? 0);
  }

  /** The names of the extensions agreed on. */
  get extensions(): string {
    return this.#agreement.extensions.split(',').map(nameOf).join();
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get protocol(): string {
    return this.#agreement.protocol;
  }

  get readyState(): ReadyState {
    if (this.#isClosed) return CLOSED;
    if (this.#isClosing) return CLOSING;
    if (this.#connection === undefined) return CONNECTING;
    return this.#connection.readyState === OPEN ? OPEN : CLOSING;
  }

  /** Undefined for a connection of a server. */
  get url(): string {
    return this.#url as string;
  }

  /** The socket below, once open. The engine reads and writes it: for looking at only. */
  get _socket(): Socket | null {
    return this.#socket as Socket | null;
  }

  /** Both Close frames went through; for `CloseEvent`. */
  get wasClean(): boolean {
    return this.#wasClean;
  }

  /**
   * Takes a socket over behind the opening handshake. For servers, and for tests that wire up two
   * connections by hand; everything is read in a later tick, when listeners are there.
   */
  setSocket(socket: Duplex, head: Buffer, options: SocketOptions): void {
    const connection = this.#connect(socket, { ...this.#options, ...options });
    this.#connection = connection;
    this.#sender.opened(connection);
    this.#socket = socket;
    process.nextTick(() => {
      if (!socket.destroyed) connection.start(head);
    });
    this.emit('open');
  }

  /** Of the opening handshake; before `setSocket`. */
  agreed(agreement: Agreement): void {
    this.#agreement = agreement;
  }

  /** The opening handshake goes to this address now. */
  openingAt(url: string): void {
    this.#url = url;
  }

  openingFailed(error: Error): void {
    this.#isClosing = true;
    this.emit('error', error);
    this.#isClosed = true;
    this.emit('close', 1006, NO_BYTES);
  }

  /**
   * @throws {TypeError} when the code must not be sent
   * @throws {RangeError} when the reason takes more than 123 bytes
   */
  close(code?: number, data?: string | Buffer): void {
    const { readyState } = this;
    if (readyState === CONNECTING) this.#abandon();
    if (readyState !== OPEN) return;
    if (code !== undefined && (typeof code !== 'number' || !isSendableCloseCode(code))) {
      throw new TypeError('First argument must be a valid error code number');
    }
    const reason = data === undefined ? '' : data.toString();
    if (code !== undefined && Buffer.byteLength(reason) > MAX_REASON_BYTES) {
      throw new RangeError('The message must not be greater than 123 bytes');
    }
    encodeClosePayload(code, code === undefined ? '' : reason);
    this.#isClosing = true;
    this.#sender.inTurn(() => {
      if (code === undefined) this.#connection?.close();
      else this.#connection?.close(code, reason);
    });
  }

  /** Ends TCP at once. */
  terminate(): void {
    const { readyState } = this;
    if (readyState === CLOSED) return;
    if (readyState === CONNECTING) {
      this.#abandon();
      return;
    }
    if (this.#connection === undefined) return;
    this.#isClosing = true;
    this.#connection.terminate();
  }

  /** Nothing while the connection is not there yet, or not any more. */
  pause(): void {
    if (this.readyState === CONNECTING || this.readyState === CLOSED) return;
    this.#isPaused = true;
    this.#connection?.pause();
  }

  resume(): void {
    if (this.readyState === CONNECTING || this.readyState === CLOSED) return;
    this.#isPaused = false;
    this.#connection?.resume();
  }

  /**
   * Sends a message, or a part of one with `fin: false`.
   *
   * @throws {Error} while the connection is not open yet
   */
  send(data: BufferLike, callback?: SendCallback): void;
  send(data: BufferLike, options: SendOptions | undefined, callback?: SendCallback): void;
  send(data: unknown, second?: SendOptions | SendCallback, third?: SendCallback): void {
    const callback = typeof second === 'function' ? second : third;
    const options = typeof second === 'function' ? undefined : second;
    this.#sender.send(typeof data === 'number' ? String(data) : data, options, callback);
  }

  /** @throws {RangeError} when the payload is longer than 125 bytes (RFC 6455 §5.5) */
  ping(callback?: SendCallback): void;
  ping(data: unknown, callback: SendCallback): void;
  ping(data?: unknown, mask?: boolean, callback?: SendCallback): void;
  ping(data?: unknown, mask?: boolean | SendCallback, callback?: SendCallback): void {
    this.#sendControl('ping', data, mask, callback);
  }

  /** An unasked Pong. @throws {RangeError} when the payload is longer than 125 bytes (§5.5) */
  pong(callback?: SendCallback): void;
  pong(data: unknown, callback: SendCallback): void;
  pong(data?: unknown, mask?: boolean, callback?: SendCallback): void;
  pong(data?: unknown, mask?: boolean | SendCallback, callback?: SendCallback): void {
    this.#sendControl('pong', data, mask, callback);
  }

  /** As in browsers, for these four events; `once` is the only option. */
  addEventListener<K extends keyof types.WebSocketEventMap>(
    type: K,
    listener: types.EventListener<K>,
    options: { once?: boolean | undefined } = {},
  ): void {
    addListener(this, type, listener as never, { once: options.once === true });
  }

  removeEventListener<K extends keyof types.WebSocketEventMap>(
    type: K,
    listener: types.EventListener<K>,
  ): void {
    removeListener(this, type, listener as never);
  }

  #connect(socket: Duplex, options: ConnectionOptions): FacadeConnection<undefined> {
    const limits = limitsOf(options);
    const role = this._isServer ? 'server' : 'client';
    const group: ConnectionGroup<undefined> = {
      core: { ...createCoreOptions(role, limits), answersPings: options.autoPong !== false },
      limits,
      taskPerMessage: options.allowSynchronousEvents === false,
      counters,
      failed: throwLater,
      failing: (_, error) => this.#peerFailed(error),
      closed: ignore,
    };
    return new FacadeConnection(group, socket, this.#agreement, undefined, this.#handler());
  }

  #handler(): ConnectionHandler<undefined> {
    return {
      message: (_, message) => {
        const isBinary = message.type === 'binary';
        const data = isBinary ? shapeOf(message.bytes, this.#binaryType) : message.bytes;
        this.emit('message', data, isBinary);
      },
      ping: (_, payload) => {
        this.emit('ping', payload);
      },
      pong: (_, payload) => {
        this.emit('pong', payload);
      },
      close: (_, close) => this.#ended(close),
    };
  }

  #peerFailed(error: ProtocolError): void {
    this.#isClosing = true;
    this.emit('error', frameErrorOf(error));
  }

  #ended({ code, reason, wasClean, error }: ConnectionClose): void {
    this.#isClosed = true;
    this.#wasClean = wasClean;
    // Whoever failed the connection has received no Close frame: 1006 in the sense of §7.1.5.
    const received = error !== undefined && 'closeCode' in error ? 1006 : code;
    this.emit('close', received, reason === '' ? NO_BYTES : Buffer.from(reason));
  }

  #abandon(): void {
    this.#isClosing = true;
    this.#opening?.abort('WebSocket was closed before the connection was established');
  }

  #sendControl(
    kind: 'ping' | 'pong',
    first: unknown,
    second: boolean | SendCallback | undefined,
    third: SendCallback | undefined,
  ): void {
    const callback = [first, second, third].find((value) => typeof value === 'function');
    const data = typeof first === 'function' ? undefined : first;
    const payload = toBytes(typeof data === 'number' ? String(data) : data);
    this.#sender.sendControl(kind, payload, callback as SendCallback | undefined);
  }

  static {
    const states = Object.fromEntries(
      STATES.map((name, value) => [name, { value, enumerable: true }]),
    );
    Object.defineProperties(this, states);
    Object.defineProperties(this.prototype, states);
    makeEnumerable(this.prototype, [
      'binaryType',
      'bufferedAmount',
      'extensions',
      'isPaused',
      'protocol',
      'readyState',
      'url',
    ]);
    for (const type of EVENT_TYPES) {
      Object.defineProperty(this.prototype, `on${type}`, {
        enumerable: true,
        get(this: WebSocket) {
          return attributeOf(this, type);
        },
        set(this: WebSocket, callback: unknown) {
          setAttribute(this, type, callback);
        },
      });
    }
  }
}

function nameOf(extension: string): string {
  return extension.split(';')[0]?.trim() ?? '';
}

/** An exception of a listener is an uncaught one, as when an emitter calls it from a socket. */
function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
