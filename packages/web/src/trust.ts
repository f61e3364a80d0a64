import type { PageState, PhoneState } from '@pairwire/pairing';

/** How private a link is. Never claim more than is known: docs/topics/attacks.md. */
export type TrustLevel = 'private' | 'private-from-listeners' | 'not-private';

/** Whether a page came so that nobody on the way could change it; `unknown` counts as not. */
export type Delivery = 'protected' | 'plain' | 'unknown';

export interface Trust {
  level: TrustLevel;
  /** What keeps the level from being `private`, nearest first. */
  weaknesses: readonly ('own-plain' | 'link-plain' | 'peer-plain' | 'peer-unknown')[];
  /** The code leads over http, and the other end's word alone says that it came in another way. */
  restsOnWord: boolean;
}

export interface TrustFacts {
  /** Whether text is sealed between the two ends. */
  sealed: boolean;
  /** This page: `isSecureContext`. */
  own: Delivery;
  /** The other end, by its own word. */
  peer: Delivery;
  /** The address in the code, at the computer: a browser that follows it gets its page over http. */
  linkIsPlain?: boolean;
}

/** What the other end has said of itself; before it is connected nobody knows. */
export function peerDelivery(state: PageState | PhoneState | { phase: 'enter' }): Delivery {
  if (state.phase !== 'connected') return 'unknown';
  return state.peerSecure ? 'protected' : 'plain';
}

export function assessTrust({ sealed, own, peer, linkIsPlain = false }: TrustFacts): Trust {
  const weaknesses: Trust['weaknesses'][number][] = [];
  if (own !== 'protected') weaknesses.push('own-plain');
  if (peer !== 'protected') {
    if (linkIsPlain) weaknesses.push('link-plain');
    else weaknesses.push(peer === 'plain' ? 'peer-plain' : 'peer-unknown');
  }
  const restsOnWord = linkIsPlain && peer === 'protected';
  if (!sealed) return { level: 'not-private', weaknesses, restsOnWord };
  const level = weaknesses.length === 0 ? 'private' : 'private-from-listeners';
  return { level, weaknesses, restsOnWord };
}
