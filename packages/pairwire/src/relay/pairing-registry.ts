import type { EndReason, Side } from '@pairwire/pairing/rendezvous';

import {
  otherSide,
  type LinkStore,
  type LiveLink,
  type StoredLink,
  type StoredSeat,
} from './link-store.ts';
import { createSideToken, hashSideToken, isSameSecret, type SideToken } from './side-token.ts';

export interface RegistryEnvironment {
  nowMs(): number;
  randomBytes(length: number): Uint8Array;
}

/** Why a request changes nothing. */
export type LinkRefusal = 'unknown-link' | 'expired' | 'crowded' | 'wrong-token' | 'bad-request';

interface Refused {
  readonly type: 'refused';
  readonly reason: LinkRefusal;
}

/** A seat was given, taken back or kept; `link` is what is stored now. */
interface Seated {
  readonly type: 'seated';
  readonly token: string;
  readonly link: LiveLink;
}

export type OpenOutcome = Refused | Seated;
export type MeetOutcome = Refused | Seated;
export type VisitOutcome =
  | Refused
  | {
      readonly type: 'visited';
      readonly ageMs: number;
      readonly isFirst: boolean;
      readonly link: LiveLink;
    };
/** `crowded`: a second claim before the first was accepted has ended the link. */
export type ClaimOutcome = Refused | { readonly type: 'crowded' } | (Seated & { key: string });
export type AcceptOutcome = Refused | { readonly type: 'accepted'; readonly link: LiveLink };
export type AttachOutcome =
  Refused | { readonly type: 'ended'; readonly reason: EndReason } | Seated;

/** What a step does: the link to write, if any, and what to tell. */
interface Step<T> {
  readonly write?: StoredLink;
  readonly outcome: T;
}

/** Another node wrote this link every time we tried; the caller may try again later. */
export class StoreContentionError extends Error {
  override readonly name = 'StoreContentionError';
  readonly code = 'PW_RELAY_STORE_CONTENTION';
}

const MAX_TRIES = 16;

/**
 * The rules of links and seats: who may open, claim, accept and come back
 * (docs/protocol/pairing.md §3). Knows nothing of channels, timers or limits.
 */
export class PairingRegistry {
  readonly #store: LinkStore;
  readonly #environment: RegistryEnvironment;

  constructor(store: LinkStore, environment: RegistryEnvironment) {
    this.#store = store;
    this.#environment = environment;
  }

  get epoch(): string {
    return this.#store.epoch;
  }

