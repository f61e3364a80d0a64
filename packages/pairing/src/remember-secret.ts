/**
 * The secret that two ends keep to meet again without a code, and what follows from it.
 * docs/protocol/pairing.md §16.
 *
 * One secret leads to the next by a one-way step, and a link id is used for one meeting: whoever
 * sees two of them cannot tell that they belong together.
 */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeBase64url } from './base64url.ts';
import { LINK_ID_BYTES } from './rendezvous.ts';
import { RESUME_SECRET_BYTES } from './resume-secret.ts';
import { encodeUtf8 } from './utf8.ts';

export const REMEMBER_SECRET_BYTES = 32;
const ID_BYTES = 8;

const ID_INFO = encodeUtf8('pairwire/1 remember id');
const NEXT_INFO = encodeUtf8('pairwire/1 remember next');
const LINK_INFO = encodeUtf8('pairwire/1 meet link');
const SECRET_INFO = encodeUtf8('pairwire/1 meet secret');

const derive = (secret: Uint8Array, info: Uint8Array, length: number) =>
  hkdf(sha256, secret, undefined, info, length);

/** Names the pair at each end for as long as they remember each other; never sent. @param first - the first secret of the chain */
export function rememberedId(first: Uint8Array): string {
  return encodeBase64url(derive(first, ID_INFO, ID_BYTES));
}

/** The secret for the meeting after this one. */
export function nextSecret(secret: Uint8Array): Uint8Array {
  return derive(secret, NEXT_INFO, REMEMBER_SECRET_BYTES);
}

/** Where the two meet, and the resume secret under which they agree on keys there (§10.1). */
export function deriveMeeting(secret: Uint8Array): { linkId: Uint8Array; secret: Uint8Array } {
  return {
    linkId: derive(secret, LINK_INFO, LINK_ID_BYTES),
    secret: derive(secret, SECRET_INFO, RESUME_SECRET_BYTES),
  };
}
