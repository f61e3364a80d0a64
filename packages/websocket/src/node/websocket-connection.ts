import type { ConnectionError, ProtocolError } from '../protocol/index.ts';
import type { MessageStream } from './message-stream.ts';
import type { Message } from './message.ts';
import type { SendOptions } from './outgoing-message.ts';
import type { StreamOptions, StreamSource } from './outgoing-stream.ts';

/**
 * What may be sent: a string goes as text, bytes as binary. Lone surrogates in a string become
 * U+FFFD. Long byte arrays are sent by reference: leave them as they are once they are handed over.
 */
export type SendableData = string | ArrayBufferLike | ArrayBufferView;

/** How a connection ended. */
export interface ConnectionClose {
  /**
   * The code of the peer's Close frame, or 1005 when that had none; the code sent when we failed
   * the connection; 1006 when TCP ended without a Close frame (RFC 6455 §7.1.5).
   */
  readonly code: number;
  /** The peer's words; not to be trusted. */
  readonly reason: string;
  /** Both Close frames went through (§7.1.4). */
  readonly wasClean: boolean;
  /** Why the end was not clean. */
  readonly error?: ProtocolError | ConnectionError;
}

/** A message that `overflow` gave up. */
export interface DroppedMessage {
  /** As it was given to `send()` or `publish()`. */
  readonly data: SendableData | Message;
  readonly bytes: number;
  readonly key: string | undefined;
}

/**
 * What an application does with its connections. One object serves any number of them: every call
 * names its connection, and `connection.context` holds what belongs to it.
 *
 * A method may be asynchronous; other results are ignored. One that throws, or whose promise is rejected, closes its connection with 1011 and is
 * reported to the option `failed`.
 */
export interface ConnectionHandler<C = unknown> {
  open?(connection: WebSocketConnection<C>): unknown;
  /**
   * While there is no such method, the first message is held and reading stops. While the promise
   * it returned is pending, the next message is not delivered and reading stops soon.
   */
  message?(connection: WebSocketConnection<C>, message: Message): unknown;
  /**
   * A message longer than `maxMessageBytes` has begun; see `maxStreamBytes`. The next message is
   * delivered when the stream was read to its end or destroyed, and the promise is settled.
   */
  stream?(connection: WebSocketConnection<C>, stream: MessageStream): unknown;
  /** `send()` returned false before; now there is room again. */
  drain?(connection: WebSocketConnection<C>): unknown;
  /** A message was given up because the peer reads too slowly; see `overflow`. */
  dropped?(connection: WebSocketConnection<C>, message: DroppedMessage): unknown;
  /** A Ping came; it has been answered. */
  ping?(connection: WebSocketConnection<C>, payload: Buffer): unknown;
  /** A Pong came, other than the heartbeat's. */
  pong?(connection: WebSocketConnection<C>, payload: Buffer): unknown;
  /** Called exactly once, after everything else. */
  close?(connection: WebSocketConnection<C>, close: ConnectionClose): unknown;
}

/** An open connection, of either role. Nothing in here throws because of what the peer does. */
export interface WebSocketConnection<C = unknown>
  extends AsyncIterable<Message, undefined>, AsyncDisposable {
  /** May be exchanged at any time; what came while there was none is delivered then. */
  handler: ConnectionHandler<C> | undefined;
  /** The application's own; what `authorize` returned. */
  context: C;
  /** The subprotocol agreed on, or `''`. */
  readonly protocol: string;
  /** The extensions agreed on, as in the server's header, or `''`; see the option `compression`. */
  readonly extensions: string;
  /** The other end's address as the socket knew it; a proxy's, when there is one. */
  readonly remoteAddress: string | undefined;
  /** 1 open, 2 closing, 3 closed, as in WHATWG's `WebSocket`. */
  readonly readyState: 1 | 2 | 3;
  /** Bytes of frames that wait to be sent. */
  readonly bufferedBytes: number;
  /** The heartbeat's last measurement; undefined before the first. */
  readonly roundTripMs: number | undefined;
  /** Messages given up because the peer reads too slowly (see `overflow`). */
  readonly droppedMessages: number;
  /**
   * Sends one message; a received one is passed on as it came. True: go on. False: wait for `drain`
   * (or `drained()`) before the next. The message was taken, except when `overflow` dropped it, which
   * `dropped` tells, or when the connection is no longer open (see `readyState`).
   *
   * @throws {TypeError} when `data` is neither text nor bytes nor a message
   */
  send(data: SendableData | Message, options?: SendOptions): boolean;
  /**
   * Sends one message in fragments (RFC 6455 §5.4) as its source yields them, no faster than the
   * peer reads; it need not fit into memory. What is sent meanwhile waits, except Pings. Resolves
   * when the last fragment is on its way.
   *
   * Rejects with `PW_WS_CLOSED` when the connection ends first. When the source fails after the
   * first fragment, the message cannot be taken back: the connection is closed with 1011.
   */
  sendStream(source: StreamSource, options?: StreamOptions): Promise<void>;
  /** Resolves when `send()` would return true; rejects with `PW_WS_CLOSED` when it never will. */
  drained(): Promise<void>;
  /** @throws {RangeError} when the payload is longer than 125 bytes (RFC 6455 §5.5) */
  ping(payload?: SendableData): void;
  /**
   * Starts the closing handshake (RFC 6455 §7.1.2); what was sent before goes out first, a message
   * that is streamed to its end, if it is there within `closeTimeoutMs`; else the Close frame cuts
   * it. Messages may still arrive until the peer answers. Does nothing on a connection that is
   * closing already.
   *
   * @throws {RangeError} when the code must not be sent or the reason is longer than 123 bytes
   */
  close(code?: number, reason?: string): void;
  /** Ends TCP at once: what waits is lost, the peer sees 1006. */
  terminate(): void;
  /** Stops the delivery of messages and, a chunk later, the reading from the socket. */
  pause(): void;
  resume(): void;
  /**
   * The messages as an async iterable, read no faster than they are taken. Ends when the connection
   * closes cleanly and throws its `error` when not. Leaving the loop keeps the connection, and the
   * messages not taken, for the next consumer.
   *
   * @throws {InvalidStateError} when a handler with a `message` method is there already
   */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined>;
  /** Closes with 1000 and waits until TCP is closed. */
  [Symbol.asyncDispose](): Promise<void>;
}