  /** Registers a link with the page in its seat, or seats a page that did not hear our answer. */
  open(id: string, key: string): Promise<OpenOutcome> {
    return this.#change<OpenOutcome>(id, (link) => {
      if (link?.state === 'ended') return refuse(refusalAfter(link.reason));
      // Only this page knows the key of an unclaimed link, so the key is as good as a token.
      if (link !== undefined && !(isUnclaimed(link) && isSameSecret(link.key ?? '', key))) {
        return refuse('crowded');
      }
      const side = this.#createToken();
      const before: LiveLink = link ?? {
        state: 'waiting',
        key,
        createdAtMs: this.#environment.nowMs(),
        page: null,
        phone: null,
      };
      return seat({ ...before, page: freshSeat(side) }, side);
    });
  }

  /** Marks a link as opened by a phone; binds nothing. */
  visit(id: string): Promise<VisitOutcome> {
    return this.#change<VisitOutcome>(id, (link) => {
      const refusal = refusalOf(link);
      if (refusal !== undefined) return refusal;
      const live = link as LiveLink;
      if (!isClaimable(live)) return refuse('crowded');
      const ageMs = Math.max(0, Math.round(this.#environment.nowMs() - live.createdAtMs));
      const isFirst = live.state === 'waiting';
      const opened: LiveLink = isFirst ? { ...live, state: 'opened' } : live;
      const outcome: VisitOutcome = { type: 'visited', ageMs, isFirst, link: opened };
      return isFirst ? { write: opened, outcome } : { outcome };
    });
  }

  /** @param holdsSeat - it comes from the channel that has the phone's seat: say it again */
  claim(id: string, holdsSeat: boolean): Promise<ClaimOutcome> {
    return this.#change<ClaimOutcome>(id, (link) => {
      const refusal = refusalOf(link);
      if (refusal !== undefined) return refusal;
      const live = link as LiveLink;
      const { key } = live;
      if (key === null) return refuse('crowded');
      if (!isClaimable(live) && !holdsSeat) {
        return { write: { state: 'ended', reason: 'crowded' }, outcome: { type: 'crowded' } };
      }
      const side = this.#createToken();
      const { accepted, spoke } = (holdsSeat ? live.phone : null) ?? freshSeat(side);
      const phone = { ...freshSeat(side), accepted, spoke };
      const claimed: LiveLink = { ...live, state: 'claimed', phone };
      return {
        write: claimed,
        outcome: { type: 'seated', token: side.token, link: claimed, key },
      };
    });
  }

  accept(id: string, side: Side): Promise<AcceptOutcome> {
    return this.#change<AcceptOutcome>(id, (link) => {
      const refusal = refusalOf(link);
      if (refusal !== undefined) return refusal;
      const live = link as LiveLink;
      if (live.state === 'connected') return { outcome: { type: 'accepted', link: live } };
      const own = live[side];
      // Nobody to accept yet.
      if (live.state !== 'claimed' || own === null) return refuse('bad-request');
      const isMutual = live[otherSide(side)]?.accepted ?? false;
      const accepted: LiveLink = {
        ...live,
        // The key was for whoever claims; nobody can any more.
        ...(isMutual ? { state: 'connected', key: null } : {}),
        [side]: { ...own, accepted: true },
      };
      return { write: accepted, outcome: { type: 'accepted', link: accepted } };
    });
  }

  /** Gives a seat back to whoever has its token, or to the first who comes after memory was lost. */
  attach(id: string, side: Side, token: string, epoch: string): Promise<AttachOutcome> {
    const hash = hashSideToken(token);
    const isForeign = epoch !== this.#store.epoch;
    return this.#change<AttachOutcome>(id, (link) => {
      if (link?.state === 'ended') return { outcome: { type: 'ended', reason: link.reason } };
      if (link === undefined) return isForeign ? this.#adopt(side, hash) : refuse('unknown-link');
      const own = link[side];
      if (own === null) {
        const isAdopted = link.state === 'connected';
        return isAdopted && isForeign ? this.#adopt(side, hash, link) : refuse('wrong-token');
      }
      if (isSameSecret(hash, own.tokenHash) || isSameSecret(hash, own.previousHash ?? '')) {
        return this.#renew(link, side, own, hash);
      }
      // Somebody else was first after the restart; the owner cannot tell from a token.
      return refuse(isForeign ? 'crowded' : 'wrong-token');
    });
  }

  /**
   * Seats an end at a link that only it and the one it remembers can know. Whoever comes last has
   * the seat, and an end of before is no obstacle: it was another meeting that failed.
   */
  meet(id: string, side: Side): Promise<MeetOutcome> {
    return this.#change<MeetOutcome>(id, (stored) => {
      const link = stored?.state === 'ended' ? undefined : stored;
      if (link !== undefined && link.state !== 'connected') return refuse('crowded');
      const token = this.#createToken();
      const own = { ...freshSeat(token), accepted: true };
      return seat({ ...(link ?? this.#createConnected()), [side]: own }, token);
    });
  }

  /** A seat's channel is gone. @returns undefined: the link is over already */
  leave(id: string, side: Side, spoke: boolean): Promise<LiveLink | undefined> {
    return this.#change<LiveLink | undefined>(id, (link) => {
      if (link === undefined || link.state === 'ended') return { outcome: undefined };
      const own = link[side];
      if (own === null) return { outcome: link };
      const left = { ...link, [side]: { ...own, away: true, spoke: own.spoke || spoke } };
      return { write: left, outcome: left };
    });
  }

  /** The side has shown that it knows its newest token: the one before is over. */
  settleToken(id: string, side: Side): Promise<void> {
    return this.#change<void>(id, (link) => {
      const own = link === undefined || link.state === 'ended' ? null : link[side];
      if (own === null || own.previousHash === null) return { outcome: undefined };
      const settled = { ...link, [side]: { ...own, previousHash: null } } as LiveLink;
      return { write: settled, outcome: undefined };
    });
  }

  /** A link as it is stored. */
  async read(id: string): Promise<StoredLink | undefined> {
    return (await this.#store.read(id))?.link;
  }

  /** @param when - ends it only in these states @returns false: it was over, or in another state */
  end(
    id: string,
    reason: EndReason,
    when: (link: LiveLink) => boolean = () => true,
  ): Promise<boolean> {
    return this.#change<boolean>(id, (link) => {
      if (link === undefined || link.state === 'ended' || !when(link)) return { outcome: false };
      return { write: { state: 'ended', reason }, outcome: true };
    });
  }

  /** Makes a lost link again, as connected: only the two who have its old keys can use it. */
  #adopt(side: Side, presentedHash: string, link?: LiveLink): Step<AttachOutcome> {
    const token = this.#createToken();
    const before = link ?? this.#createConnected();
    // What was presented counts as the previous token: our answer may get lost.
    const own = { ...freshSeat(token), previousHash: presentedHash, accepted: true };
    return seat({ ...before, [side]: own }, token);
  }

  #createConnected(): LiveLink {
    const createdAtMs = this.#environment.nowMs();
    return { state: 'connected', key: null, createdAtMs, page: null, phone: null };
  }

  /** The token that came stays valid until its owner shows that it knows the new one. */
  #renew(link: LiveLink, side: Side, own: StoredSeat, usedHash: string): Step<AttachOutcome> {
    const token = this.#createToken();
    const renewed = { ...own, tokenHash: token.hash, previousHash: usedHash, away: false };
    return seat({ ...link, [side]: renewed }, token);
  }

  #createToken(): SideToken {
    return createSideToken((length) => this.#environment.randomBytes(length));
  }

  async #change<T>(id: string, step: (link: StoredLink | undefined) => Step<T>): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const stored = await this.#store.read(id);
      const { write, outcome } = step(stored?.link);
      if (write === undefined) return outcome;
      if (await this.#store.write(id, write, stored?.version ?? 0)) return outcome;
    }
    throw new StoreContentionError('the link is being changed elsewhere all the time');
  }
}

