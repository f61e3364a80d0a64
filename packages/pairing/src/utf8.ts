/** UTF-8 both ways (RFC 3629). Strict when decoding: a text arrives exactly as written or not at all. */
import { utf8ToBytes } from '@noble/hashes/utils.js';

// Every runtime this package runs in has it; the core's compiler library does not know it.
declare const TextDecoder: new (
  label: 'utf-8',
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

// ignoreBOM keeps a leading U+FEFF in the text; by default it would vanish.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  return utf8ToBytes(text);
}

/** @returns undefined when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}
