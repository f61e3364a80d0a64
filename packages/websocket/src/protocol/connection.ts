import type { ProtocolError } from './errors.ts';
import type { OutputSlab } from './output-slab.ts';
import type { MessageCodec } from './permessage-deflate.ts';

export type Role = 'client' | 'server';

/** Shared by any number of connections; every field is set, defaults live with the I/O layer. */
export interface ConnectionOptions {
  readonly role: Role;
  /** Limit on one message, joined and inflated, in bytes; beyond it: 1009. */
  readonly maxMessageBytes: number;
  /** True: a length in more bytes than needed fails the connection (1002). False: it is counted. */
  readonly refuseNonMinimalLengths: boolean;
  /** A fresh unpredictable 32-bit number for every frame of a client (§5.3); servers never ask. */
  maskingKey(): number;
  /** Where small outgoing frames are put together; one for all connections of a process will do. */
  readonly slab: OutputSlab;
}

/**
 * A whole message, or a Ping or Pong.
 *
 * Its bytes are `source[start … end)`; `payload` makes a view of them. They lie in the chunk given
 * to `receive`, or in a buffer made for this message: the event's owner may keep them as long as
 * the chunk is left alone.
 */
export interface PayloadEvent {
  readonly type: 'text' | 'binary' | 'ping' | 'pong';
  readonly source: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Text only: every byte is below 0x80, so that latin1 decodes it. Text is always valid UTF-8. */
  readonly ascii: boolean;
  readonly payload: Uint8Array;
}

/** The peer's Close frame; 1005 when it had no body (§7.1.5). */
export interface CloseEvent {
  readonly type: 'close';
  readonly code: number;
  readonly reason: string;
}

/** The peer broke the protocol; our Close frame is already in the output (§7.1.7). */
export interface FailEvent {
  readonly type: 'fail';
  readonly error: ProtocolError;
}

export type ConnectionEvent = PayloadEvent | CloseEvent | FailEvent;

/**
 * - `open`: both directions work.
 * - `closing`: we sent Close and wait for the peer's.
 * - `closed`: nothing more is sent or read: both Close frames are through, the connection was
 *   failed, or TCP ended. The I/O layer still flushes the output and closes TCP.
 */
export type ConnectionState = 'open' | 'closing' | 'closed';

/**
 * One WebSocket connection after its opening handshake, either role, without I/O.
 *
 * Input is parsed on demand: `receive` only takes the chunk over, each `nextEvent` reads as far as
 * the next event. So an application that is slow simply is not asked for, nothing piles up, and
 * what it answers to one message goes out before the reply to a Close behind it.
 *
 * ```
 * connection.receive(chunk);
 * for (let event; (event = connection.nextEvent()) !== undefined; ) handle(event);
 * for (const bytes of connection.takeOutput()) socket.write(bytes);
 * ```
 */
export declare class Connection {
  /** @param codec - set when permessage-deflate was negotiated for this connection. */
  constructor(options: ConnectionOptions, codec?: MessageCodec);

  readonly state: ConnectionState;
  /** TCP is to end: a server closes it after flushing; a client waits, then closes (§7.1.1). */
  readonly closeExpected: boolean;
  /** A Close frame was sent. */
  readonly closeSent: boolean;
  /** A Close frame was received; with `closeSent` the closing handshake was clean (§7.1.4). */
  readonly closeReceived: boolean;
  /** Frames accepted although their length was not minimal. */
  readonly nonMinimalLengths: number;
  /** Received bytes that no `nextEvent` has looked at. */
  readonly unreadBytes: number;
  /**
   * Set while the socket does not drain: then only the latest Ping is owed a Pong (§5.5.3), sent
   * when this is cleared. Otherwise each Ping is answered in its turn.
   */
  underPressure: boolean;

  /** Hands over a chunk: the connection unmasks in place, so nobody else may use it any more. */
  receive(chunk: Uint8Array): void;
  /**
   * For a chunk whose memory is used again after this read: copies what has not been parsed yet.
   * Payloads of events taken before still lie in the chunk.
   */
  retainInput(): void;
  /** The peer ended its half of TCP; the state becomes `closed` once all input is read. */
  receiveEof(): void;
  nextEvent(): ConnectionEvent | undefined;
  /** All events at once, for callers that need not answer one before the next is read. */
  takeEvents(): ConnectionEvent[];

  /** Strings are sent as USVString; bytes must be valid UTF-8 (not checked) and stay as they are. */
  sendText(text: string | Uint8Array): void;
  /** Short payloads are copied; a server sends long ones by reference: leave them as they are. */
  sendBinary(payload: Uint8Array): void;
  sendPing(payload?: Uint8Array): void;
  sendPong(payload?: Uint8Array): void;
  /** Without a code the Close frame is empty. Does nothing when a Close was sent already. */
  sendClose(code?: number, reason?: string): void;
  /** Ends the connection from our side because of `error`: Close is queued, input is dropped. */
  fail(error: ProtocolError): void;
  /** Bytes to write, in order; the caller owns them. Small frames share one buffer. */
  takeOutput(): Uint8Array[];
  /** Bytes `takeOutput` would return. */
  readonly outputBytes: number;
}
