/** What an entry costs beyond its bytes, so that a flood of tiny ones is bounded too. */
const ENTRY_OVERHEAD_BYTES = 64;

/** Entries that wait for a body to go with. */
export class SendQueue {
  #entries: Uint8Array[] = [];
  #next = 0;
  #bytes = 0;

  /** What waits, each entry counted with 64 bytes more. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  push(entry: Uint8Array): void {
    this.#entries.push(entry);
    this.#bytes += entry.length + ENTRY_OVERHEAD_BYTES;
  }

  clear(): void {
    this.#entries = [];
    this.#next = 0;
    this.#bytes = 0;
  }

  /** Takes whole entries, oldest first: as many as fit in `maxBytes`, but at least one. */
  take(maxBytes: number): Uint8Array<ArrayBuffer> {
    let length = 0;
    let end = this.#next;
    for (; end < this.#entries.length; end++) {
      const more = this.#entries[end]?.length ?? 0;
      if (end > this.#next && length + more > maxBytes) break;
      length += more;
    }
    const batch = new Uint8Array(length);
    let at = 0;
    for (const entry of this.#entries.slice(this.#next, end)) {
      batch.set(entry, at);
      at += entry.length;
    }
    this.#bytes -= length + (end - this.#next) * ENTRY_OVERHEAD_BYTES;
    this.#next = end;
    this.#forgetTaken();
    return batch;
  }

  /** Moves what is left only when half was taken: each entry is moved a bounded number of times. */
  #forgetTaken(): void {
    if (this.#next * 2 < this.#entries.length) return;
    this.#entries.splice(0, this.#next);
    this.#next = 0;
  }
}
