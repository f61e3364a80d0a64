/** What one address may ask of the gateway, after it was validated. */
import { TokenBucket } from '../coap/index.ts';

export interface AddressLimitsOptions {
  opensPerMinute: number;
  maxPipesPerAddress: number;
  maxAddresses: number;
}

interface AddressState {
  opens: TokenBucket;
  pipes: number;
}

export class AddressLimits {
  readonly #options: AddressLimitsOptions;
  /** The one that asked last at the end. */
  readonly #addresses = new Map<string, AddressState>();

  constructor(options: AddressLimitsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#addresses.size;
  }

  /**
   * Counts one attempt to open a pipe.
   *
   * @returns how long to wait before another one is granted; undefined when this one is.
   */
  takeOpen(address: string, nowMs: number): number | undefined {
    const state = this.#remember(addressGroup(address), nowMs);
    return state.opens.take(nowMs) ? undefined : state.opens.waitMs(nowMs);
  }

  /** @returns whether the address had room for one more pipe, which is then counted. */
  addPipe(address: string, nowMs: number): boolean {
    const state = this.#remember(addressGroup(address), nowMs);
    if (state.pipes >= this.#options.maxPipesPerAddress) return false;
    state.pipes += 1;
    return true;
  }

  removePipe(address: string): void {
    const state = this.#addresses.get(addressGroup(address));
    if (state && state.pipes > 0) state.pipes -= 1;
  }

  #remember(group: string, nowMs: number): AddressState {
    const { opensPerMinute, maxAddresses } = this.#options;
    const state = this.#addresses.get(group) ?? {
      opens: new TokenBucket({ perSecond: opensPerMinute / 60, burst: opensPerMinute, nowMs }),
      pipes: 0,
    };
    this.#addresses.delete(group);
    this.#addresses.set(group, state);
    for (const [oldest, { pipes, opens }] of this.#addresses) {
      const isIdle = pipes === 0 && opens.isFull(nowMs);
      if (this.#addresses.size <= maxAddresses && !isIdle) break;
      // An address with pipes is kept: there are at most as many of those as pipes in all.
      if (pipes === 0 && oldest !== group) this.#addresses.delete(oldest);
      else break;
    }
    return state;
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
