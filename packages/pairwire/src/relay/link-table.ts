import type { EndReason, Reply, Side } from '@pairwire/pairing/rendezvous';

import { Binding, type BindingRules, type Seat } from './binding.ts';
import type { Clock } from './clock.ts';
import type { RelayCounters } from './counters.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import type { LinkState, LiveLink } from './link-store.ts';
import type { LogNames } from './log-names.ts';
import type { RelayLog } from './log.ts';
import type { ResolvedRelayOptions } from './options.ts';
import { isUnclaimed } from './pairing-registry.ts';
import type { Session } from './session.ts';

/** A link's time is up: end it for this reason if it still is as `when` says, or else `postpone`. */
export interface DueLink {
  readonly id: string;
  readonly reason: EndReason;
  readonly when: (link: LiveLink) => boolean;
  readonly postpone: () => void;
}

export interface LinkTableParts {
  readonly options: ResolvedRelayOptions;
  readonly clock: Clock;
  readonly counters: RelayCounters;
  readonly log: RelayLog;
  readonly names: LogNames;
  readonly rules: BindingRules;
  due(link: DueLink): void;
}

/** The links of this node: who sits where now, what each side is told, and until when. */
export class LinkTable {
  readonly #parts: LinkTableParts;
  readonly #bindings = new Map<string, Binding>();
  readonly #unclaimed: DeadlineQueue<string>;
  readonly #unconfirmed: DeadlineQueue<string>;
  readonly #away: DeadlineQueue<Seat>;

  constructor(parts: LinkTableParts) {
    const { clock, options } = parts;
    this.#parts = parts;
    this.#unclaimed = new DeadlineQueue(clock, options.unclaimedMs, (id) => {
      const postpone = () => this.#unclaimed.set(id);
      parts.due({ id, reason: 'expired', when: isUnclaimed, postpone });
    });
    this.#unconfirmed = new DeadlineQueue(clock, options.unconfirmedMs, (id) => {
      const when = (link: LiveLink) => link.state === 'claimed';
      parts.due({ id, reason: 'expired', when, postpone: () => this.#unconfirmed.set(id) });
    });
    this.#away = new DeadlineQueue(clock, options.awayMs, (seat) => {
      const when = () => seat.holder === undefined;
      const postpone = () => this.#away.set(seat);
      parts.due({ id: seat.binding.id, reason: 'lonely', when, postpone });
    });
  }

  get size(): number {
    return this.#bindings.size;
  }

  get(id: string): Binding | undefined {
    return this.#bindings.get(id);
  }

  oldestUnclaimed(): string | undefined {
    return this.#unclaimed.oldest();
  }

  /** How long an unclaimed link will wait still. */
  expiresInMs(id: string): number {
    return Math.round(this.#unclaimed.remainingMs(id) ?? 0);
  }

  /** Brings the table up to what is stored. */
  bind(id: string, stored: LiveLink): Binding {
    const known = this.#bindings.get(id);
    if (known !== undefined) {
      this.setState(known, stored.state);
      return known;
    }
    const binding = new Binding(id, stored.state, this.#parts.rules);
    this.#bindings.set(id, binding);
    const { counters } = this.#parts;
    counters.links[stored.state] += 1;
    if (stored.state === 'connected') counters.linksAdopted += 1;
    else counters.linksOpened += 1;
    this.#stateEntered(binding);
    return binding;
  }

  setState(binding: Binding, state: LinkState): void {
    if (binding.state === state) return;
    const { counters } = this.#parts;
    counters.links[binding.state] -= 1;
    counters.links[state] += 1;
    binding.state = state;
    this.#stateEntered(binding);
  }

  /** Seats a session; a channel that had the seat before is ended. */
  sit(binding: Binding, side: Side, session: Session): Seat {
    const seat = binding.createSeat(side);
    const before = seat.holder;
    if (before === session) return seat;
    before?.release(seat);
    seat.holder = session;
    seat.isAsleep = false;
    session.hold(seat);
    this.#away.delete(seat);
    before?.replace();
    return seat;
  }

  /** The channel that held the seat is gone. @returns false: it was somebody else's already */
  vacate(seat: Seat, session: Session): boolean {
    if (seat.holder !== session) return false;
    seat.holder = undefined;
    session.release(seat);
    this.#away.set(seat);
    const other = seat.other?.holder;
    other?.reply({ type: 'peer', link: seat.binding.id, presence: 'asleep' });
    other?.unblock();
    return true;
  }

  /** Nobody has come to this seat since a restart: from now on it counts as away. */
  expectReturn(seat: Seat): void {
    if (this.#away.remainingMs(seat) === undefined) this.#away.set(seat);
  }

  /** Whoever had the phone's seat has vanished, and so has what was owed to it. */
  renewPhoneSeat(binding: Binding): void {
    const before = binding.seat('phone');
    if (before !== undefined) this.#away.delete(before);
    binding.renewPhoneSeat();
  }

  tell(id: string, side: Side, reply: Reply): void {
    this.#bindings.get(id)?.seat(side)?.holder?.reply(reply);
  }

  /** The link is over in the store: tells who is here, and forgets it. */
  remove(id: string, reason: EndReason): void {
    const { counters } = this.#parts;
    counters.linksEnded[reason] += 1;
    const binding = this.#bindings.get(id);
    if (binding === undefined) return;
    this.#bindings.delete(id);
    this.#unclaimed.delete(id);
    this.#unconfirmed.delete(id);
    counters.links[binding.state] -= 1;
    this.#log(id, 'link ended', { reason });
    for (const seat of binding.seats()) {
      this.#away.delete(seat);
      const { holder } = seat;
      seat.holder = undefined;
      holder?.reply({ type: 'ended', link: id, reason });
      holder?.release(seat);
    }
  }

  /** Forgets all deadlines; nothing is told. */
  close(): void {
    for (const deadlines of [this.#unclaimed, this.#unconfirmed, this.#away]) deadlines.clear();
  }

  /** Each state has its own time limit, and the last one none. */
  #stateEntered({ id, state }: Binding): void {
    this.#log(id, `link ${state}`);
    if (state === 'waiting') this.#unclaimed.set(id);
    if (state === 'opened' && this.#unclaimed.remainingMs(id) === undefined) {
      this.#unclaimed.set(id);
    }
    if (state === 'claimed') this.#unconfirmed.set(id);
    if (state === 'claimed' || state === 'connected') this.#unclaimed.delete(id);
    if (state === 'connected') this.#unconfirmed.delete(id);
  }

  #log(id: string, message: string, fields: object = {}): void {
    this.#parts.log.info({ linkName: this.#parts.names.link(id), ...fields }, message);
  }
}
