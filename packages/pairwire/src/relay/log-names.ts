import { createHmac } from 'node:crypto';

import type { Clock } from './clock.ts';

const KEY_BYTES = 32;
/** How long the same client keeps its name in the log. */
const ROTATION_MS = 86_400_000;
/** Enough to tell links of one log apart, too few to be an identity elsewhere. */
const NAME_BYTES = 9;

/**
 * Names for the log: keyed hashes of link ids and addresses. The key is random, stays in memory
 * and changes every day, so a log tells which lines belong together and nothing else.
 */
export class LogNames {
  readonly #clock: Clock;
  readonly #randomBytes: (length: number) => Uint8Array;
  #key: Uint8Array;
  #madeAtMs: number;

  constructor(clock: Clock, randomBytes: (length: number) => Uint8Array) {
    this.#clock = clock;
    this.#randomBytes = randomBytes;
    this.#key = randomBytes(KEY_BYTES);
    this.#madeAtMs = clock.nowMs();
  }

  link(id: string): string {
    return this.#hash(`link ${id}`);
  }

  client(address: string): string {
    return this.#hash(`client ${address}`);
  }

  #hash(text: string): string {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#madeAtMs >= ROTATION_MS) {
      this.#key = this.#randomBytes(KEY_BYTES);
      this.#madeAtMs = nowMs;
    }
    const digest = createHmac('sha256', this.#key).update(text).digest();
    return digest.subarray(0, NAME_BYTES).toString('base64url');
  }
}
