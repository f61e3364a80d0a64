/** Counts bytes that are kept for clients, in total and by address, against a limit for each. */
export class ByteBudget {
  readonly #maxBytes: number;
  readonly #maxBytesPerAddress: number;
  readonly #byAddress = new Map<string, number>();
  #bytes = 0;

  /** @param maxBytes - `0`: no limit, as for each address */
  constructor(maxBytes: number, maxBytesPerAddress: number) {
    this.#maxBytes = maxBytes || Infinity;
    this.#maxBytesPerAddress = maxBytesPerAddress || Infinity;
  }

  hasRoom(address: string, bytes: number): boolean {
    const own = this.#byAddress.get(address) ?? 0;
    return this.#bytes + bytes <= this.#maxBytes && own + bytes <= this.#maxBytesPerAddress;
  }

  /** @param bytes - negative: they are not kept any more */
  add(address: string, bytes: number): void {
    this.#bytes += bytes;
    const own = (this.#byAddress.get(address) ?? 0) + bytes;
    if (own > 0) this.#byAddress.set(address, own);
    else this.#byAddress.delete(address);
  }
}
