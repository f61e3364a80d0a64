/** The client as streams: https://websockets.spec.whatwg.org/#the-websocketstream-interface (draft). */
import { ConnectionError, ProtocolError } from '../protocol/index.ts';
import { checkProtocols, isSendableByScripts, parseWebSocketUrl } from './client-address.ts';
import { createCoreOptions, type ConnectionGroup } from './connection-group.ts';
import { clientCounters } from './counters.ts';
import { reportAsWarning, reportFailure } from './failures.ts';
import { createMessageStreams, type ControlledStreams } from './message-streams.ts';
import type { Message } from './message.ts';
import {
  resolveConnectOptions,
  type ResolvedConnectOptions,
  type WebSocketOptions,
} from './options.ts';
import { ignore } from './refusal.ts';
import { SocketConnection } from './socket-connection.ts';
import { startHandshake, type StartedHandshake } from './start-handshake.ts';
import {
  createWebSocketError,
  readCloseInfo,
  WebSocketError,
  type WebSocketCloseInfo,
} from './websocket-error.ts';
import {
  exposeInterface,
  requireArguments,
  toDictionary,
  toSequence,
  toUSVString,
} from './webidl.ts';
import type { ConnectionClose, SendableData } from './websocket-connection.ts';

/** What `opened` gives; each chunk of the streams is one whole message. */
export interface WebSocketOpenInfo {
  /** Texts as strings, binary messages as Uint8Arrays of their own. */
  readonly readable: Streams['readable'];
  /** Bytes go as binary, everything else as text. */
  readonly writable: Streams['writable'];
  /** The subprotocol the server chose, or `''`. */
  readonly protocol: string;
  /** As for `WebSocket`. */
  readonly extensions: string;
}

type Streams = ControlledStreams<string | Uint8Array, SendableData>;

/** In one object, as the standard has it; beside its two members what Node needs. */
export interface WebSocketStreamOptions extends WebSocketOptions {
  /** Subprotocols to offer, in order of preference. Default none. */
  protocols?: Iterable<string>;
  /** Aborting ends the opening handshake; once `opened` is there it does nothing. */
  signal?: AbortSignal;
}

interface Settling<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export class WebSocketStream {
  readonly #url: URL;
  readonly #opened = createSettling<WebSocketOpenInfo>();
  readonly #closed = createSettling<Required<WebSocketCloseInfo>>();
  readonly #handshake: StartedHandshake;
  #connection: SocketConnection<undefined> | undefined;

