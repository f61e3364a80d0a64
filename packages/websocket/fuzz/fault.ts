import { inspect } from 'node:util';

/** The code under test did something that it must not do. */
export class Fault extends Error {
  override readonly name = 'Fault';
}

/** @param rule - what must hold, the same words for every input, so that findings can be told apart */
export function check(condition: boolean, rule: string, details?: unknown): void {
  if (condition) return;
  const rest = details === undefined ? '' : `\n${inspect(details, { maxArrayLength: 20 })}`;
  throw new Fault(rule + rest);
}

/** Compares two lists of events; the message shows where they part. */
export function checkSameEvents(
  actual: readonly string[],
  expected: readonly string[],
  rule: string,
): void {
  const length = Math.max(actual.length, expected.length);
  for (let index = 0; index < length; index++) {
    if (actual[index] === expected[index]) continue;
    throw new Fault(
      `${rule}\nevent ${index}: ${shorten(actual[index])}\n expected: ${shorten(expected[index])}`,
    );
  }
}

/** What tells one kind of finding from another: its first line. */
export function kindOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.split('\n', 1)[0] ?? '';
}

function shorten(event: string | undefined): string {
  if (event === undefined) return '(none)';
  return event.length > 120 ? `${event.slice(0, 120)}… (${event.length})` : event;
}
