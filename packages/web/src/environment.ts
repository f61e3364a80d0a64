import { connectChannel } from '@pairwire/channel/client';
import type { Environment, OpenPipe } from '@pairwire/pairing';

/** The browser as pairing sees it. Needs nothing that a page on `http://` lacks. */
export const browserEnvironment: Environment = {
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  // Unlike Date.now it does not jump when the clock is set.
  nowMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = window.setTimeout(run, delayMs);
    return () => window.clearTimeout(timer);
  },
};

/** Pipes to the relay that serves this page. */
export const openRelayPipe: OpenPipe = (handler) => connectChannel(location.origin, handler);
