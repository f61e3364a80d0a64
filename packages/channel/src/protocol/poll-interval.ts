/** How long a polling client rests between two answers. */
const SHORTEST_MS = 100;
const LONGEST_MS = 5_000;
const GROWTH = 1.5;

/** Polls soon after something was said in either direction, and ever more rarely in silence. */
export class PollInterval {
  #ms = SHORTEST_MS;

  /** Something was sent: an answer may follow. */
  hasSent(): void {
    this.#ms = SHORTEST_MS;
  }

  /** @returns how long to rest; nothing after an answer that may not have been all there was */
  after(answerBytes: number): number {
    if (answerBytes > 0) {
      this.#ms = SHORTEST_MS;
      return 0;
    }
    const rest = this.#ms;
    this.#ms = Math.min(LONGEST_MS, this.#ms * GROWTH);
    return rest;
  }
}

export const LONGEST_POLL_REST_MS = LONGEST_MS;
