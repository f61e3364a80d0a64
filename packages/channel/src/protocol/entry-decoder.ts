import { EntryType, MAX_CONTROL_BYTES, type Entry } from './entry.ts';

/** What ends a channel: bytes that are no entries, or a packet that is too long. */
export type EntryProblem = 'bad-entry' | 'too-large';

const LAST_TYPE = EntryType.recycle;

/**
 * Takes entries out of a body that comes in chunks of any size. Holds one unfinished entry, never
 * more than `maxPacketBytes` of it, and the chunk it is reading.
 */
export class EntryDecoder {
  readonly #maxPacketBytes: number;
  #chunk = new Uint8Array(0);
  #at = 0;
  /** The entry that is not whole yet: its type and length, as far as they are known. */
  readonly #header: number[] = [];
  #payload: Uint8Array | undefined;
  #filled = 0;
  #problem: EntryProblem | undefined;

  constructor(maxPacketBytes: number) {
    this.#maxPacketBytes = maxPacketBytes;
  }

  get problem(): EntryProblem | undefined {
    return this.#problem;
  }

  /** Between two entries, with nothing left to read: where a body may end. */
  get isAtBoundary(): boolean {
    return this.#header.length === 0 && this.#at === this.#chunk.length;
  }

  /** To be called when `next` has returned undefined. Keeps a reference to the chunk. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk as Uint8Array<ArrayBuffer>;
    this.#at = 0;
  }

  /** @returns undefined: another chunk is needed, or there is a `problem` and there will be no more */
  next(): Entry | undefined {
    if (this.#problem !== undefined) return undefined;
    if (this.#payload === undefined && !this.#readHeader()) return undefined;
    return this.#readPayload();
  }

  /** @returns false: not there yet, or a problem */
  #readHeader(): boolean {
    const header = this.#header;
    while (header.length < 2 || header.length < 1 + lengthBytesOf(header)) {
      const byte = this.#chunk[this.#at];
      if (byte === undefined) return false;
      this.#at += 1;
      header.push(byte);
    }
    return this.#checkHeader();
  }

  #checkHeader(): boolean {
    const [type = 0, first = 0, ...rest] = this.#header;
    // Eight bytes of length (RFC 9000 §16) are more than any limit here can be.
    if (type > LAST_TYPE || first >= 0xc0) return this.#fail('bad-entry');
    const length = rest.reduce((sum, byte) => sum * 256 + byte, first & 0x3f);
    const carriesPacket = type === EntryType.text || type === EntryType.binary;
    if (carriesPacket && length > this.#maxPacketBytes) return this.#fail('too-large');
    if (!carriesPacket && length > MAX_CONTROL_BYTES) return this.#fail('bad-entry');
    this.#payload = new Uint8Array(length);
    this.#filled = 0;
    return true;
  }

  #readPayload(): Entry | undefined {
    const payload = this.#payload ?? new Uint8Array(0);
    const part = this.#chunk.subarray(this.#at, this.#at + payload.length - this.#filled);
    payload.set(part, this.#filled);
    this.#at += part.length;
    this.#filled += part.length;
    if (this.#filled < payload.length) return undefined;
    const type = this.#header[0] as EntryType;
    this.#header.length = 0;
    this.#payload = undefined;
    return { type, payload };
  }

  #fail(problem: EntryProblem): false {
    this.#problem = problem;
    return false;
  }
}

/** Of a length whose first byte is there; 8 is refused later. */
function lengthBytesOf(header: readonly number[]): number {
  const first = header[1] ?? 0;
  return first >= 0xc0 ? 1 : first >= 0x80 ? 4 : first >= 0x40 ? 2 : 1;
}
