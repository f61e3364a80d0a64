/** Time as the ladder asks for it: injected, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since any fixed moment, never running backwards. */
  nowMs(): number;
  /** Runs once, after at least this long. @returns a function that cancels. */
  setTimer(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
