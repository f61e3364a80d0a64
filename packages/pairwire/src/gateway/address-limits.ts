/** What one address may ask of the gateway, after it was validated. */
import { TokenBucket } from '../coap/index.ts';

export interface AddressLimitsOptions {
  opensPerMinute: number;
  maxPipesPerAddress: number;
  maxAddresses: number;
}

export class AddressLimits {
  readonly #options: AddressLimitsOptions;
  /** By group, the one that asked last at the end. */
  readonly #opens = new Map<string, TokenBucket>();
  /** By group; never more entries than there are pipes. */
  readonly #pipes = new Map<string, number>();

  constructor(options: AddressLimitsOptions) {
    this.#options = options;
  }

  /** Addresses whose attempts are remembered. */
  get size(): number {
    return this.#opens.size;
  }

  /**
   * Counts one attempt to open a pipe.
   *
   * @returns how long to wait before another one is granted; undefined when this one is.
   */
  takeOpen(address: string, nowMs: number): number | undefined {
    const { opensPerMinute, maxAddresses } = this.#options;
    const group = addressGroup(address);
    const bucket =
      this.#opens.get(group) ??
      new TokenBucket({ perSecond: opensPerMinute / 60, burst: opensPerMinute, nowMs });
    this.#opens.delete(group);
    for (const [oldest, quiet] of this.#opens) {
      if (this.#opens.size < maxAddresses && !quiet.isFull(nowMs)) break;
      this.#opens.delete(oldest);
    }
    this.#opens.set(group, bucket);
    return bucket.take(nowMs) ? undefined : bucket.waitMs(nowMs);
  }

  /** @returns whether the address had room for one more pipe, which is then counted. */
  addPipe(address: string): boolean {
    const group = addressGroup(address);
    const pipes = this.#pipes.get(group) ?? 0;
    if (pipes >= this.#options.maxPipesPerAddress) return false;
    this.#pipes.set(group, pipes + 1);
    return true;
  }

  removePipe(address: string): void {
    const group = addressGroup(address);
    const pipes = this.#pipes.get(group) ?? 0;
    if (pipes > 1) this.#pipes.set(group, pipes - 1);
    else this.#pipes.delete(group);
  }
}

/**
 * What counts as one address: an IPv4 address, mapped into IPv6 or not, or an IPv6 /64, for every
 * host has its whole /64 to choose from (RFC 4291 §2.5.4).
 */
export function addressGroup(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  const [withoutZone = ''] = address.split('%');
  if (!withoutZone.includes(':')) return withoutZone;
  const [head = '', tail] = withoutZone.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const front = groups(head);
  const back = groups(tail ?? '');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const all = [...front, ...Array.from({ length: gap }, () => '0'), ...back];
  return `${all
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
