/** Limits how often one address may begin an opening handshake. */
import { isIP } from 'node:net';

/** An address that was quiet may use the openings of this many seconds at once. */
const BURST_SECONDS = 10;

/** So many addresses are remembered; about 100 bytes each. */
const MAX_ADDRESSES = 10_000;

/**
 * A leaky bucket per address (the "generic cell rate algorithm"): one number each, the time at which
 * the address would have used up what it has taken.
 */
export class OpeningRate {
  readonly #intervalMs: number;
  readonly #nowMs: () => number;
  readonly #paidUntilMs = new Map<string, number>();

  constructor(maxPerSecond: number, nowMs: () => number) {
    this.#intervalMs = 1_000 / maxPerSecond;
    this.#nowMs = nowMs;
  }

  /** Counts an opening. @returns 0, or for how many ms the address had better wait */
  take(address: string): number {
    const network = networkOf(address);
    const now = this.#nowMs();
    const from = Math.max(now, this.#paidUntilMs.get(network) ?? now);
    const waitMs = from + this.#intervalMs - now - BURST_SECONDS * 1_000;
    if (waitMs > 0) return waitMs;
    // Moved to the end, so that the ones first in the map are those not seen for longest.
    this.#paidUntilMs.delete(network);
    if (this.#paidUntilMs.size >= MAX_ADDRESSES) this.#forget(now);
    this.#paidUntilMs.set(network, from + this.#intervalMs);
    return 0;
  }

  /** Drops whoever has nothing to be remembered for, and at least one. */
  #forget(now: number): void {
    for (const [network, paidUntilMs] of this.#paidUntilMs) {
      if (paidUntilMs > now && this.#paidUntilMs.size < MAX_ADDRESSES) return;
      this.#paidUntilMs.delete(network);
    }
  }
}

/** One who has an IPv6 address has at least the 2^64 of its network. */
export function networkOf(address: string): string {
  const unmapped = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIP(unmapped) !== 6) return unmapped;
  const [head = '', tail] = unmapped.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    // An IPv4 tail stands for two groups, which can only lie behind the first four.
    const behind = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0);
    while (groups.length + behind < 8) groups.push('0');
    groups.push(...(tail === '' ? [] : tail.split(':')));
  }
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** This machine, or a proxy on it that stands for everybody. */
export function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\.|^::1$/i.test(address);
}
