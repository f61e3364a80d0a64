import type { ChannelClose, TransportName } from './channel.ts';
import type { Packet } from './packet.ts';

/**
 * One way of carrying packets: all that a websocket, streaming, long-polling or polling transport
 * has to do. States, limits and argument checks are the business of `CarriedChannel`, once for all
 * of them.
 */
export interface Transport {
  readonly name: TransportName;
  /** Bytes taken by `send` that have not left yet. */
  readonly bufferedBytes: number;
  /** Called with checked packets of an open channel only. @returns false: `drained` will follow. */
  send(packet: Packet): boolean;
  /** Ends the connection after what was sent; `closed` follows within the transport's time limit. */
  close(code: number, reason: string): void;
  /** Stops reading as well as the transport can; packets may still come. */
  pause(): void;
  resume(): void;
}

/** What a transport tells the channel it carries. Nothing after `closed`, which always comes. */
export interface TransportEvents {
  opened(): void;
  received(packet: Packet): void;
  drained(): void;
  closed(close: ChannelClose): void;
}
