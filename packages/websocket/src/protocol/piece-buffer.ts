import { copyBytes, copyOf } from './copy-bytes.ts';

const EMPTY = new Uint8Array(0);

/** Shorter pieces are copied; longer ones may stay where they are. */
const MIN_KEPT_BYTES = 4096;

/** A piece is kept in place only if it fills this share of the memory it would keep alive. */
const MIN_KEPT_SHARE = 0.8;

/** Of the announced length, so much may be allocated before it has arrived. */
const MAX_TRUSTED_BYTES = 1024;

const GROWTH = 1.25;

/**
 * Joins the pieces of one payload.
 *
 * Memory held is at most 1.25 × what has arrived + 4 KiB, however it arrives: small pieces are
 * copied into one buffer that grows by a quarter, whole chunks of a long message stay where they
 * are until they are joined with a single copy. What the peer only announces is never allocated.
 */
export class PieceBuffer {
  /** Bytes that have been added. */
  length = 0;

  /** Pieces kept in place, and full buffers. */
  #parts: Uint8Array[] = [];
  /** Memory that `#parts` keep alive. */
  #partBytes = 0;
  #tail: Uint8Array = EMPTY;
  #tailLength = 0;
  readonly #allocate: (lengthBytes: number) => Uint8Array;

  /** @param allocate - makes the memory pieces are joined in; it is overwritten as a whole */
  constructor(allocate: (lengthBytes: number) => Uint8Array = allocateZeroed) {
    this.#allocate = allocate;
  }

  /** Memory this keeps alive, in bytes. */
  get heldBytes(): number {
    return this.#partBytes + this.#tail.length;
  }

  /**
   * Adds `source[start … end)`.
   *
   * @param expectedBytes - how much more of the frame is to come: a hint, not believed beyond 1 KiB
   */
  add(source: Uint8Array, start: number, end: number, expectedBytes: number): void {
    const length = end - start;
    if (length >= MIN_KEPT_BYTES && length >= source.buffer.byteLength * MIN_KEPT_SHARE) {
      this.#endTail();
      this.#keep(source.subarray(start, end));
    } else if (length > 0) {
      this.#reserve(this.#tailLength + length, expectedBytes);
      copyBytes(source, start, end, this.#tail, this.#tailLength);
      this.#tailLength += length;
    }
    this.length += length;
  }

  /** All bytes in one piece, which the caller owns; leaves the buffer empty. */
  take(): Uint8Array {
    const { length } = this;
    let joined = this.#tail.subarray(0, this.#tailLength);
    if (this.#parts.length > 0) {
      this.#endTail();
      joined = this.#allocate(length);
      let offset = 0;
      for (const part of this.#parts) {
        joined.set(part, offset);
        offset += part.length;
      }
    }
    this.clear();
    return joined;
  }

  clear(): void {
    this.length = 0;
    this.#parts = [];
    this.#partBytes = 0;
    this.#tail = EMPTY;
    this.#tailLength = 0;
  }

  /** Moves pieces that still lie in `memory` elsewhere, before that is used again. */
  detach(memory: ArrayBufferLike): void {
    const parts = this.#parts;
    if (!parts.some((part) => part.buffer === memory)) return;
    this.#parts = [];
    this.#partBytes = 0;
    for (const part of parts) this.#keep(part.buffer === memory ? copyOf(part) : part);
  }

  #keep(part: Uint8Array): void {
    this.#parts.push(part);
    this.#partBytes += part.buffer.byteLength;
  }

  #reserve(needed: number, expectedBytes: number): void {
    if (needed <= this.#tail.length) return;
    const announced = Math.min(needed + expectedBytes, MAX_TRUSTED_BYTES);
    const capacity = Math.max(announced, Math.ceil(needed * GROWTH));
    const bigger = new Uint8Array(capacity);
    bigger.set(this.#tail.subarray(0, this.#tailLength));
    this.#tail = bigger;
  }

  #endTail(): void {
    if (this.#tailLength === 0) return;
    const filled = this.#tailLength >= this.#tail.length * MIN_KEPT_SHARE;
    // What was reserved for announced bytes and did not get them is not kept.
    const tail = filled ? this.#tail : copyOf(this.#tail, 0, this.#tailLength);
    this.#keep(tail.subarray(0, this.#tailLength));
    this.#tail = EMPTY;
    this.#tailLength = 0;
  }
}

function allocateZeroed(lengthBytes: number): Uint8Array {
  return new Uint8Array(lengthBytes);
}
