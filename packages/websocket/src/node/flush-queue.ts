/** Collects connections with unsent output and flushes them once, at the end of this tick. */

export interface Flushable {
  flush(): void;
}

let waiting: Flushable[] = [];

/** The caller makes sure to queue itself once only. */
export function flushAtEndOfTick(item: Flushable): void {
  if (waiting.push(item) === 1) process.nextTick(flushAll);
}

function flushAll(): void {
  const items = waiting;
  waiting = [];
  for (const item of items) item.flush();
}
