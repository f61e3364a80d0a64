/**
 * The channel's errors. Messages are fixed text: nothing the other side sent is part of them.
 * docs/reference/channel-errors.md explains each code; a test compares the two.
 */
const FAILURES = {
  PW_CHANNEL_OPEN_FAILED: 'the channel could not be opened',
  PW_CHANNEL_OPEN_TIMEOUT: 'the channel did not open in time',
  PW_CHANNEL_SUBPROTOCOL: 'the server does not speak this version of the channel protocol',
  PW_CHANNEL_BUFFERED: 'something on the way holds the stream back',
  PW_CHANNEL_SEQUENCE: 'requests or answers of the channel were lost, repeated or reordered',
  PW_CHANNEL_LOST: 'the connection broke',
  PW_CHANNEL_CLOSE_TIMEOUT: 'the other side did not confirm the end in time',
  PW_CHANNEL_PACKET_TOO_LARGE: 'a packet is longer than this side accepts',
  PW_CHANNEL_BAD_PACKET: 'what arrived is not a packet',
  PW_CHANNEL_OVERFLOW: 'more packets are waiting than this side keeps',
} as const;

export type ChannelErrorCode = keyof typeof FAILURES;

export const CHANNEL_ERROR_CODES = Object.keys(FAILURES) as readonly ChannelErrorCode[];

/** Why this side gave a channel up; never thrown, found as `error` of its `ChannelClose`. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  /** Stable; safe to match on. */
  readonly code: ChannelErrorCode;

  constructor(code: ChannelErrorCode, options?: { cause?: unknown }) {
    super(FAILURES[code], options);
    this.code = code;
  }
}

/** The caller asked for something the channel's state does not allow; thrown at once. */
export class InvalidStateError extends Error {
  override readonly name = 'InvalidStateError';
  readonly code = 'PW_CHANNEL_INVALID_STATE';
}
