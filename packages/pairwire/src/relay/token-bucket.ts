export interface Rate {
  readonly perSecond: number;
  /** How much may be taken at once after a rest. */
  readonly burst: number;
}

/** Allows a rate in the long run and a burst after a rest. The rate is shared, the level is not. */
export class TokenBucket {
  readonly #rate: Rate;
  #level: number;
  #filledAtMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#level = rate.burst;
    this.#filledAtMs = nowMs;
  }

  /**
   * Takes `cost`, or nothing.
   *
   * @returns 0 when taken, otherwise the milliseconds until it would be
   */
  take(cost: number, nowMs: number): number {
    const waitMs = this.waitMs(cost, nowMs);
    if (waitMs === 0) this.#level -= cost;
    return waitMs;
  }

  /** How long until `cost` is there. More than a burst never is: it is lent once the bucket is full. */
  waitMs(cost: number, nowMs: number): number {
    const { perSecond, burst } = this.#rate;
    const gained = Math.max(0, nowMs - this.#filledAtMs) * (perSecond / 1000);
    this.#level = Math.min(burst, this.#level + gained);
    this.#filledAtMs = nowMs;
    const missing = Math.min(cost, burst) - this.#level;
    return missing <= 0 ? 0 : Math.ceil((missing / perSecond) * 1000);
  }
}
