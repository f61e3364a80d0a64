/** What this package throws. All of it is misuse by the caller; peers and relays cause states, never throws. */

/** The call does not fit the endpoint's state, for example a message before there is a link. */
export class InvalidStateError extends Error {
  readonly code = 'PW_PAIRING_INVALID_STATE';
  override readonly name = 'InvalidStateError';
}

/** A text does not fit into one record. Neither the text nor its length is kept in the error. */
export class TextTooLongError extends RangeError {
  readonly code = 'PW_PAIRING_TEXT_TOO_LONG';
  override readonly name = 'TextTooLongError';

  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(`the text is too long: the limit is ${limitBytes} bytes of UTF-8`);
    this.limitBytes = limitBytes;
  }
}

/** So much is waiting for the other side that one more message would have to be forgotten. */
export class QueueFullError extends RangeError {
  readonly code = 'PW_PAIRING_QUEUE_FULL';
  override readonly name = 'QueueFullError';
}
