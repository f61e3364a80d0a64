import type { Clock } from './clock.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import { TokenBucket, type Rate } from './token-bucket.ts';

const MINUTE_MS = 60_000;
/** Clients remembered at a time; beyond it the one seen longest ago starts afresh. */
const MAX_CLIENTS = 65_536;

/** So many of something per minute and client. */
export class AddressLimiter {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();
  /** A bucket left alone for a minute is full again, like a new one. */
  readonly #idle: DeadlineQueue<string>;

  /** @param perMinute - 0: no limit */
  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#rate = { perSecond: perMinute / 60, burst: perMinute };
    this.#idle = new DeadlineQueue(clock, MINUTE_MS, (client) => this.#buckets.delete(client));
  }

  /** Clients remembered now. */
  get size(): number {
    return this.#buckets.size;
  }

  /** @returns 0 when granted, otherwise the milliseconds until it would be */
  take(client: string): number {
    if (this.#rate.burst === 0) return 0;
    const nowMs = this.#clock.nowMs();
    const waitMs = this.#bucketOf(client, nowMs).take(1, nowMs);
    this.#idle.set(client);
    return waitMs;
  }

  clear(): void {
    this.#buckets.clear();
    this.#idle.clear();
  }

  #bucketOf(client: string, nowMs: number): TokenBucket {
    const known = this.#buckets.get(client);
    if (known !== undefined) return known;
    const oldest = this.#idle.oldest();
    if (this.#buckets.size >= MAX_CLIENTS && oldest !== undefined) {
      this.#idle.delete(oldest);
      this.#buckets.delete(oldest);
    }
    const bucket = new TokenBucket(this.#rate, nowMs);
    this.#buckets.set(client, bucket);
    return bucket;
  }
}
