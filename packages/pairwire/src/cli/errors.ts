/**
 * How a command ends. docs/reference/cli.md lists the exit codes.
 *
 * Both errors are for the person at the terminal: one line, no stack. Anything else that is thrown
 * is a defect of ours.
 */

export const ExitCode = {
  done: 0,
  /** The world failed: a port in use, no relay, a refused code. */
  failed: 1,
  /** The command line is wrong: unknown option, bad value, missing argument. */
  usage: 2,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode = ExitCode.usage;
}

export class RunError extends Error {
  override readonly name = 'RunError';
  readonly exitCode = ExitCode.failed;
}
