import type { Counters } from './counters.ts';
import { diagnostics } from './diagnostics.ts';

/** What an application's own function threw must be seen, and must not end the process. */
export function reportAsWarning(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

/** Counts a failure and tells the option `failed`, which may fail in its turn. */
export function reportFailure(
  error: unknown,
  failed: (error: unknown) => unknown,
  counters: Counters,
): void {
  counters.applicationFailures += 1;
  if (diagnostics.failed.hasSubscribers) diagnostics.failed.publish({ error });
  callSafely(() => failed(error), reportAsWarning);
}

/** Calls a function of the application, synchronous or not, for whose result nobody waits. */
export function callSafely(run: () => unknown, failed: (error: unknown) => void): void {
  try {
    const result = run();
    if (isPromise(result)) result.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

/** A promise of whatever make. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
