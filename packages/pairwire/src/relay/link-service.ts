import type { EndReason, Request, Side } from '@pairwire/pairing/rendezvous';

import { AddressLimiter } from './address-limiter.ts';
import type { Binding, Seat } from './binding.ts';
import type { Clock } from './clock.ts';
import type { RelayCounters } from './counters.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { otherSide, type LiveLink } from './link-store.ts';
import { LinkTable, type DueLink } from './link-table.ts';
import type { LogNames } from './log-names.ts';
import type { RelayLog } from './log.ts';
import type { ResolvedRelayOptions } from './options.ts';
import { isUnclaimed, type LinkRefusal, type PairingRegistry } from './pairing-registry.ts';
import type { Session } from './session.ts';

export interface LinkServiceParts {
  readonly options: ResolvedRelayOptions;
  readonly clock: Clock;
  readonly registry: PairingRegistry;
  readonly counters: RelayCounters;
  readonly log: RelayLog;
  readonly names: LogNames;
}

type RequestOf<T extends Request['type']> = Extract<Request, { type: T }>;

const MAKE_ROOM_TRIES = 3;
/** When nothing says how soon there will be room again. */
const FULL_RETRY_MS = 10_000;

/**
 * Answers the requests of docs/protocol/pairing.md §3: asks the registry what a request
 * means, then has the table move seats and tell both sides.
 *
 * Everything about one link happens in its own queue, so a seat never moves while the store is
 * being asked about it.
 */
export class LinkService {
  readonly #options: ResolvedRelayOptions;
  readonly #registry: PairingRegistry;
  readonly #counters: RelayCounters;
  readonly #log: RelayLog;
  readonly #queue = new KeyedQueue();
  readonly #table: LinkTable;
  readonly #creates: AddressLimiter;
  readonly #joins: AddressLimiter;
  readonly #meets: AddressLimiter;

