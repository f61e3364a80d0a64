import type { ResumeStore } from '@pairwire/pairing';

const KEY = 'pairwire.remembered';
/** Written and removed at once, to see whether anything can be. */
const PROBE_KEY = 'pairwire.probe';

/**
 * Where this browser keeps whom it remembers, until they are forgotten: localStorage, which holds
 * secrets then (docs/topics/attacks.md, A13). What lies there is checked by whoever reads it.
 *
 * @returns undefined where nothing can be kept, the storage being forbidden, read-only or full:
 *   nobody can be remembered there
 */
export function deviceStore(
  storage: () => Storage = () => window.localStorage,
): ResumeStore | undefined {
  const store: ResumeStore = {
    load: () => storage().getItem(KEY) ?? undefined,
    save: (devices) => storage().setItem(KEY, devices),
    clear: () => storage().removeItem(KEY),
  };
  try {
    // Some browsers let everything be read and nothing be written. What is kept is not written back
    // to find out: another window may have changed it since it was read.
    storage().setItem(PROBE_KEY, '1');
    storage().removeItem(PROBE_KEY);
    return store;
  } catch {
    return undefined;
  }
}

/** Whether anything lies there, which may turn out to be nothing of use. */
export function holdsAnything(store: ResumeStore | undefined): boolean {
  try {
    return store?.load() !== undefined;
  } catch {
    return false;
  }
}
