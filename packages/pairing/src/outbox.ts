import { FIRST_RECORD, type SealedRecord } from './record.ts';

export const OUTBOX_RECORDS = 1000;
export const OUTBOX_BYTES = 1_048_576;

/**
 * Sealed records until the other side is known to have them (docs/protocol/pairing.md §8).
 *
 * A cursor divides those already given to the current pipe from those still to be given; moving it
 * back resends the very same bytes.
 */
export class Outbox {
  #records: SealedRecord[] = [];
  #bytes = 0;
  #first = FIRST_RECORD;
  #cursor = FIRST_RECORD;

  /** The oldest number not acknowledged. */
  get first(): number {
    return this.#first;
  }

  /** The number after the newest. */
  get end(): number {
    return this.#first + this.#records.length;
  }

  get records(): number {
    return this.#records.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Nothing but acknowledgements may be added when it is full. */
  get full(): boolean {
    return this.#records.length >= OUTBOX_RECORDS || this.#bytes >= OUTBOX_BYTES;
  }

  get hasUnsent(): boolean {
    return this.#cursor < this.end;
  }

  /** @throws RangeError when numbers do not follow each other */
  push(record: SealedRecord): void {
    if (record.n !== this.end) {
      throw new RangeError(`record.n: expected ${this.end}, got ${record.n}`);
    }
    this.#records.push(record);
    this.#bytes += record.bytes.length;
  }

  /** The record at the cursor. */
  peek(): SealedRecord | undefined {
    return this.#records[this.#cursor - this.#first];
  }

  /** Moves the cursor past the record that `peek` gave. */
  advance(): void {
    if (this.hasUnsent) this.#cursor += 1;
  }

  /** Moves the cursor back to that number, or to the oldest kept. Never forward. */
  rewind(n: number): void {
    this.#cursor = Math.min(this.#cursor, Math.max(n, this.#first));
  }

  get(n: number): SealedRecord | undefined {
    return this.#records[n - this.#first];
  }

  /**
   * Forgets everything before `next`.
   *
   * @returns false when `next` was never sealed: the other side has what was never sent.
   */
  acknowledge(next: number): boolean {
    if (next > this.end) return false;
    if (next <= this.#first) return true;
    for (const record of this.#records.splice(0, next - this.#first)) {
      this.#bytes -= record.bytes.length;
    }
    this.#first = next;
    this.#cursor = Math.max(this.#cursor, next);
    return true;
  }
}
