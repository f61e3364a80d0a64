/**
 * Proof that a peer receives at the address it sends from (RFC 9175 §2.4, item 3).
 *
 * The token is an HMAC over address, port and time: nothing is stored per peer, so asking costs no
 * memory however many addresses are made up. Eight bytes keep the challenge shorter than any
 * request that deserves one.
 */
import { peerKey, type Peer } from './environment.ts';

export const ECHO_BYTES = 8;

export interface EchoOptions {
  /** HMAC-SHA256 under a key that lives as long as this process. */
  hmac(data: Uint8Array): Uint8Array;
  nowMs(): number;
  /** A token is good for one to two of these. Default 10 000 ms. */
  slotMs?: number;
}

export class EchoGuard {
  readonly #options: EchoOptions;
  readonly #slotMs: number;

  constructor(options: EchoOptions) {
    this.#options = options;
    this.#slotMs = options.slotMs ?? 10_000;
  }

  create(peer: Peer): Uint8Array {
    return this.#token(peer, this.#slot());
  }

  check(peer: Peer, token: Uint8Array): boolean {
    const slot = this.#slot();
    // Both are always computed: the time taken says nothing about which one was close.
    const current = isEqual(token, this.#token(peer, slot));
    const previous = isEqual(token, this.#token(peer, slot - 1));
    return current || previous;
  }

  #slot(): number {
    return Math.floor(this.#options.nowMs() / this.#slotMs);
  }

  #token(peer: Peer, slot: number): Uint8Array {
    const data = new TextEncoder().encode(`${peerKey(peer)}|${slot}`);
    return this.#options.hmac(data).subarray(0, ECHO_BYTES);
  }
}

/** Looks at every byte, wherever the first difference is. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}
