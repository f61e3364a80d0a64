/**
 * The client, with the interface of browsers: https://websockets.spec.whatwg.org/
 *
 * Each event is delivered in a task of its own, so that whoever awaits one can listen for the next.
 * Other than in a browser, `error` events say what happened.
 */
import { ConnectionError, ProtocolError } from '../protocol/index.ts';
import { onAbort } from './abort.ts';
import { checkCloseArguments, checkProtocols, parseWebSocketUrl } from './client-address.ts';
import { createCoreOptions, type ConnectionGroup } from './connection-group.ts';
import { clientCounters } from './counters.ts';
import { EventCallbacks } from './event-callbacks.ts';
import { CloseEvent, ErrorEvent, MessageEvent } from './events.ts';
import { reportAsWarning, reportFailure } from './failures.ts';
import {
  resolveClientOptions,
  type ResolvedClientOptions,
  type WebSocketInit,
  type WebSocketOptions,
} from './options.ts';
import { SocketConnection } from './socket-connection.ts';
import { startHandshake, type StartedHandshake } from './start-handshake.ts';
import type { Message } from './message.ts';
import {
  clampToUnsignedShort,
  exposeInterface,
  isDictionary,
  requireArguments,
  toDictionary,
  toDOMString,
  toSequence,
  toStrings,
  toUSVString,
} from './webidl.ts';
import type { ConnectionClose, ConnectionHandler } from './websocket-connection.ts';

export type BinaryType = 'blob' | 'arraybuffer';

interface WebSocketEvents {
  open: Event;
  message: MessageEvent;
  error: ErrorEvent;
  close: CloseEvent;
}

type EventCallback<K extends keyof WebSocketEvents> =
  ((this: WebSocket, event: WebSocketEvents[K]) => unknown) | null;

type AnyListener = Parameters<EventTarget['addEventListener']>[1];
type ListenerOptions = Parameters<EventTarget['addEventListener']>[2];

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** The attributes and operations of the interface; what else the class has stays hidden. */
const MEMBERS = [
  'url',
  'readyState',
  'bufferedAmount',
  'onopen',
  'onerror',
  'onclose',
  'extensions',
  'protocol',
  'close',
  'onmessage',
  'binaryType',
  'send',
] as const satisfies readonly (keyof WebSocket)[];

/** One handler serves all clients; the connection's context is the WebSocket. */
let HANDLER: ConnectionHandler<WebSocket>;

