import type { ChannelError } from './errors.ts';
import type { Packet } from './packet.ts';

/** What carries a channel, best first. */
export const TRANSPORT_NAMES = ['websocket', 'streaming', 'long-polling', 'polling'] as const;

export type TransportName = (typeof TRANSPORT_NAMES)[number];

export type ChannelState = 'connecting' | 'open' | 'closing' | 'closed';

/** How a channel ended. docs/protocol/channel.md §6 lists the codes. */
export interface ChannelClose {
  /** What the side that ended it said; 1006 when nobody could say anything. */
  readonly code: number;
  readonly reason: string;
  /** Both sides know that it is over, and nothing sent before was cut off. */
  readonly wasClean: boolean;
  /** Why, when it was this side that gave up. */
  readonly error?: ChannelError;
}

/** What a channel tells its user. Nothing is called after `close`. */
export interface ChannelHandler {
  /** Packets may be sent. Not called on a server: its channels are open from the start. */
  open?(): void;
  /** The bytes belong to the receiver. */
  packet(packet: Packet): void;
  /** After `send` returned false: what waited has left. */
  drain?(): void;
  /**
   * On a client whose channel is not carried by the best transport: a better one has got through,
   * and is open. Who wants to move over calls `take` before returning, and gets another channel,
   * open already, whose packets begin with the first one. This channel stays as it is; end it when
   * nothing is left to come. What is not taken is closed and offered again later. Without this
   * method nothing better is looked for.
   */
  better?(take: (handler: ChannelHandler) => Channel): void;
  /** Called exactly once, last. */
  close(close: ChannelClose): void;
}

/**
 * One connection between a client and a server, whatever carries it: packets with boundaries, in
 * order, text and binary, back-pressure both ways, a close code and a reason.
 *
 * It is a pipe: when it breaks it is over, and what was on the way may be lost. Resending belongs
 * to the layer above, once, end to end.
 */
export interface Channel {
  readonly transport: TransportName;
  readonly state: ChannelState;
  /** Bytes handed to `send` that have not left yet. */
  readonly bufferedBytes: number;
  /**
   * Sends one packet. Dropped when the channel is closing or closed, as the packets before it may
   * be. The channel may keep a reference: do not reuse the bytes.
   *
   * @returns false: taken, but wait for `drain` before sending more. Who goes on regardless finds
   *   the channel closed (`overflow`) at the limit.
   * @throws {RangeError | TypeError} on an empty or too long packet, or one that is no packet
   * @throws {InvalidStateError} while connecting
   */
  send(packet: Packet): boolean;
  /**
   * Ends the channel after what was sent so far. Packets that arrive from now on are dropped.
   *
   * @param code - 1000 (default) or 3000–4999
   * @param reason - at most 123 bytes of UTF-8; the other side sees it
   */
  close(code?: number, reason?: string): void;
  /** Holds packets back until `resume`; the other side is slowed down where the transport can. */
  pause(): void;
  /** May deliver packets before it returns. */
  resume(): void;
}
