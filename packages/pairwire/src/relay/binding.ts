import {
  isRecord,
  type EnvelopeKind,
  type Presence,
  type Reply,
  type Side,
} from '@pairwire/pairing/rendezvous';

import { KeptRecords } from './kept-records.ts';
import { otherSide, type LinkState } from './link-store.ts';
import type { RelayCounters } from './counters.ts';
import type { ResolvedRelayOptions } from './options.ts';
import { TokenBucket, type Rate } from './token-bucket.ts';

/** The channel that holds a seat, as seen from there. */
export interface SeatHolder {
  /** It has not read what it was sent: hold the other side up. */
  readonly isFull: boolean;
  /** @returns false: not taken, the channel is at its end */
  deliver(packet: Uint8Array): boolean;
  reply(reply: Reply): void;
  /** The seat is somebody else's, or gone with its link. */
  release(seat: Seat): void;
  /** Somebody came with the token of a seat it holds. */
  replace(): void;
  /** The other side reads again, or left: try once more. */
  unblock(): void;
}

export interface BindingRules {
  readonly options: ResolvedRelayOptions;
  readonly recordRate: Rate;
  readonly byteRate: Rate;
  readonly counters: RelayCounters;
  nowMs(): number;
  /** Called once after a return, when an envelope shows that the side has its new token. */
  tokenSettled(seat: Seat): void;
}

/** What became of an envelope. */
export type ForwardOutcome =
  | { readonly type: 'forwarded' }
  /** The sender is over its rate: the same envelope again after `waitMs`. */
  | { readonly type: 'too-fast'; readonly waitMs: number }
  /** The other side does not read: the same envelope again when told so. */
  | { readonly type: 'blocked' }
  | { readonly type: 'refused'; readonly reason: 'too-many' | 'too-large' };

const FORWARDED: ForwardOutcome = { type: 'forwarded' };
const BLOCKED: ForwardOutcome = { type: 'blocked' };

/** One side of a link on this node: who holds it now, and what it is owed and allowed. */
export class Seat {
  readonly binding: Binding;
  readonly side: Side;
  holder: SeatHolder | undefined;
  /** A token from before the last return is still valid. */
  hasOldToken = false;
  /** Its holder has said that its person cannot see it. */
  isAsleep = false;
  /** Taken to meet an end that may never come. */
  isMeeting = false;
  sentEnvelopes = 0;
  readonly #records: TokenBucket;
  readonly #bytes: TokenBucket;
  #kept: KeptRecords | undefined;

  constructor(binding: Binding, side: Side, rules: BindingRules) {
    this.binding = binding;
    this.side = side;
    const nowMs = rules.nowMs();
    this.#records = new TokenBucket(rules.recordRate, nowMs);
    this.#bytes = new TokenBucket(rules.byteRate, nowMs);
  }

  get presence(): Presence {
    return this.holder !== undefined && !this.isAsleep ? 'here' : 'asleep';
  }

  get other(): Seat | undefined {
    return this.binding.seat(otherSide(this.side));
  }

  /** @returns 0 when the envelope may pass, otherwise how long it has to wait */
  take(bytes: number, nowMs: number): number {
    const waitMs = Math.max(this.#records.waitMs(1, nowMs), this.#bytes.waitMs(bytes, nowMs));
    if (waitMs > 0) return waitMs;
    this.#records.take(1, nowMs);
    this.#bytes.take(bytes, nowMs);
    return 0;
  }

  keep(record: Uint8Array, limits: ResolvedRelayOptions): number {
    this.#kept ??= new KeptRecords(limits);
    return this.#kept.push(record);
  }

  /** Everything kept while it was away, oldest first. */
  takeKept(): Uint8Array[] {
    const records = this.#kept?.takeAll() ?? [];
    this.#kept = undefined;
    return records;
  }
}

/** A link on this node: its two seats, and the way of an envelope from one to the other. */
export class Binding {
  readonly id: string;
  state: LinkState;
  readonly #rules: BindingRules;
  #page: Seat | undefined;
  #phone: Seat | undefined;

  constructor(id: string, state: LinkState, rules: BindingRules) {
    this.id = id;
    this.state = state;
    this.#rules = rules;
  }

  seat(side: Side): Seat | undefined {
    return side === 'page' ? this.#page : this.#phone;
  }

  /** The seat of that side, made when nobody had it on this node before. */
  createSeat(side: Side): Seat {
    if (side === 'page') return (this.#page ??= new Seat(this, side, this.#rules));
    return (this.#phone ??= new Seat(this, side, this.#rules));
  }

  /** A new claimant does not inherit what the one before had left. */
  renewPhoneSeat(): void {
    this.#phone = new Seat(this, 'phone', this.#rules);
  }

  seats(): Seat[] {
    return [this.#page, this.#phone].filter((seat) => seat !== undefined);
  }

  /**
   * Takes an envelope to the other seat as it is; a record is kept when nobody sits there.
   *
   * @param isLast - the sender's channel is gone and this is what it left: never wait
   */
  forward(from: Seat, kind: EnvelopeKind, packet: Uint8Array, isLast: boolean): ForwardOutcome {
    const { options, counters } = this.#rules;
    if (this.state !== 'connected') {
      if (packet.byteLength > options.unconfirmedEnvelopeBytes) return refuse('too-large');
      if (from.sentEnvelopes >= options.unconfirmedEnvelopes) return refuse('too-many');
    }
    const to = from.other;
    if (to?.holder?.isFull === true && !isLast) return BLOCKED;
    const waitMs = isLast ? 0 : from.take(packet.byteLength, this.#rules.nowMs());
    if (waitMs > 0) return { type: 'too-fast', waitMs };
    from.sentEnvelopes += 1;
    if (from.hasOldToken) this.#rules.tokenSettled(from);
    counters.envelopes += 1;
    counters.envelopeBytes += packet.byteLength;
    const isDelivered = to?.holder?.deliver(packet) ?? false;
    if (!isDelivered && isRecord(kind)) this.#keep(from, packet);
    return FORWARDED;
  }

  #keep(from: Seat, packet: Uint8Array): void {
    const { options, counters } = this.#rules;
    counters.recordsKept += 1;
    const to = this.createSeat(otherSide(from.side));
    counters.recordsDropped += to.keep(packet, options);
  }
}

function refuse(reason: 'too-many' | 'too-large'): ForwardOutcome {
  return { type: 'refused', reason };
}
