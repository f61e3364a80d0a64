import { connectChannel, LadderMemory } from '@pairwire/channel/client';
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

/** The way that works in this network. It outlives a reload, if the browser lets it. */
const memory = new LadderMemory({
  storage: {
    // Named inside, because where it is forbidden, naming it is forbidden, too.
    getItem: (key) => sessionStorage.getItem(key),
    setItem: (key, value) => sessionStorage.setItem(key, value),
    removeItem: (key) => sessionStorage.removeItem(key),
  },
});

window.addEventListener('online', () => memory.forget());
// Not every browser tells; then `online` has to do.
(navigator as { connection?: EventTarget }).connection?.addEventListener('change', () => {
  memory.forget();
});

/** Pipes to the relay that serves this page, each on the best transport that gets through. */
export const openRelayPipe: OpenPipe = (handler) =>
  connectChannel(location.origin, handler, { memory });
