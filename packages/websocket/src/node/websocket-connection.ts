import type { ConnectionError, ProtocolError } from '../protocol/index.ts';
import type { Message } from './message.ts';

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

/**
 * What an application does with its connections. One object serves any number of them: every call
 * names its connection, and `connection.context` holds what belongs to it.
 *
 * A method that throws closes its connection with 1011 and is reported to the option `failed`.
 */
export interface ConnectionHandler<C = unknown> {
  open?(connection: WebSocketConnection<C>): void;
  /** While there is no such method, the first message is held and reading stops. */
  message?(connection: WebSocketConnection<C>, message: Message): void;
  /** `send()` returned false before; now there is room again. */
  drain?(connection: WebSocketConnection<C>): void;
  /** A Ping came; it has been answered. */
  ping?(connection: WebSocketConnection<C>, payload: Buffer): void;
  /** A Pong came, other than the heartbeat's. */
  pong?(connection: WebSocketConnection<C>, payload: Buffer): void;
  /** Called exactly once, after everything else. */
  close?(connection: WebSocketConnection<C>, close: ConnectionClose): void;
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
  /** The other end's address as the socket knew it; a proxy's, when there is one. */
  readonly remoteAddress: string | undefined;
  /** 1 open, 2 closing, 3 closed, as in WHATWG's `WebSocket`. */
  readonly readyState: 1 | 2 | 3;
  /** Bytes of frames that wait to be sent. */
  readonly bufferedBytes: number;
  /** The heartbeat's last measurement; undefined before the first. */
  readonly roundTripMs: number | undefined;
  /**
   * Sends one message; a received one is passed on as it came. True: go on. False: the message was
   * taken, but wait for `drain` before the next; or the connection is no longer open and nothing was
   * sent (see `readyState`).
   *
   * @throws {TypeError} when `data` is neither text nor bytes nor a message
   */
  send(data: SendableData | Message): boolean;
  /** @throws {RangeError} when the payload is longer than 125 bytes (RFC 6455 §5.5) */
  ping(payload?: SendableData): void;
  /**
   * Starts the closing handshake (RFC 6455 §7.1.2); what was sent before goes out first. Messages
   * may still arrive until the peer answers. Does nothing on a connection that is closing already.
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
