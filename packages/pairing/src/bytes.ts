/** Numbers and lengths inside sealed bodies and in front of them. docs/protocol/pairing.md §7. */

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** For public bytes only: it stops at the first difference. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export const U64_BYTES = 8;
const TWO_32 = 2 ** 32;

/** Network order. Numbers beyond 2^53−1 do not exist here: HPKE ends the link long before. */
export function encodeU64(value: number): Uint8Array {
  const bytes = new Uint8Array(U64_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(value / TWO_32));
  view.setUint32(4, value % TWO_32);
  return bytes;
}

/** Reads the first eight bytes. @returns undefined when there are fewer or the number is beyond 2^53−1. */
export function decodeU64(bytes: Uint8Array): number | undefined {
  if (bytes.length < U64_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, U64_BYTES);
  const value = view.getUint32(0) * TWO_32 + view.getUint32(4);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Collects the fields of a body. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = [];

  byte(value: number): this {
    this.#parts.push(Uint8Array.of(value));
    return this;
  }

  /** Seven bits a byte, lowest first, top bit set on all but the last. */
  varint(value: number): this {
    const bytes: number[] = [];
    let rest = value;
    while (rest > 0x7f) {
      bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
    this.#parts.push(Uint8Array.from(bytes));
    return this;
  }

  /** A varint with the length, then the bytes. */
  sized(bytes: Uint8Array): this {
    this.varint(bytes.length).#parts.push(bytes);
    return this;
  }

  finish(): Uint8Array {
    return concatBytes(...this.#parts);
  }
}

/**
 * Takes the fields of a body apart. After the first field that is not there, `failed` is set and
 * every read gives zero or nothing, so a decoder checks once, at its end.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get failed(): boolean {
    return this.#failed;
  }

  get atEnd(): boolean {
    return this.#failed || this.#at === this.#bytes.length;
  }

  byte(): number {
    const value = this.#failed ? undefined : this.#bytes[this.#at];
    this.#at += 1;
    return value ?? this.#fail();
  }

  /** Refuses longer forms of the same number and numbers beyond 2^53−1. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        const overlong = byte === 0 && scale > 1;
        return overlong || !Number.isSafeInteger(value) ? this.#fail() : value;
      }
    }
    return this.#fail();
  }

  /** A view of the bytes, not a copy. */
  sized(): Uint8Array {
    const length = this.varint();
    const from = this.#at;
    if (length > this.#bytes.length - from) this.#fail();
    if (this.#failed) return new Uint8Array();
    this.#at = from + length;
    return this.#bytes.subarray(from, this.#at);
  }

  rest(): Uint8Array {
    const rest = this.#failed ? new Uint8Array() : this.#bytes.subarray(this.#at);
    this.#at = this.#bytes.length;
    return rest;
  }

  #fail(): 0 {
    this.#failed = true;
    return 0;
  }
}
