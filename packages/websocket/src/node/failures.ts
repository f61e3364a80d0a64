/** What an application's own function threw must be seen, and must not end the process. */
export function reportAsWarning(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
