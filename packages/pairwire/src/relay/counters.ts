import { END_REASONS, REFUSALS, type EndReason, type Refusal } from '@pairwire/pairing/rendezvous';

import { LINK_STATES, type LinkState } from './link-store.ts';

function zeros<K extends string>(names: readonly K[]): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;
}

/** What the relay counts. Plain numbers, so that counting costs nothing; metrics.ts names them. */
export class RelayCounters {
  /** Channels open now. */
  channels = 0;
  channelsOpened = 0;
  /** Channels the relay itself ended, by close code. */
  readonly channelsEnded: Record<number, number> = {};
  /** Links held now. */
  readonly links: Record<LinkState, number> = zeros(LINK_STATES);
  readonly linksEnded: Record<EndReason, number> = zeros(END_REASONS);
  linksOpened = 0;
  linksAdopted = 0;
  readonly refusals: Record<Refusal, number> = zeros(REFUSALS);
  /** Forwarded or kept. */
  envelopes = 0;
  envelopeBytes = 0;
  recordsKept = 0;
  recordsDropped = 0;
  storeFailures = 0;
  /** Defects of ours that were thrown while a channel was served. */
  handlerFailures = 0;
}
