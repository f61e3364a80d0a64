/**
 * Masking (RFC 6455 §5.3), and the recognition of ASCII in the same pass.
 *
 * A masking key is held as one 32-bit number whose lowest byte is the first on the wire, so that it
 * can be applied to whole words of memory on a little-endian machine.
 */

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** With a view over the words at hand, words are faster than bytes from here on. */
const MIN_WORDWISE_BYTES = 32;

/** Making that view costs as much as masking about this many bytes. */
const MIN_VIEW_BYTES = 128;

/** Set in a word, or in an OR of words, when one of its bytes is not ASCII. */
const NON_ASCII = 0x80808080;

/** The key as the payload sees it after its first `count` bytes. */
export function rotateMaskingKey(key: number, count: number): number {
  const bits = (count & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

/**
 * The aligned words of the memory `bytes` lies in; whoever masks much of one chunk keeps them.
 * Signed, because that is what `^` and `|` give: unsigned ones take a conversion each.
 */
export function viewWords(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >>> 2);
}

/**
 * Masks or unmasks `bytes[start … end)` in place (the operation is its own inverse) and tells
 * whether the result is pure ASCII.
 *
 * @param key - as it applies to the byte at `start`
 * @param words - `viewWords(bytes)`, if the caller has it
 */
export function applyMask(
  bytes: Uint8Array,
  start: number,
  end: number,
  key: number,
  words?: Int32Array,
): boolean {
  if (!LITTLE_ENDIAN || end - start < (words === undefined ? MIN_VIEW_BYTES : MIN_WORDWISE_BYTES)) {
    return maskBytes(bytes, start, end, key) < 0x80;
  }
  const base = bytes.byteOffset;
  const firstWord = (base + start + 3) >>> 2;
  const lastWord = (base + end) >>> 2;
  const head = (firstWord << 2) - base;
  const tail = (lastWord << 2) - base;
  const wordKey = rotateMaskingKey(key, head - start);
  const seen =
    maskBytes(bytes, start, head, key) |
    maskWords(words ?? viewWords(bytes), firstWord, lastWord, wordKey) |
    maskBytes(bytes, tail, end, wordKey);
  return (seen & NON_ASCII) === 0;
}

/** Returns the OR of all bytes written. */
function maskBytes(bytes: Uint8Array, start: number, end: number, key: number): number {
  const key0 = key & 0xff;
  const key1 = (key >>> 8) & 0xff;
  const key2 = (key >>> 16) & 0xff;
  const key3 = key >>> 24;
  let seen = 0;
  let position = start;
  for (const last = end - 3; position < last; position += 4) {
    const byte0 = (bytes[position] as number) ^ key0;
    const byte1 = (bytes[position + 1] as number) ^ key1;
    const byte2 = (bytes[position + 2] as number) ^ key2;
    const byte3 = (bytes[position + 3] as number) ^ key3;
    bytes[position] = byte0;
    bytes[position + 1] = byte1;
    bytes[position + 2] = byte2;
    bytes[position + 3] = byte3;
    seen |= byte0 | byte1 | byte2 | byte3;
  }
  for (let rest = key; position < end; rest >>>= 8) {
    const byte = (bytes[position] as number) ^ (rest & 0xff);
    bytes[position++] = byte;
    seen |= byte;
  }
  return seen;
}

/** Returns the OR of all words written. Four at a time: a fifth faster than one. */
function maskWords(words: Int32Array, first: number, last: number, key: number): number {
  let seen = 0;
  let index = first;
  for (const lastOfFour = last - 3; index < lastOfFour; index += 4) {
    const word0 = (words[index] as number) ^ key;
    const word1 = (words[index + 1] as number) ^ key;
    const word2 = (words[index + 2] as number) ^ key;
    const word3 = (words[index + 3] as number) ^ key;
    words[index] = word0;
    words[index + 1] = word1;
    words[index + 2] = word2;
    words[index + 3] = word3;
    seen |= word0 | word1 | word2 | word3;
  }
  for (; index < last; index++) {
    const word = (words[index] as number) ^ key;
    words[index] = word;
    seen |= word;
  }
  return seen;
}

/** Whether every byte of `bytes[start … end)` is below 0x80. */
export function isAscii(
  bytes: Uint8Array,
  start: number,
  end: number,
  words?: Int32Array,
): boolean {
  let seen = 0;
  let position = start;
  if (end - start >= (words === undefined ? MIN_VIEW_BYTES : MIN_WORDWISE_BYTES)) {
    const base = bytes.byteOffset;
    const firstWord = (base + start + 3) >>> 2;
    const lastWord = (base + end) >>> 2;
    const all = words ?? viewWords(bytes);
    while (position < (firstWord << 2) - base) seen |= bytes[position++] as number;
    for (let index = firstWord; index < lastWord; index++) seen |= all[index] as number;
    position = (lastWord << 2) - base;
  }
  while (position < end) seen |= bytes[position++] as number;
  return (seen & NON_ASCII) === 0;
}
