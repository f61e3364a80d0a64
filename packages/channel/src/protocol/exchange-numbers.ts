/**
 * Numbers of HTTP exchanges (docs/protocol/channel.md §8.4). Each way of a channel counts its own,
 * from 1, one at a time; so a lost, repeated or reordered request is noticed.
 */
export type Arrival =
  | 'next'
  /** The newest one once more: what sent it did not hear the answer. */
  | 'repeat'
  | 'out-of-order';

/** What a server remembers of the requests of one way. */
export class ExchangeNumbers {
  #newest = 0;
  #fingerprint = '';

  /**
   * @param number - NaN when the request has none
   * @param fingerprint - equal for equal bodies only
   */
  check(number: number, fingerprint: string): Arrival {
    if (number === this.#newest + 1) {
      this.#newest = number;
      this.#fingerprint = fingerprint;
      return 'next';
    }
    const isRepeat = number === this.#newest && fingerprint === this.#fingerprint;
    return isRepeat && number > 0 ? 'repeat' : 'out-of-order';
  }
}

/** @returns NaN for anything but digits without a leading zero, up to 2⁵³ − 1 */
export function parseNumber(text: string | null | undefined): number {
  const number = /^[1-9]\d{0,15}$/.test(text ?? '') ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : Number.NaN;
}
