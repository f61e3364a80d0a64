/** Time, as the relay asks for it: injected, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since the epoch, never running backwards. */
  nowMs(): number;
  /** Runs once, after at least this long. @returns a function that cancels. */
  setTimer(delayMs: number, run: () => void): () => void;
}

/** The process's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
