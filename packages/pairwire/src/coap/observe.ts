/** Sequence numbers of notifications (RFC 7641 §3.4, §4.4): 24 bits, compared as on a circle. */
import { OptionNumber, uintOption, type Option } from './option.ts';

/** Values of the Observe option in a request (§2). */
export const Observe = { register: 0, deregister: 1 } as const;

const NUMBERS = 2 ** 24;
const HALF = 2 ** 23;
/** After this long any notification is newer than the last one, whatever its number. */
const ANY_IS_NEWER_MS = 128_000;

/** Numbers the notifications to one observer. Keeps counting when the observer registers again. */
export class ObserveSequence {
  #next = 0;

  /** The Observe option of the next notification. */
  takeOption(): Option {
    const option = uintOption(OptionNumber.observe, this.#next);
    this.#next = (this.#next + 1) % NUMBERS;
    return option;
  }
}

/** Tells notifications that are newer than all before from those that were overtaken. */
export class FreshnessCheck {
  #last: { number: number; atMs: number } | undefined;

  /** @returns whether this one is the newest yet; when it is, later ones are measured against it. */
  accept(number: number, nowMs: number): boolean {
    const last = this.#last;
    if (last) {
      const ahead = (number - last.number + NUMBERS) % NUMBERS;
      const newer = (ahead > 0 && ahead < HALF) || nowMs > last.atMs + ANY_IS_NEWER_MS;
      if (!newer) return false;
    }
    this.#last = { number, atMs: nowMs };
    return true;
  }
}
