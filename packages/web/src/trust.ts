/** How private a link is. Never claim more than is known: docs/topics/attacks.md. */
export type TrustLevel = 'private' | 'private-from-listeners' | 'not-private';

/** Whether a page came so that nobody on the way could change it; `unknown` counts as not. */
export type Delivery = 'protected' | 'plain' | 'unknown';

export interface Trust {
  level: TrustLevel;
  /** What keeps the level from being `private`, nearest first. */
  weaknesses: readonly ('own-plain' | 'link-plain' | 'peer-plain' | 'peer-unknown')[];
}

export interface TrustFacts {
  /** Whether text is sealed between the two ends. */
  sealed: boolean;
  /** This page: `isSecureContext`. */
  own: Delivery;
  /** The other end, as far as this one knows. */
  peer: Delivery;
  /** The address in the code, at the computer: a phone that follows it gets its page that way. */
  linkIsPlain?: boolean;
}

export function assessTrust(facts: TrustFacts): Trust {
  const weaknesses: Trust['weaknesses'][number][] = [];
  if (facts.own !== 'protected') weaknesses.push('own-plain');
  if (facts.linkIsPlain === true) weaknesses.push('link-plain');
  else if (facts.peer === 'plain') weaknesses.push('peer-plain');
  else if (facts.peer === 'unknown') weaknesses.push('peer-unknown');
  if (!facts.sealed) return { level: 'not-private', weaknesses };
  return { level: weaknesses.length === 0 ? 'private' : 'private-from-listeners', weaknesses };
}
