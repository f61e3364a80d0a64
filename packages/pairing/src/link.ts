/**
 * The GUID that the QR code holds, and the two values derived from it. docs/protocol/pairing.md §2.
 *
 * The GUID is the secret between page and phone. The relay knows a link by its id alone, a one-way
 * image of the GUID.
 */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Environment } from './environment.ts';
import { LINK_ID_BYTES } from './rendezvous.ts';

export const GUID_BYTES = 16;
export const PSK_BYTES = 32;

const LINK_INFO = utf8ToBytes('pairwire/1 link');
const PSK_INFO = utf8ToBytes('pairwire/1 psk');
const GUID = /^\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i;

export interface LinkSecrets {
  /** Known to the relay. */
  linkId: Uint8Array;
  /** Known to page and phone only. */
  psk: Uint8Array;
}

/** A fresh UUIDv4 (RFC 9562 §5.4) in its usual lower-case form. */
export function createGuid(randomBytes: Environment['randomBytes']): string {
  const bytes = randomBytes(GUID_BYTES);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [8, 12, 16, 20, 32].map((end, i) => hex.slice([0, 8, 12, 16, 20][i], end)).join('-');
}

/**
 * Finds the GUID in what a person typed or scanned: a GUID in any case, with or without dashes or
 * braces, or a whole link with the GUID after its `#`.
 *
 * @returns the usual lower-case form, or undefined when there is none.
 */
export function parseGuid(text: string): string | undefined {
  if (text.length > 2048) return undefined;
  const afterHash = text.slice(text.lastIndexOf('#') + 1).trim();
  return GUID.exec(afterHash)?.slice(1).join('-').toLowerCase();
}

/** The link that the QR code holds: the phone page's address with the GUID in the fragment, which no server sees. */
export function formatLink(origin: string, guid: string): string {
  return `${origin.replace(/\/+$/, '')}/p#${guid}`;
}

/** @throws TypeError when `guid` is none */
export function deriveLink(guid: string): LinkSecrets {
  const canonical = parseGuid(guid);
  // The text itself stays out of the message: it may be a mistyped secret.
  if (canonical === undefined) throw new TypeError('guid: expected a GUID');
  const hex = canonical.replaceAll('-', '');
  const secret = Uint8Array.from({ length: GUID_BYTES }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
  return {
    linkId: hkdf(sha256, secret, undefined, LINK_INFO, LINK_ID_BYTES),
    psk: hkdf(sha256, secret, undefined, PSK_INFO, PSK_BYTES),
  };
}
