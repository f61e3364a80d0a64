import { createHash, timingSafeEqual } from 'node:crypto';

import { SIDE_TOKEN_BYTES } from '@pairwire/pairing/rendezvous';

/** What takes a seat back. The relay hands the token out and remembers its hash only. */
export interface SideToken {
  readonly token: string;
  readonly hash: string;
}

export function createSideToken(randomBytes: (length: number) => Uint8Array): SideToken {
  const token = Buffer.from(randomBytes(SIDE_TOKEN_BYTES)).toString('base64url');
  return { token, hash: hashSideToken(token) };
}

/** No salt and no stretching: 256 random bits cannot be guessed from their hash. */
export function hashSideToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** In constant time, so that nothing can be learned about a secret by trying. */
export function isSameSecret(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
