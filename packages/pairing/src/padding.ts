/**
 * Padding of everything that is sealed, so that a length tells a bucket and not a word
 * (docs/protocol/pairing.md §7.2): the body, one byte 0x80, zeros up to the bucket.
 */

/** ChaCha20-Poly1305's tag (RFC 8439 §2.8). */
export const TAG_BYTES = 16;
export const MAX_CIPHERTEXT_BYTES = 65_536;
const MAX_PLAINTEXT_BYTES = MAX_CIPHERTEXT_BYTES - TAG_BYTES;
/** The longest body that fits with its end mark. */
export const MAX_BODY_BYTES = MAX_PLAINTEXT_BYTES - 1;

const END_MARK = 0x80;
const SMALL_BUCKETS = [32, 64, 128, 256, 512, 1024];

function bucketBytes(length: number): number {
  const small = SMALL_BUCKETS.find((bucket) => bucket >= length);
  return small ?? Math.min(Math.ceil(length / 1024) * 1024, MAX_PLAINTEXT_BYTES);
}

/**
 * @param leastBytes - the smallest bucket to use, where a finer one would tell too much
 * @throws RangeError when the body is longer than MAX_BODY_BYTES
 */
export function pad(body: Uint8Array, leastBytes = 0): Uint8Array {
  if (body.length > MAX_BODY_BYTES) {
    throw new RangeError(`body: expected at most ${MAX_BODY_BYTES} bytes, got ${body.length}`);
  }
  const padded = new Uint8Array(bucketBytes(Math.max(body.length + 1, leastBytes)));
  padded.set(body);
  padded[body.length] = END_MARK;
  return padded;
}

/** @returns a view of the body, or undefined when there is no end mark. Any total length will do. */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end -= 1;
  return padded[end] === END_MARK ? padded.subarray(0, end) : undefined;
}
