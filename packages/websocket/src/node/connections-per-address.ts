import { networkOf } from './opening-rate.ts';

/** How many connections, those in the opening handshake included, each address has. */
export class ConnectionsPerAddress {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /** @param max - 0 for no limit; then nothing is counted */
  constructor(max: number) {
    this.#max = max;
  }

  /** @returns false when the address has as many as it may */
  take(address: string | undefined): boolean {
    if (this.#max === 0 || address === undefined) return true;
    const network = networkOf(address);
    const count = this.#counts.get(network) ?? 0;
    if (count >= this.#max) return false;
    this.#counts.set(network, count + 1);
    return true;
  }

  /** A connection that was counted is over, or will not be. */
  release(address: string | undefined): void {
    if (this.#max === 0 || address === undefined) return;
    const network = networkOf(address);
    const count = this.#counts.get(network) ?? 0;
    if (count > 1) this.#counts.set(network, count - 1);
    else this.#counts.delete(network);
  }
}
