/**
 * UTF-8 (RFC 3629) as the engine needs it: validation that stops at the first bad byte of a text
 * that is still arriving (RFC 6455 §8.1), and encoding straight into the output.
 */

/** Whether all of `bytes` is one valid text. */
export type Utf8Check = (bytes: Uint8Array) => boolean;

/** From here on a call of the platform's check is faster than our loop, the view for it included. */
const MIN_PLATFORM_BYTES = 128;

/**
 * Checks a text that comes in pieces of any length.
 *
 * Overlong forms, surrogates and code points above U+10FFFF are refused at the byte that makes them
 * inevitable, not at the end of the sequence. A long piece is left to the platform, all but the
 * sequences that its ends may cut through.
 */
export class Utf8Validator {
  readonly #isUtf8: Utf8Check | undefined;
  /** Continuation bytes the current sequence still wants. */
  #missing = 0;
  /** Bounds of the next continuation byte: narrower only after E0, ED, F0 and F4. */
  #lower = 0x80;
  #upper = 0xbf;

  /** @param isUtf8 - the platform's check, if it has one */
  constructor(isUtf8?: Utf8Check) {
    this.#isUtf8 = isUtf8;
  }

  /** Whether the text may end here: no sequence is cut off. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  reset(): void {
    this.#missing = 0;
    this.#lower = 0x80;
    this.#upper = 0xbf;
  }

  /** Reads `bytes[start … end)`; false: these bytes cannot be the continuation of a valid text. */
  push(bytes: Uint8Array, start: number, end: number): boolean {
    const isUtf8 = this.#isUtf8;
    if (isUtf8 === undefined || end - start < MIN_PLATFORM_BYTES) {
      return this.#read(bytes, start, end);
    }
    const first = start + this.#missing;
    const last = startOfLastSequence(bytes, end);
    return (
      this.#read(bytes, start, first) &&
      isUtf8(bytes.subarray(first, last)) &&
      this.#read(bytes, last, end)
    );
  }

  #read(bytes: Uint8Array, start: number, end: number): boolean {
    let missing = this.#missing;
    let lower = this.#lower;
    let upper = this.#upper;
    let position = start;
    while (position < end) {
      const byte = bytes[position++] as number;
      if (missing > 0) {
        if (byte < lower || byte > upper) return false;
        lower = 0x80;
        upper = 0xbf;
        missing--;
      } else if (byte < 0x80) {
        continue;
      } else if (byte < 0xe0) {
        // C0 and C1 could only begin an overlong form; 80–BF begin nothing.
        if (byte < 0xc2) return false;
        missing = 1;
      } else if (byte < 0xf0) {
        if (byte > 0xe0 && byte !== 0xed && position + 1 < end) {
          // A whole sequence without special bounds, such as any of the common Chinese characters.
          const second = bytes[position] as number;
          const third = bytes[position + 1] as number;
          if ((second & 0xc0) !== 0x80 || (third & 0xc0) !== 0x80) return false;
          position += 2;
          continue;
        }
        if (byte === 0xe0) lower = 0xa0;
        else if (byte === 0xed) upper = 0x9f;
        missing = 2;
      } else {
        if (byte > 0xf4) return false;
        if (byte === 0xf0) lower = 0x90;
        else if (byte === 0xf4) upper = 0x8f;
        missing = 3;
      }
    }
    this.#missing = missing;
    this.#lower = lower;
    this.#upper = upper;
    return true;
  }
}

/** Four continuation bytes belong to no sequence: then any of them is as good a place. */
function startOfLastSequence(bytes: Uint8Array, end: number): number {
  let position = end - 1;
  while (position > end - 4 && ((bytes[position] as number) & 0xc0) === 0x80) position--;
  return position;
}

/** How many bytes `text` takes; lone surrogates count as U+FFFD, three bytes. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    length += unit < 0x800 ? 1 : 2;
    // A pair takes four bytes, and its second unit is counted already.
    if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(index + 1))) index++;
  }
  return length;
}

/**
 * Writes `text` from `offset` on and returns the number of bytes written. Lone surrogates become
 * U+FFFD (USVString). The caller makes sure that `utf8Length(text)` bytes are free.
 */
export function encodeUtf8Into(text: string, target: Uint8Array, offset: number): number {
  let position = offset;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      target[position++] = unit;
      continue;
    }
    if (unit < 0x800) {
      target[position++] = 0xc0 | (unit >>> 6);
      target[position++] = 0x80 | (unit & 0x3f);
      continue;
    }
    let codePoint = unit;
    if (unit >= 0xd800 && unit <= 0xdfff) {
      const next = text.charCodeAt(index + 1);
      if (isHighSurrogate(unit) && isLowSurrogate(next)) {
        codePoint = 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
        index++;
        target[position++] = 0xf0 | (codePoint >>> 18);
        target[position++] = 0x80 | ((codePoint >>> 12) & 0x3f);
        target[position++] = 0x80 | ((codePoint >>> 6) & 0x3f);
        target[position++] = 0x80 | (codePoint & 0x3f);
        continue;
      }
      codePoint = 0xfffd;
    }
    target[position++] = 0xe0 | (codePoint >>> 12);
    target[position++] = 0x80 | ((codePoint >>> 6) & 0x3f);
    target[position++] = 0x80 | (codePoint & 0x3f);
  }
  return position - offset;
}

export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  encodeUtf8Into(text, bytes, 0);
  return bytes;
}

/** Decodes bytes that are known to be valid; for short texts such as a close reason. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let position = start;
  while (position < end) {
    const lead = bytes[position++] as number;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      continue;
    }
    const length = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    let codePoint = lead & (0x3f >>> length);
    for (let count = 0; count < length; count++) {
      codePoint = (codePoint << 6) | ((bytes[position++] as number) & 0x3f);
    }
    text += String.fromCodePoint(codePoint);
  }
  return text;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** False for the NaN that `charCodeAt` gives past the end. */
function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
