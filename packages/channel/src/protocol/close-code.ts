import { packetBytes } from './packet.ts';

/**
 * Close codes the channel itself uses (RFC 6455 §7.4.1, and its private range at the top). The
 * layer above has 3000–4899 to itself.
 *
 * A browser may send 1000 and 3000–4999 only (WHATWG WebSockets, `close()`), so what a channel has
 * to say about a broken rule is said in the private range.
 */
export const ChannelCloseCode = {
  normal: 1000,
  goingAway: 1001,
  /** Never sent: the connection broke, or was never made. */
  lost: 1006,
  /** What a server's WebSocket engine says instead of `packetTooLarge`: it refuses the first frame. */
  messageTooBig: 1009,
  internalError: 1011,
  /** Not a packet: an empty text, or something that is neither text nor bytes. */
  badPacket: 4900,
  packetTooLarge: 4901,
  /** The packets for one side pile up: it is paused for too long, or sends without looking. */
  overflow: 4902,
  /** The server does not speak `pairwire.channel.1`. */
  subprotocol: 4903,
  /** HTTP requests or answers of a channel were lost, came out of order, or twice with a difference. */
  sequence: 4904,
  /** Something on the way holds a stream back until it ends. */
  buffered: 4905,
} as const;

const MAX_REASON_BYTES = 123;

/**
 * Checks what a user says at the end of a channel.
 *
 * @throws {RangeError} on a code other than 1000 and 3000–4999, or too long a reason
 */
export function checkClose(code: number, reason: string): void {
  const isSendable = code === ChannelCloseCode.normal || (code >= 3000 && code <= 4999);
  if (!Number.isInteger(code) || !isSendable) {
    throw new RangeError(`close code must be 1000 or 3000–4999, got ${code}`);
  }
  if (!isShortReason(reason)) {
    throw new RangeError(`close reason must be at most ${MAX_REASON_BYTES} bytes of UTF-8`);
  }
}

/** Whether a reason is short enough to be said (RFC 6455 §5.5.1 allows 125 bytes with the code). */
export function isShortReason(reason: string): boolean {
  return packetBytes(reason) <= MAX_REASON_BYTES;
}
