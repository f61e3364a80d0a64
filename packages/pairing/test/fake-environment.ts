import type { Environment } from '../src/environment.ts';

interface Timer {
  atMs: number;
  run: () => void;
}

/** A clock that moves only when told, with its timers. */
export class FakeClock {
  nowMs = 1_000_000;
  #timers = new Set<Timer>();

  setTimer = (delayMs: number, run: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + Math.max(0, delayMs), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Runs everything that is due within that time, in order, and all that follows from it. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#timers.delete(next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
      await settle();
    }
    this.nowMs = endMs;
  }
}

/** Until every promise that can settle without time has settled: ciphers wait for microtasks only. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Bytes that look random and are the same every time (xorshift32). For tests only. */
export function seededBytes(seed: number): (length: number) => Uint8Array {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (length) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      state >>>= 0;
      return state & 0xff;
    });
}

export function fakeEnvironment(clock: FakeClock, seed: number): Environment {
  return {
    randomBytes: seededBytes(seed),
    nowMs: () => clock.nowMs,
    setTimer: (delayMs, run) => clock.setTimer(delayMs, run),
  };
}