/** What listeners are given. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- types of an inherited method, which must not become a member of its own
export interface WebSocket {
  addEventListener<K extends keyof WebSocketEvents>(
    type: K,
    listener: (event: WebSocketEvents[K]) => void,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: AnyListener, options?: ListenerOptions): void;
}

export class WebSocket extends EventTarget {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  readonly #url: URL;
  readonly #options: ResolvedClientOptions;
  readonly #callbacks = new EventCallbacks(this);
  #readyState: 0 | 1 | 2 | 3 = CONNECTING;
  #binaryType: BinaryType = 'blob';
  #handshake: StartedHandshake | undefined;
  #connection: SocketConnection<WebSocket> | undefined;
  /** Of what was given to `send()` while open, what may still be here. */
  #acceptedBytes = 0;
  /** Given to `send()` later. */
  #discardedBytes = 0;
  /** Blobs are read asynchronously; what is sent or closed behind one waits here for its turn. */
  #turn: Promise<void> | undefined;
  #ignoreSignal: () => void = () => {};

  /**
   * Begins to connect.
   *
   * @param url - `ws:`, `wss:`, `http:` or `https:`, without a fragment
   * @param protocols - subprotocols to offer, or the options with them in one object
   * @param options - what Node needs beside them
   * @throws {DOMException} SyntaxError when `url` or a subprotocol is malformed
   * @throws {TypeError | RangeError} when there is no `url`, or an option is unknown or impossible
   */
  constructor(
    url: string | URL,
    protocols: string | readonly string[] | WebSocketInit = [],
    options: WebSocketOptions = {},
  ) {
    requireArguments('WebSocket', arguments.length, 1);
    super();
    const address = toUSVString(url);
    const { names, others } = readProtocols(protocols);
    this.#url = parseWebSocketUrl(address);
    checkProtocols(names);
    this.#options = resolveClientOptions({ ...others, ...options });
    this.#connect(names);
  }

  get url(): string {
    return this.#url.href;
  }

  get readyState(): 0 | 1 | 2 | 3 {
    return this.#readyState;
  }

  /** The subprotocol the server chose, or `''`. */
  get protocol(): string {
    return this.#connection?.protocol ?? '';
  }

  /** The extensions agreed on, as the server's header names them, or `''`. */
  get extensions(): string {
    return this.#connection?.extensions ?? '';
  }

  /**
   * Payload bytes given to `send()` that have not left this process. What is given to `send()` when
   * the connection is closing or closed is counted, too, and stays.
   */
  get bufferedAmount(): number {
    if (this.#readyState !== CLOSED) this.#forgetSentBytes();
    return this.#acceptedBytes + this.#discardedBytes;
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    // Before the argument is looked at: a TypeError for what is no WebSocket.
    const current = this.#binaryType;
    const name = toDOMString(type);
    this.#binaryType = name === 'blob' || name === 'arraybuffer' ? name : current;
  }

  get onopen(): EventCallback<'open'> {
    return this.#callbacks.get('open') as EventCallback<'open'>;
  }

  set onopen(callback: EventCallback<'open'>) {
    this.#callbacks.set('open', callback);
  }

  get onmessage(): EventCallback<'message'> {
    return this.#callbacks.get('message') as EventCallback<'message'>;
  }

  set onmessage(callback: EventCallback<'message'>) {
    this.#callbacks.set('message', callback);
  }

  get onerror(): EventCallback<'error'> {
    return this.#callbacks.get('error') as EventCallback<'error'>;
  }

  set onerror(callback: EventCallback<'error'>) {
    this.#callbacks.set('error', callback);
  }

  get onclose(): EventCallback<'close'> {
    return this.#callbacks.get('close') as EventCallback<'close'>;
  }

  set onclose(callback: EventCallback<'close'>) {
    this.#callbacks.set('close', callback);
  }

  /**
   * Sends one message; text is sent as USVString. On a closing or closed socket nothing is sent.
   *
   * @throws {DOMException} InvalidStateError while connecting
   */
  send(data: string | ArrayBufferLike | ArrayBufferView | Blob): void {
    requireArguments('send', arguments.length, 1);
    const item = isBytes(data) || data instanceof Blob ? data : toUSVString(data);
    if (this.#readyState === CONNECTING) {
      throw new DOMException('The connection is not open yet', 'InvalidStateError');
    }
    if (this.#readyState !== OPEN) {
      this.#discardedBytes += lengthOf(item);
      return;
    }
    this.#forgetSentBytes();
    this.#acceptedBytes += lengthOf(item);
    if (item instanceof Blob) {
      this.#inTurn(async () => {
        this.#connection?.send(await item.arrayBuffer());
      });
    } else if (this.#turn !== undefined) {
      const copy = typeof item === 'string' ? item : copyOf(item);
      this.#inTurn(() => this.#connection?.send(copy));
    } else {
      this.#connection?.send(item);
    }
  }

  /**
   * Starts the closing handshake, or gives up connecting.
   *
   * @throws {DOMException} InvalidAccessError when the code is neither 1000 nor 3000–4999,
   *   SyntaxError when the reason is longer than 123 bytes
   */
  close(...[code, reason]: [code?: number | undefined, reason?: string | undefined]): void {
    // Before the arguments are looked at: a TypeError for what is no WebSocket.
    const state = this.#readyState;
    const status = code === undefined ? undefined : clampToUnsignedShort(code);
    const words = reason === undefined ? undefined : toUSVString(reason);
    checkCloseArguments(status, words);
    if (state >= CLOSING) return;
    if (state === CONNECTING) {
      this.#giveUp(new ConnectionError('PW_WS_ABORTED'));
      return;
    }
    this.#readyState = CLOSING;
    const start = (): void => {
      this.#connection?.close(words === undefined ? status : (status ?? 1000), words);
    };
    if (this.#turn === undefined) start();
    else this.#inTurn(start);
  }

  /** Closes and waits for the `close` event. */
  [Symbol.asyncDispose](): Promise<void> {
    if (this.#readyState === CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      this.addEventListener('close', () => resolve(), { once: true });
      this.close();
    });
  }

  #connect(protocols: readonly string[]): void {
    const options = this.#options;
    const refuseBlockedPorts = options.allowBlockedPorts !== true;
    const target = { url: this.#url, protocols, options, refuseBlockedPorts };
    this.#handshake = startHandshake(target, {
      opened: (socket, head, agreement) => {
        const connection = new SocketConnection(this.#group(), socket, agreement, this, HANDLER);
        this.#connection = connection;
        this.#ignoreSignal = onAbort(this.#options.signal, () => connection.terminate());
        this.#open(connection, head);
      },
      failed: (error) => {
        this.#closed({ code: 1006, reason: '', wasClean: false }, error);
      },
    });
  }

  #group(): ConnectionGroup<WebSocket> {
    return {
      core: createCoreOptions('client', this.#options),
      limits: this.#options,
      counters: clientCounters,
      failed: (error) => reportFailure(error, reportAsWarning, clientCounters),
      taskPerMessage: true,
      peerClosing: () => this.#peerClosing(),
      closed: () => {},
    };
  }

  /** Reading begins a task after `open`, when those who awaited it have had their turn. */
  #open(connection: SocketConnection<WebSocket>, head: Buffer): void {
    this.#readyState = OPEN;
    this.dispatchEvent(new Event('open'));
    setImmediate(() => connection.start(head));
  }

  #receive(message: Message): void {
    if (this.#readyState !== OPEN) return;
    const data = message.type === 'text' ? message.data : this.#binary(message.data);
    this.dispatchEvent(new MessageEvent('message', { data, origin: this.#url.origin }));
  }

  #binary(data: Buffer): ArrayBuffer | Blob {
    // The bytes may lie in a larger buffer; an ArrayBuffer of their own needs a copy.
    const bytes = new Uint8Array(data);
    return this.#binaryType === 'blob' ? new Blob([bytes]) : bytes.buffer;
  }

  #peerClosing(): void {
    if (this.#readyState === OPEN) this.#readyState = CLOSING;
  }

  /** While a message waits for its turn, what the connection knows of is not all there is. */
  #forgetSentBytes(): void {
    if (this.#turn !== undefined || this.#connection === undefined) return;
    this.#acceptedBytes = Math.min(this.#acceptedBytes, this.#connection.bufferedBytes);
  }

  #closed(close: ConnectionClose, error: ErrorEvent['error'] | undefined): void {
    // Of an end that was not clean it is not known what got out.
    if (close.wasClean) this.#forgetSentBytes();
    this.#readyState = CLOSED;
    this.#ignoreSignal();
    if (error !== undefined) this.dispatchEvent(new ErrorEvent('error', error));
    this.dispatchEvent(new CloseEvent('close', close));
  }

  #giveUp(error: ConnectionError): void {
    this.#readyState = CLOSING;
    this.#handshake?.abort();
    setImmediate(() => this.#closed({ code: 1006, reason: '', wasClean: false }, error));
  }

  #inTurn(run: () => unknown): void {
    const turn = (this.#turn ?? Promise.resolve()).then(run).then(
      () => {},
      () => this.#connection?.terminate(),
    );
    this.#turn = turn;
    void turn.then(() => {
      if (this.#turn === turn) this.#turn = undefined;
    });
  }

  static {
    for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSING, CLOSED })) {
      Object.defineProperty(this, name, { value, enumerable: true });
      Object.defineProperty(this.prototype, name, { value, enumerable: true });
    }
    exposeInterface(this, MEMBERS);
    HANDLER = {
      message: ({ context }, message) => context.#receive(message),
      close: ({ context }, close) => {
        // WHATWG reports the code of the peer's Close frame only (RFC 6455 §7.1.5).
        const seen = close.error instanceof ProtocolError ? { ...close, code: 1006 } : close;
        context.#closed(seen, close.error);
      },
    };
  }
}

/** `(DOMString or sequence<DOMString> or WebSocketInit)` */
function readProtocols(value: unknown): { names: string[]; others: WebSocketOptions } {
  if (!isDictionary(value)) return { names: toStrings('protocols', value), others: {} };
  const { protocols = [], ...others }: WebSocketInit = toDictionary('WebSocketInit', value);
  return { names: toSequence('protocols', protocols, toDOMString), others };
}

function isBytes(data: unknown): data is ArrayBufferLike | ArrayBufferView {
  return (
    ArrayBuffer.isView(data) || data instanceof ArrayBuffer || data instanceof SharedArrayBuffer
  );
}

function lengthOf(data: string | ArrayBufferLike | ArrayBufferView | Blob): number {
  if (typeof data === 'string') return Buffer.byteLength(data);
  return data instanceof Blob ? data.size : data.byteLength;
}

/** A copy: what waits for its turn must not change when the caller reuses its buffer. */
function copyOf(data: ArrayBufferLike | ArrayBufferView): Uint8Array {
  const view = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
  return view.slice();
}
