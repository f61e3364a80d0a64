/**
 * The newest records for a side that is away. A convenience: the sender keeps everything until it
 * is acknowledged, so what is dropped here comes again.
 */
export class KeptRecords {
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  #records: Uint8Array[] = [];
  #bytes = 0;

  constructor(limits: { readonly keptRecords: number; readonly keptBytes: number }) {
    this.#maxRecords = limits.keptRecords;
    this.#maxBytes = limits.keptBytes;
  }

  get size(): number {
    return this.#records.length;
  }

  /**
   * Keeps a copy: what arrives may be a view of a larger buffer, which would be kept with it.
   *
   * @returns how many were dropped to make room, the new one included when it does not fit at all
   */
  push(record: Uint8Array): number {
    this.#records.push(new Uint8Array(record));
    this.#bytes += record.byteLength;
    let dropped = 0;
    // A few hundred at most, so moving them up costs less than a hole that keeps its record alive.
    while (this.size > this.#maxRecords || this.#bytes > this.#maxBytes) {
      this.#bytes -= this.#records.shift()?.byteLength ?? 0;
      dropped += 1;
    }
    return dropped;
  }

  /** Oldest first; nothing is kept afterwards. */
  takeAll(): Uint8Array[] {
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    return records;
  }
}