  /**
   * Begins to connect.
   *
   * @param url - `ws:`, `wss:`, `http:` or `https:`, without a fragment
   * @throws {DOMException} SyntaxError when `url` or a subprotocol is malformed
   * @throws {TypeError | RangeError} when there is no `url`, or an option is unknown or impossible
   */
  constructor(url: string | URL, options: WebSocketStreamOptions = {}) {
    requireArguments('WebSocketStream', arguments.length, 1);
    const address = toUSVString(url);
    const given: WebSocketStreamOptions = toDictionary('WebSocketStreamOptions', options);
    const { protocols = [], allowBlockedPorts, ...others } = given;
    const names = toSequence('protocols', protocols, toUSVString);
    this.#url = parseWebSocketUrl(address);
    checkProtocols(names);
    const resolved = resolveConnectOptions<undefined>(others);
    const target = {
      url: this.#url,
      protocols: names,
      options: resolved,
      refuseBlockedPorts: allowBlockedPorts !== true,
    };
    this.#handshake = startHandshake(target, {
      opened: (socket, head, agreement) => {
        const group = createGroup(resolved);
        const connection = new SocketConnection(group, socket, agreement, undefined, undefined);
        this.#connection = connection;
        this.#open(connection);
        connection.start(head);
      },
      failed: (error) => {
        const isAborted = error.code === 'PW_WS_ABORTED';
        this.#fail(isAborted ? error.cause : createWebSocketError(error));
      },
    });
  }

  get url(): string {
    return this.#url.href;
  }

  /** Rejected with a `WebSocketError`, or the signal's reason, when no connection comes about. */
  get opened(): Promise<WebSocketOpenInfo> {
    // An attribute that gives a promise does not throw (WebIDL §3.7.6).
    return #opened in this ? this.#opened.promise : Promise.reject(notAStream());
  }

  /**
   * How the connection was closed, once everything that came was read; rejected with a
   * `WebSocketError` when that was not clean.
   */
  get closed(): Promise<Required<WebSocketCloseInfo>> {
    return #closed in this ? this.#closed.promise : Promise.reject(notAStream());
  }

  /**
   * Starts the closing handshake, or gives up connecting. What comes meanwhile can be read.
   *
   * @throws {TypeError} when `closeInfo` is no dictionary
   * @throws {DOMException} InvalidAccessError or SyntaxError, as for `WebSocket`
   */
  close(closeInfo: WebSocketCloseInfo = {}): void {
    const known = this.#connection;
    const { closeCode, reason } = readCloseInfo(closeInfo);
    if (known !== undefined) {
      known.close(closeCode, closeCode === undefined ? undefined : reason);
      return;
    }
    this.#handshake.abort();
    this.#fail(createWebSocketError(new ConnectionError('PW_WS_ABORTED')));
  }

  #open(connection: SocketConnection<undefined>): void {
    // Before the streams: they pass on to the handler that is there.
    connection.handler = { close: (_, close) => this.#end(streams, close) };
    const streams = createMessageStreams<string | Uint8Array, SendableData>(connection, {
      receive: chunkOf,
      convert: sendableOf,
      close: async () => {
        this.close();
        await this.#closed.promise;
      },
      giveUp: async (reason) => this.close(closeInfoOf(reason)),
      closedError: (cause) => closedException(new ConnectionError('PW_WS_CLOSED', { cause })),
    });
    const { readable, writable } = streams;
    const { protocol, extensions } = connection;
    this.#opened.resolve({ readable, writable, protocol, extensions });
  }

  #end(streams: Streams, { code, reason, wasClean, error }: ConnectionClose): void {
    // What the peer's Close frame met half-way may have been read or not.
    if (wasClean && !streams.hasLostWrites) {
      streams.end(undefined, closedException());
      this.#closed.resolve({ closeCode: code, reason });
      return;
    }
    const cause =
      error ?? new ConnectionError(wasClean ? 'PW_WS_CLOSED' : 'PW_WS_ABNORMAL_CLOSURE');
    // As for `WebSocket`: the code of the peer's Close frame only (RFC 6455 §7.1.5).
    const seen = cause instanceof ProtocolError ? 1006 : code;
    const failure = createWebSocketError(cause, { code: seen, reason });
    streams.end(failure, failure);
    this.#closed.reject(failure);
  }

  #fail(reason: unknown): void {
    this.#opened.reject(reason);
    this.#closed.reject(reason);
  }

  static {
    exposeInterface(this, ['url', 'opened', 'closed', 'close']);
  }
}

function notAStream(): TypeError {
  return new TypeError('this is no WebSocketStream');
}

/** What a stream is given up with; how another connection ended is not always to be sent on. */
function closeInfoOf(reason: unknown): WebSocketCloseInfo {
  if (!(reason instanceof WebSocketError) || reason.closeCode === null) return {};
  const { closeCode, reason: words } = reason;
  return isSendableByScripts(closeCode) ? { closeCode, reason: words } : {};
}

/** A promise nobody listens to must not end the process. */
function createSettling<T>(): Settling<T> {
  let resolve: (value: T) => void = ignore;
  let reject: (error: unknown) => void = ignore;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(ignore);
  return { promise, resolve, reject };
}

function createGroup(options: ResolvedConnectOptions<undefined>): ConnectionGroup<undefined> {
  return {
    core: createCoreOptions('client', options),
    limits: options,
    taskPerMessage: false,
    counters: clientCounters,
    failed: (error) => reportFailure(error, reportAsWarning, clientCounters),
    closed: ignore,
  };
}

/** The bytes may lie in a larger buffer, which is nobody else's to keep or to transfer. */
function chunkOf(message: Message): string | Uint8Array {
  return message.type === 'text' ? message.data : new Uint8Array(message.data);
}

/**
 * BufferSources go as binary, everything else as text.
 *
 * @throws {TypeError} when the bytes may change or shrink while they wait to be sent (WebIDL §3.2.26)
 */
function sendableOf(chunk: unknown): SendableData {
  const buffer = ArrayBuffer.isView(chunk) ? chunk.buffer : chunk;
  if (buffer instanceof SharedArrayBuffer || isResizable(buffer)) {
    throw new TypeError('bytes to send must not be shared or resizable');
  }
  return ArrayBuffer.isView(chunk) || buffer instanceof ArrayBuffer
    ? (chunk as ArrayBuffer | ArrayBufferView)
    : toUSVString(chunk);
}

/** `resizable` is newer than the types of Node 20, and not than Node 20. */
function isResizable(buffer: unknown): boolean {
  return buffer instanceof ArrayBuffer && Reflect.get(buffer, 'resizable') === true;
}

function closedException(cause?: Error): DOMException {
  const error = new DOMException('The connection is closed', 'InvalidStateError');
  return Object.defineProperty(error, 'cause', { value: cause, configurable: true });
}
