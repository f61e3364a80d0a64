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

export type ConnectionEvent = PayloadEvent | CloseEvent | FailEvent;
