import type { ProtocolError } from './errors.ts';

/**
 * A whole message, or a Ping or Pong.
 *
 * Its bytes are `source[start … end)`; `payload` makes a view of them. They lie in the chunk given
 * to `receive`, or in a buffer made for this message: the event's owner may keep them as long as
 * the chunk is left alone.
 */
export class PayloadEvent {
  readonly type: 'text' | 'binary' | 'ping' | 'pong';
  readonly source: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Every byte is below 0x80, so that latin1 decodes a text. Text is always valid UTF-8. */
  readonly ascii: boolean;

  constructor(
    type: PayloadEvent['type'],
    source: Uint8Array,
    start: number,
    end: number,
    ascii: boolean,
  ) {
    this.type = type;
    this.source = source;
    this.start = start;
    this.end = end;
    this.ascii = ascii;
  }

  get payload(): Uint8Array {
    return this.source.subarray(this.start, this.end);
  }
}

/**
 * A part of a message longer than `maxMessageBytes`, as it arrived. Text may be cut inside a
 * character; joined, the pieces are valid UTF-8 if the one marked `last` comes. Ownership as above.
 */
export class MessagePiece {
  readonly type = 'piece';
  readonly of: 'text' | 'binary';
  readonly source: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** The message begins here. It may be empty: then only the header has arrived. */
  readonly first: boolean;
  /** The message ends here. */
  readonly last: boolean;

  constructor(
    of: MessagePiece['of'],
    source: Uint8Array,
    start: number,
    end: number,
    first: boolean,
    last: boolean,
  ) {
    this.of = of;
    this.source = source;
    this.start = start;
    this.end = end;
    this.first = first;
    this.last = last;
  }

  get payload(): Uint8Array {
    return this.source.subarray(this.start, this.end);
  }
}

/** The peer's Close frame; 1005 when it had no body (RFC 6455 §7.1.5). */
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

export type ConnectionEvent = PayloadEvent | MessagePiece | CloseEvent | FailEvent;
