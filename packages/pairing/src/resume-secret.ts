/**
 * Secrets that both ends keep, to agree on fresh keys when one of them has lost its own.
 * docs/protocol/pairing.md §10.1.
 */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes } from './bytes.ts';
import { encodeUtf8 } from './utf8.ts';

export const RESUME_SECRET_BYTES = 32;
export const SECRET_ID_BYTES = 8;
/** The newest, and the one before it until the other side is known to have the newest. */
export const MAX_RESUME_SECRETS = 2;

const ID_INFO = encodeUtf8('pairwire/1 resume id');

export interface ResumeSecret {
  /** Tells which secret is meant without telling anything of it. */
  id: Uint8Array;
  secret: Uint8Array;
}

export function createResumeSecret(secret: Uint8Array): ResumeSecret {
  return { id: hkdf(sha256, secret, undefined, ID_INFO, SECRET_ID_BYTES), secret };
}

export function findSecret(
  secrets: readonly ResumeSecret[],
  id: Uint8Array,
): ResumeSecret | undefined {
  return secrets.find((each) => equalBytes(each.id, id));
}
