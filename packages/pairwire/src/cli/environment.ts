import { randomFillSync } from 'node:crypto';

import type { Environment } from '@pairwire/pairing';

/** Node's randomness, clock and timers, as the endpoints ask for them. */
export const nodeEnvironment: Environment = {
  randomBytes: (length) => randomFillSync(new Uint8Array(length)),
  nowMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
