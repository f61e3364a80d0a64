/**
 * The newest records for a side that is away. A convenience: the sender keeps everything until it
 * is acknowledged, so what is dropped here comes again.
 */
export class KeptRecords {
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  #records: Uint8Array[] = [];
  #first = 0;
  #bytes = 0;

  constructor(limits: { readonly keptRecords: number; readonly keptBytes: number }) {
    this.#maxRecords = limits.keptRecords;
    this.#maxBytes = limits.keptBytes;
  }

  get size(): number {
    return this.#records.length - this.#first;
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
    while (this.size > this.#maxRecords || this.#bytes > this.#maxBytes) {
      this.#bytes -= this.#records[this.#first]?.byteLength ?? 0;
      this.#first += 1;
      dropped += 1;
    }
    if (this.#first > this.#maxRecords) this.#compact();
    return dropped;
  }

  /** Oldest first; nothing is kept afterwards. */
  takeAll(): Uint8Array[] {
    this.#compact();
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    return records;
  }

  #compact(): void {
    this.#records = this.#records.slice(this.#first);
    this.#first = 0;
  }
}
