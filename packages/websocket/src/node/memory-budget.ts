/**
 * What the connections of this process hold for their peers: unfinished messages, and output that
 * waits for somebody who does not read. One account for all; each connection names its own limit.
 */

export interface MemoryHolder {
  /** For the whole process; when it is passed, this holder is one of those that may have to go. */
  readonly memoryBudgetBytes: number;
  /** Lets go of everything. Nothing is counted for it any more, nor is to be. */
  shed(): void;
}

export class MemoryBudget {
  readonly #held = new Map<MemoryHolder, number>();
  #heldBytes = 0;

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Notes how much `holder` has now. When that is more than before and too much in all, those that
   * hold the most are shed, which need not be the one that asks: many small ones outlive a large one.
   */
  count(holder: MemoryHolder, bytes: number): void {
    const before = this.#held.get(holder) ?? 0;
    if (bytes === before) return;
    this.#heldBytes += bytes - before;
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
    if (bytes < before) return;
    while (this.#heldBytes > holder.memoryBudgetBytes) {
      if (!this.#shedLargest()) return;
    }
  }

  /** @returns false when nobody's limit is passed any more */
  #shedLargest(): boolean {
    let largest: MemoryHolder | undefined;
    let most = 0;
    for (const [holder, bytes] of this.#held) {
      // Another server's lower limit is none of its business.
      if (bytes <= most || holder.memoryBudgetBytes >= this.#heldBytes) continue;
      largest = holder;
      most = bytes;
    }
    if (largest === undefined) return false;
    this.#held.delete(largest);
    this.#heldBytes -= most;
    largest.shed();
    return true;
  }
}

export const memoryBudget = new MemoryBudget();
