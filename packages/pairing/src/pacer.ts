/** What the relay allows one side of a link, as its `welcome` says. */
export interface RateLimits {
  recordsPerSecond: number;
  bytesPerSecond: number;
  envelopeBytes: number;
  /** Links to wait at, at one time; none when it is absent. */
  meetings?: number | undefined;
}

/** Below the relay's own figures, whose clock and ours differ. */
const SHARE = 0.9;
const MAX_PAUSE_MS = 30_000;

/**
 * Keeps the sender under the relay's rate (docs/protocol/pairing.md §8.4): two buckets, filled at
 * nine tenths of what is allowed, each holding one second's worth (or one longest record).
 * It also bounds what a relay can make an endpoint resend.
 */
export class Pacer {
  readonly #records: Bucket;
  readonly #bytes: Bucket;
  #pause = { fromMs: 0, forMs: 0 };

  /** Foreign figures are taken only within reason: nothing stops everything, nothing lifts the limit. */
  constructor(limits: RateLimits, nowMs: number) {
    const recordsPerSecond = within(limits.recordsPerSecond, 1, 1000);
    const bytesPerSecond = within(limits.bytesPerSecond, 4096, 4 * 1_048_576);
    this.#records = new Bucket(recordsPerSecond * SHARE, recordsPerSecond, nowMs);
    this.#bytes = new Bucket(bytesPerSecond * SHARE, Math.max(bytesPerSecond, 66_000), nowMs);
  }

  /** @returns 0 when the record may go now (and counts it), or how long to wait. */
  take(bytes: number, nowMs: number): number {
    const waitMs = this.waitMs(bytes, nowMs);
    if (waitMs > 0) return waitMs;
    this.#records.take(1);
    this.#bytes.take(bytes);
    return 0;
  }

  /** The relay asked for a pause. */
  pause(forMs: number, nowMs: number): void {
    this.#pause = { fromMs: nowMs, forMs: within(forMs, 100, MAX_PAUSE_MS) };
  }

  /** How long until a record of that size may go. */
  waitMs(bytes: number, nowMs: number): number {
    const { fromMs, forMs } = this.#pause;
    const pausedMs = fromMs + forMs - nowMs;
    return Math.max(
      // A clock that has jumped back ends the pause.
      pausedMs <= forMs ? pausedMs : 0,
      this.#records.waitMs(1, nowMs),
      this.#bytes.waitMs(bytes, nowMs),
      0,
    );
  }
}

class Bucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #level: number;
  #filledAtMs: number;

  constructor(perSecond: number, capacity: number, nowMs: number) {
    this.#perMs = perSecond / 1000;
    this.#capacity = capacity;
    this.#level = capacity;
    this.#filledAtMs = nowMs;
  }

  waitMs(amount: number, nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#level = Math.min(this.#capacity, this.#level + elapsedMs * this.#perMs);
    this.#filledAtMs = nowMs;
    return this.#level >= amount ? 0 : Math.ceil((amount - this.#level) / this.#perMs);
  }

  take(amount: number): void {
    this.#level -= amount;
  }
}

function within(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
