import { CarriedChannel, type ChannelLimits } from '../protocol/carried-channel.ts';
import type { Transport, TransportEvents } from '../protocol/transport.ts';
import type { ServerChannel } from './options.ts';

/** A channel on the server's side, over any transport. */
export class AcceptedChannel extends CarriedChannel implements ServerChannel {
  readonly remoteAddress: string | undefined;

  constructor(
    limits: ChannelLimits,
    address: string | undefined,
    carry: (events: TransportEvents) => Transport,
  ) {
    super(limits, carry);
    this.remoteAddress = address;
    // Open before the handler exists, so that `accept` may send.
    this.opened();
  }
}
