import type { PairedLink } from './paired-link.ts';
import type { KeptRemembering } from './remembering.ts';
import type { Side } from './rendezvous.ts';
import {
  formatResumeState,
  parseResumeState,
  type KnownPeer,
  type ResumeState,
  type ResumeStore,
} from './resume-state.ts';

/**
 * Keeps what a reload must not lose of one end's link. As `ResumeStore` says: a store that throws
 * changes nothing but that the link ends with this life.
 */
export class ResumeKeeper {
  readonly #side: Side;
  readonly #store: ResumeStore | undefined;

  /** @param store - absent: nothing survives */
  constructor(side: Side, store: ResumeStore | undefined) {
    this.#side = side;
    this.#store = store;
  }

  /** What a life of this end before has left. */
  load(): ResumeState | undefined {
    try {
      return parseResumeState(this.#store?.load(), this.#side);
    } catch {
      return undefined;
    }
  }

  /** Nothing is kept unless the other end can take the link up again as well. */
  keep(link: PairedLink, peer: KnownPeer, remembering: KeptRemembering | undefined): void {
    if (!this.#store || !peer.resumes || !link.connected || !link.conversation) return;
    const { seat, secrets, conversation } = link;
    const state = formatResumeState({
      ...seat,
      secrets: secrets.map(({ secret }) => secret),
      peer,
      remembering,
      conversation: conversation.keep(),
    });
    try {
      this.#store.save(state);
    } catch {
      // Full or forbidden.
    }
  }

  forget(): void {
    try {
      this.#store?.clear();
    } catch {
      // A store that cannot be written holds nothing of ours.
    }
  }
}
