/** Closes the connections of a server, evenly spread over a window of time. */

/** Steps are no shorter than this; a step closes as many as are due. */
const STEP_MS = 20;

/**
 * Calls `close` for each, the first at once and the last at the end of the window, so that not all
 * clients come back at the same moment. Resolves when all were called, or `signal` is aborted.
 */
export function spreadOver<T>(
  items: readonly T[],
  windowMs: number,
  close: (item: T) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  if (windowMs === 0 || items.length <= 1) {
    for (const item of items) close(item);
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const startMs = performance.now();
    let next = 0;
    const step = (): void => {
      const share = Math.min(1, (performance.now() - startMs) / windowMs);
      const due = 1 + Math.floor(share * (items.length - 1));
      while (next < due) close(items[next++] as T);
      if (next === items.length) finish();
    };
    const timer = setInterval(step, Math.min(STEP_MS, windowMs));
    const finish = (): void => {
      clearInterval(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    signal?.addEventListener('abort', finish, { once: true });
    step();
  });
}
