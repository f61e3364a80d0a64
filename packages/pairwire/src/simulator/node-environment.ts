import { randomFillSync } from 'node:crypto';

import type { Environment } from '../coap/index.ts';

/** Node's randomness, clock and timers. */
export const nodeEnvironment: Environment = {
  randomBytes: (length) => randomFillSync(new Uint8Array(length)),
  nowMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