  constructor(parts: LinkServiceParts) {
    const { options, clock, counters } = parts;
    this.#options = options;
    this.#registry = parts.registry;
    this.#counters = counters;
    this.#log = parts.log;
    this.#creates = new AddressLimiter(clock, options.createPerMinute);
    this.#joins = new AddressLimiter(clock, options.joinPerMinute);
    this.#meets = new AddressLimiter(clock, options.meetPerMinute);
    this.#table = new LinkTable({
      ...parts,
      due: (link) => this.#endDue(link),
      rules: {
        options,
        counters,
        recordRate: { perSecond: options.recordsPerSecond, burst: options.recordBurst },
        byteRate: { perSecond: options.bytesPerSecond, burst: options.byteBurst },
        nowMs: () => clock.nowMs(),
        tokenSettled: (seat) => this.#settleToken(seat),
      },
    });
  }

  /** Links with a seat on this node. */
  get size(): number {
    return this.#table.size;
  }

  /** Links something is being done with. */
  get pending(): number {
    return this.#queue.size;
  }

  /** Rejects with what the store threw. */
  async handle(session: Session, request: Request): Promise<void> {
    switch (request.type) {
      case 'open':
        return this.#open(session, request);
      case 'visit':
        return this.#visit(session, request);
      case 'claim':
        return this.#claim(session, request);
      case 'again':
        return this.#again(session, request);
      case 'meet':
        return this.#meet(session, request);
      case 'presence':
        return this.#presence(session, request);
      case 'accept':
        return this.#accept(session, request);
      case 'end':
        return this.#end(session, request);
    }
  }

  /** The session's channel is gone: its seats are away from now on. */
  leave(session: Session): void {
    for (const seat of session.seats) this.#vacate(seat, session);
  }

  /** Forgets all deadlines; nothing is told. */
  close(): void {
    this.#table.close();
    this.#creates.clear();
    this.#joins.clear();
    this.#meets.clear();
  }

  async #open(session: Session, { link, key }: RequestOf<'open'>): Promise<void> {
    if (this.#isLimited(this.#creates, session, link)) return;
    if (!this.#mayTakeSeat(session, link, 'page')) return;
    if (this.#table.get(link) === undefined) {
      await this.#endOldestOf(session);
      if (!(await this.#makeRoom(session, link))) return;
    }
    await this.#queue.run(link, async () => {
      if (session.isDone) return;
      const outcome = await this.#registry.open(link, key);
      if (outcome.type === 'refused') return session.refuse(outcome.reason, { link });
      const seat = this.#table.sit(this.#table.bind(link, outcome.link), 'page', session);
      session.reply({
        type: 'waiting',
        link,
        token: outcome.token,
        epoch: this.#registry.epoch,
        expiresInMs: this.#table.expiresInMs(link),
      });
      this.#vacateIfDone(seat, session);
    });
  }

  async #visit(session: Session, { link }: RequestOf<'visit'>): Promise<void> {
    if (this.#isLimited(this.#joins, session, link)) return;
    await this.#queue.run(link, async () => {
      const outcome = await this.#registry.visit(link);
      if (outcome.type === 'refused') return session.refuse(outcome.reason, { link });
      session.reply({ type: 'visited', link, ageMs: outcome.ageMs });
      if (!outcome.isFirst) return;
      this.#table.bind(link, outcome.link);
      this.#table.tell(link, 'page', { type: 'opened', link });
    });
  }

  async #claim(session: Session, { link }: RequestOf<'claim'>): Promise<void> {
    if (this.#isLimited(this.#joins, session, link)) return;
    if (!this.#mayTakeSeat(session, link, 'phone')) return;
    await this.#queue.run(link, async () => {
      if (session.isDone) return;
      const holdsSeat = session.seatOf(link) !== undefined;
      const outcome = await this.#registry.claim(link, holdsSeat);
      if (outcome.type === 'refused') return session.refuse(outcome.reason, { link });
      if (outcome.type === 'crowded') {
        this.#table.remove(link, 'crowded');
        return session.refuse('crowded', { link });
      }
      const binding = this.#table.bind(link, outcome.link);
      if (!holdsSeat) this.#table.renewPhoneSeat(binding);
      const seat = this.#table.sit(binding, 'phone', session);
      const { token, key } = outcome;
      session.reply({ type: 'claimed', link, key, token, epoch: this.#registry.epoch });
      if (binding.seat('page')?.holder === undefined) {
        session.reply({ type: 'peer', link, presence: 'asleep' });
      } else if (!holdsSeat) {
        this.#table.tell(link, 'page', { type: 'peer', link, presence: 'here' });
      }
      this.#vacateIfDone(seat, session);
    });
  }

  async #accept(session: Session, { link }: RequestOf<'accept'>): Promise<void> {
    await this.#queue.run(link, async () => {
      const seat = session.seatOf(link);
      if (seat === undefined) return session.refuse('unknown-link', { link });
      const outcome = await this.#registry.accept(link, seat.side);
      if (outcome.type === 'refused') {
        return session.refuse(outcome.reason, { link, path: 'type' });
      }
      this.#table.bind(link, outcome.link);
    });
  }

  async #again(session: Session, request: RequestOf<'again'>): Promise<void> {
    const { link, side, token, epoch } = request;
    if (!this.#mayTakeSeat(session, link, side)) return;
    if (this.#table.get(link) === undefined && epoch !== this.#registry.epoch) {
      if (this.#isLimited(this.#creates, session, link)) return;
      if (!(await this.#makeRoom(session, link))) return;
    }
    await this.#queue.run(link, async () => {
      if (session.isDone) return;
      const outcome = await this.#registry.attach(link, side, token, epoch);
      if (outcome.type === 'ended') {
        return session.reply({ type: 'ended', link, reason: outcome.reason });
      }
      if (outcome.type === 'refused') return this.#refuseReturn(session, link, outcome.reason);
      const seat = this.#table.sit(this.#table.bind(link, outcome.link), side, session);
      seat.hasOldToken = true;
      this.#attached(session, seat, outcome.token);
      this.#vacateIfDone(seat, session);
    });
  }

  /** The one who comes last has the seat; whoever had it keeps its channel, which may show a code. */
  async #meet(session: Session, { link, side }: RequestOf<'meet'>): Promise<void> {
    if (this.#isLimited(this.#meets, session, link)) return;
    if (!this.#mayTakeSeat(session, link, side)) return;
    if (!this.#mayMeet(session, link)) return;
    if (this.#table.get(link) === undefined && !(await this.#makeRoom(session, link))) return;
    await this.#queue.run(link, async () => {
      if (session.isDone) return;
      const outcome = await this.#registry.meet(link, side);
      if (outcome.type === 'refused') return session.refuse(outcome.reason, { link });
      const binding = this.#table.bind(link, outcome.link);
      this.#displace(binding.seat(side), session);
      const seat = this.#table.sit(binding, side, session);
      seat.isMeeting = true;
      this.#attached(session, seat, outcome.token);
      this.#vacateIfDone(seat, session);
    });
  }

  #displace(seat: Seat | undefined, session: Session): void {
    const before = seat?.holder;
    if (seat === undefined || before === undefined || before === session) return;
    seat.holder = undefined;
    before.release(seat);
    before.reply({ type: 'refused', reason: 'crowded', link: seat.binding.id });
  }

  #mayMeet(session: Session, link: string): boolean {
    if (session.seatOf(link) !== undefined) return true;
    const held = session.seats.filter(({ isMeeting }) => isMeeting).length;
    const isRoom = held < this.#options.maxMeetingsPerChannel;
    if (!isRoom) session.refuse('too-many', { link });
    return isRoom;
  }

  /** Tells the other side, and the one that says it about the other: it may only want to hear anything. */
  async #presence(session: Session, { link, presence }: RequestOf<'presence'>): Promise<void> {
    const seat = session.seatOf(link);
    if (seat === undefined) return session.refuse('unknown-link', { link });
    seat.isAsleep = presence === 'asleep';
    const { other } = seat;
    const peer = isAlone(seat.binding) ? 'gone' : (other?.presence ?? 'asleep');
    session.reply({ type: 'peer', link, presence: peer });
    other?.holder?.reply({ type: 'peer', link, presence: seat.presence });
  }

  async #end(session: Session, { link, reason }: RequestOf<'end'>): Promise<void> {
    await this.#queue.run(link, async () => {
      if (session.seatOf(link) === undefined) return session.refuse('unknown-link', { link });
      if (await this.#registry.end(link, reason)) this.#table.remove(link, reason);
    });
  }

  #attached(session: Session, seat: Seat, token: string): void {
    const { binding } = seat;
    const link = binding.id;
    const other = isAlone(binding) ? undefined : binding.createSeat(otherSide(seat.side));
    // Where two meet again, nobody has to come at all.
    if (other !== undefined && other.holder === undefined && !seat.isMeeting) {
      this.#table.expectReturn(other);
    }
    const peer = other?.presence ?? 'gone';
    session.reply({ type: 'attached', link, token, epoch: this.#registry.epoch, peer });
    for (const record of seat.takeKept()) session.deliver(record);
    other?.holder?.reply({ type: 'peer', link, presence: 'here' });
    other?.holder?.unblock();
  }

  /** Failed returns count as attempts to join; after too many of them nothing is told any more. */
  #refuseReturn(session: Session, link: string, reason: LinkRefusal): void {
    if (!this.#isLimited(this.#joins, session, link)) session.refuse(reason, { link });
  }

  #isLimited(limiter: AddressLimiter, session: Session, link: string): boolean {
    if (session.isUnlimited) return false;
    const retryAfterMs = limiter.take(session.client);
    if (retryAfterMs > 0) session.refuse('too-many', { link, retryAfterMs });
    return retryAfterMs > 0;
  }

  /** One channel has one seat of a link, and seats of a few links only. */
  #mayTakeSeat(session: Session, link: string, side: Side): boolean {
    const held = session.seatOf(link);
    if (held !== undefined) {
      if (held.side !== side) session.refuse('bad-request', { link, path: 'link' });
      return held.side === side;
    }
    const isRoom = session.seats.length < this.#options.maxLinksPerChannel;
    if (!isRoom) session.refuse('too-many', { link });
    return isRoom;
  }

  /** A page shows one code and still honours the one before; older ones end early. */
  async #endOldestOf(session: Session): Promise<void> {
    const shown = session.seats.filter(
      ({ side, binding: { state } }) =>
        side === 'page' && (state === 'waiting' || state === 'opened'),
    );
    const tooMany = shown.length - this.#options.maxUnclaimedPerChannel + 1;
    for (const seat of shown.slice(0, Math.max(0, tooMany))) {
      await this.#endNow(seat.binding.id, 'expired', isUnclaimed);
    }
  }

  /** The oldest unclaimed link gives way. @returns false: refused, as every link is claimed */
  async #makeRoom(session: Session, link: string): Promise<boolean> {
    for (let tries = 0; tries < MAKE_ROOM_TRIES; tries++) {
      if (this.#table.size < this.#options.maxLinks) return true;
      const oldest = this.#table.oldestUnclaimed();
      if (oldest === undefined) break;
      // It stays when somebody claims it in this very moment.
      await this.#endNow(oldest, 'expired', isUnclaimed);
    }
    if (this.#table.size < this.#options.maxLinks) return true;
    session.refuse('too-many', { link, retryAfterMs: FULL_RETRY_MS });
    return false;
  }

  #vacateIfDone(seat: Seat, session: Session): void {
    if (session.isDone) this.#vacate(seat, session);
  }

  #vacate(seat: Seat, session: Session): void {
    if (!this.#table.vacate(seat, session)) return;
    const { id } = seat.binding;
    this.#inBackground(id, async () => {
      // Somebody may have come back before this could be written.
      if (seat.holder !== undefined) return;
      await this.#registry.leave(id, seat.side, seat.sentEnvelopes > 0);
    });
  }

  #settleToken(seat: Seat): void {
    seat.hasOldToken = false;
    const { id } = seat.binding;
    this.#inBackground(id, () => this.#registry.settleToken(id, seat.side));
  }

  #endDue({ id, reason, when, postpone }: DueLink): void {
    this.#endNow(id, reason, when).catch((error: unknown) => {
      this.#storeFailed(error);
      postpone();
    });
  }

  #endNow(id: string, reason: EndReason, when: (link: LiveLink) => boolean): Promise<void> {
    return this.#queue.run(id, async () => {
      if (await this.#registry.end(id, reason, when)) return this.#table.remove(id, reason);
      // Its deadline is used up: what keeps it alive must be known here, with the deadline of that.
      const stored = await this.#registry.read(id);
      if (this.#table.get(id) === undefined) return;
      if (stored === undefined) this.#table.remove(id, reason);
      else if (stored.state === 'ended') this.#table.remove(id, stored.reason);
      else this.#table.bind(id, stored);
    });
  }

  #inBackground(id: string, task: () => Promise<unknown>): void {
    this.#queue.run(id, task).catch((error: unknown) => this.#storeFailed(error));
  }

  #storeFailed(error: unknown): void {
    this.#counters.storeFailures += 1;
    this.#log.error({ code: codeOf(error) }, 'the link store failed');
  }
}

/** No phone has tapped yet. */
function isAlone({ state }: Binding): boolean {
  return state === 'waiting' || state === 'opened';
}

/** A code is safe to log; a message may hold what the store was asked. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown';
}
