import type { Clock } from './clock.ts';

/**
 * Deadlines of many things that all get the same time. As the delay is constant, the order of
 * setting is the order of falling due, so one timer serves them all and the oldest is at hand.
 */
export class DeadlineQueue<K> {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #due: (key: K) => void;
  readonly #deadlines = new Map<K, number>();
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, delayMs: number, due: (key: K) => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#due = due;
  }

  get size(): number {
    return this.#deadlines.size;
  }

  /** The whole time from now on, also for a key that had a deadline already. */
  set(key: K): void {
    this.#deadlines.delete(key);
    this.#deadlines.set(key, this.#clock.nowMs() + this.#delayMs);
    if (this.#cancelTimer === undefined) this.#arm(this.#delayMs);
  }

  delete(key: K): void {
    this.#deadlines.delete(key);
  }

  /** What falls due next. */
  oldest(): K | undefined {
    return this.#deadlines.keys().next().value;
  }

  remainingMs(key: K): number | undefined {
    const deadline = this.#deadlines.get(key);
    return deadline === undefined ? undefined : Math.max(0, deadline - this.#clock.nowMs());
  }

  clear(): void {
    this.#deadlines.clear();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #arm(delayMs: number): void {
    this.#cancelTimer = this.#clock.setTimer(delayMs, () => this.#fire());
  }

  #fire(): void {
    this.#cancelTimer = undefined;
    const nowMs = this.#clock.nowMs();
    const due: K[] = [];
    for (const [key, deadline] of this.#deadlines) {
      if (deadline > nowMs) {
        // Whole milliseconds, or a timer that fires a fraction early would spin.
        this.#arm(Math.ceil(deadline - nowMs));
        break;
      }
      due.push(key);
    }
    for (const key of due) {
      // The one before may have taken it away.
      if (this.#deadlines.delete(key)) this.#due(key);
    }
  }
}
