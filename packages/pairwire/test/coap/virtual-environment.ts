import type { Environment } from '../../src/coap/index.ts';

interface Timer {
  atMs: number;
  order: number;
  run(): void;
}

/** A clock that moves only when told to, timers that fire in order, and reproducible chance. */
export class VirtualEnvironment implements Environment {
  #nowMs = 0;
  #order = 0;
  #timers: Timer[] = [];
  readonly #random: () => number;

  constructor(seed = 1) {
    this.#random = createRandom(seed);
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** From 0 inclusive to 1 exclusive. */
  random(): number {
    return this.#random();
  }

  randomBytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => Math.floor(this.#random() * 256));
  }

  setTimer(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, order: this.#order, run };
    this.#order += 1;
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      const next = this.#timers
        .filter((timer) => timer.atMs <= endMs)
        .toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
    }
    this.#nowMs = endMs;
  }
}

/** mulberry32: small, seeded, good enough to shuffle datagrams. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
