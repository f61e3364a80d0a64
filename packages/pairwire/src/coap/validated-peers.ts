/** The peers that have shown lately that they receive at their address, each with its rate. */
import { peerKey, type Peer } from './environment.ts';
import { TokenBucket } from './token-bucket.ts';

export interface ValidatedPeersOptions {
  /** Beyond it the oldest is forgotten and will be asked again. */
  maxPeers: number;
  /** How long one proof is good for. */
  lifetimeMs: number;
  requestsPerSecond: number;
  requestBurst: number;
}

export class ValidatedPeers {
  readonly #options: ValidatedPeersOptions;
  /** In the order of their proofs. */
  readonly #peers = new Map<string, { expiresAtMs: number; bucket: TokenBucket }>();

  constructor(options: ValidatedPeersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#peers.size;
  }

  add(peer: Peer, nowMs: number): void {
    const { maxPeers, lifetimeMs, requestsPerSecond, requestBurst } = this.#options;
    const key = peerKey(peer);
    const bucket =
      this.#peers.get(key)?.bucket ??
      new TokenBucket({ perSecond: requestsPerSecond, burst: requestBurst, nowMs });
    this.#peers.delete(key);
    this.#peers.set(key, { expiresAtMs: nowMs + lifetimeMs, bucket });
    for (const [oldest, { expiresAtMs }] of this.#peers) {
      if (this.#peers.size <= maxPeers && expiresAtMs > nowMs) break;
      this.#peers.delete(oldest);
    }
  }

  has(peer: Peer, nowMs: number): boolean {
    const known = this.#peers.get(peerKey(peer));
    return known !== undefined && known.expiresAtMs > nowMs;
  }

  /** @returns whether the peer stays within its rate with one more request. */
  takeRequest(peer: Peer, nowMs: number): boolean {
    return this.#peers.get(peerKey(peer))?.bucket.take(nowMs) ?? false;
  }
}
