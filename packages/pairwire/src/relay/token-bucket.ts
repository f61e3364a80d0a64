export interface Rate {
  readonly perSecond: number;
  /** How much may be taken at once after a rest. */
  readonly burst: number;
}

/** Times are numbers with fractions; less than this is nothing. */
const TOLERANCE_MS = 0.001;

/**
 * Allows a rate in the long run and a burst after a rest. Keeps one number, the time at which the
 * bucket will be full again (the generic cell rate algorithm); the rate is shared by many buckets.
 */
export class TokenBucket {
  readonly #rate: Rate;
  #fullAtMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#fullAtMs = nowMs;
  }

  /**
   * Takes `cost`, or nothing.
   *
   * @returns 0 when taken, otherwise the milliseconds until it would be
   */
  take(cost: number, nowMs: number): number {
    const waitMs = this.waitMs(cost, nowMs);
    if (waitMs === 0) this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#fillMs(cost);
    return waitMs;
  }

  /** How long until `cost` is there. More than a burst never is: it is lent once the bucket is full. */
  waitMs(cost: number, nowMs: number): number {
    const { burst } = this.#rate;
    const atMs = this.#fullAtMs - this.#fillMs(burst - Math.min(cost, burst));
    return Math.max(0, Math.ceil(atMs - nowMs - TOLERANCE_MS));
  }

  #fillMs(amount: number): number {
    return (amount / this.#rate.perSecond) * 1000;
  }
}