/** Nobody has tapped yet. */
export function isUnclaimed(link: LiveLink): boolean {
  return link.state === 'waiting' || link.state === 'opened';
}

/**
 * Whether a claim takes the phone's seat. That of a phone which vanished before it said anything
 * is free again: its answer was lost, and nothing was agreed with it.
 */
function isClaimable(link: LiveLink): boolean {
  if (isUnclaimed(link)) return true;
  return link.state === 'claimed' && link.phone !== null && link.phone.away && !link.phone.spoke;
}

function freshSeat({ hash }: SideToken): StoredSeat {
  return { tokenHash: hash, previousHash: null, accepted: false, spoke: false, away: false };
}

function seat(link: LiveLink, { token }: SideToken): Step<Seated> {
  return { write: link, outcome: { type: 'seated', token, link } };
}

function refuse(reason: LinkRefusal): { outcome: Refused } {
  return { outcome: { type: 'refused', reason } };
}

function refusalOf(link: StoredLink | undefined): { outcome: Refused } | undefined {
  if (link === undefined) return refuse('unknown-link');
  return link.state === 'ended' ? refuse(refusalAfter(link.reason)) : undefined;
}

/** What a late visitor hears of a link that has ended. */
function refusalAfter(reason: EndReason): LinkRefusal {
  return reason === 'expired' || reason === 'crowded' ? reason : 'unknown-link';
}
