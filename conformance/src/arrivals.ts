/** What clients bring, one at a time, to whoever waits for the next. */
import { Deviation } from './case.ts';
import { ANSWER_WITHIN_MS } from './raw-peer.ts';

export class Arrivals<T> {
  readonly #waiting: T[] = [];
  #wake: (() => void) | undefined;

  push(arrival: T): void {
    this.#waiting.push(arrival);
    this.#wake?.();
  }

  /** @throws {Deviation} when nothing comes in time */
  async next(): Promise<T> {
    const deadline = Date.now() + ANSWER_WITHIN_MS;
    for (;;) {
      const arrival = this.#waiting.shift();
      if (arrival !== undefined) return arrival;
      const left = deadline - Date.now();
      if (left <= 0) throw new Deviation('the client did not connect again');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** What nobody has waited for. */
  takeAll(): T[] {
    return this.#waiting.splice(0);
  }
}
