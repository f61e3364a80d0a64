import type { EndReason, Side } from '@pairwire/pairing/rendezvous';

/**
 * `waiting`: shown, nobody came. `opened`: a phone page was loaded. `claimed`: somebody tapped.
 * `connected`: both sides accepted each other.
 */
export const LINK_STATES = ['waiting', 'opened', 'claimed', 'connected'] as const;
export type LinkState = (typeof LINK_STATES)[number];

/** One side's claim to its place. The token itself is not kept. */
export interface StoredSeat {
  readonly tokenHash: string;
  /** Valid too, until its owner shows that the new one arrived. */
  readonly previousHash: string | null;
  readonly accepted: boolean;
  /** It has sent something to the other side. */
  readonly spoke: boolean;
  /** No channel holds it. */
  readonly away: boolean;
}

export interface LiveLink {
  readonly state: LinkState;
  /** The page's public key, for whoever claims; null once that is over. */
  readonly key: string | null;
  readonly createdAtMs: number;
  readonly page: StoredSeat | null;
  readonly phone: StoredSeat | null;
}

/** What remains of a link for a while, so that late visitors hear what happened. */
export interface EndedLink {
  readonly state: 'ended';
  readonly reason: EndReason;
}

/** As long as a side may be away: whoever comes back in time hears how it ended. */
export const ENDED_LINK_LIFE_MS = 660_000;

export type StoredLink = LiveLink | EndedLink;

export interface VersionedLink {
  readonly link: StoredLink;
  readonly version: number;
}

/**
 * Where links are registered. All rules are in the registry; a store only reads, and writes if
 * nobody else did in between, so a shared store needs one small script for `write`.
 *
 * Records never enter a store: the endpoints keep them until they are acknowledged.
 */
export interface LinkStore {
  /**
   * Names this store's memory. A token from another epoch belongs to a memory that was lost, and
   * its link may be taken up again (docs/decisions/0002-links-survive-a-relay-restart.md).
   */
  readonly epoch: string;
  read(id: string): Promise<VersionedLink | undefined>;
  /**
   * Writes if the link still has that version; version 0 stands for a link that is not there. An
   * ended link is forgotten after `ENDED_LINK_LIFE_MS`, perhaps earlier when there are many.
   *
   * @returns false: somebody else wrote in between, read again
   */
  write(id: string, link: StoredLink, version: number): Promise<boolean>;
  /** Rejects when the store cannot be used now. */
  check(): Promise<void>;
}

export function otherSide(side: Side): Side {
  return side === 'page' ? 'phone' : 'page';
}
