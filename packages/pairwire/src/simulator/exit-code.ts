/** How a terminal ends; docs/reference/cli.md has the same numbers for the whole program. */
export const ExitCode = {
  /** Everything that was typed is on the other device, and the link was ended in good order. */
  done: 0,
  /** The world failed: nobody answers, the code has expired, was used or was refused. */
  failed: 1,
  /** What was given is no GUID and no link. */
  usage: 2,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
