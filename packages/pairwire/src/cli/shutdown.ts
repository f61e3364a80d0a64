/** The orderly end of a server: signals, drain, exit code. */
import closeWithGrace from 'close-with-grace';

import { ExitCode } from './errors.ts';
import type { Logger } from './log.ts';

/** Longer than any closing handshake here, shorter than what service managers wait before SIGKILL. */
const DRAIN_MS = 8_000;

/** Left to the system: after these nothing the process does can be relied on. */
const NOT_OURS = [
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGUSR2',
] as const;

/**
 * Ends the process in order when it is told to (SIGTERM, SIGINT, SIGHUP) or when a defect of ours
 * was thrown: `close` runs, then exit code 0 or 1. A second signal ends it at once.
 */
export function closeOnSignal(
  close: () => Promise<void>,
  { log, write }: { log: Logger; write: (text: string) => void },
): void {
  closeWithGrace(
    {
      delay: DRAIN_MS,
      logger: false,
      skip: [...NOT_OURS, 'beforeExit'],
      onSecondSignal: () => process.exit(ExitCode.failed),
      onTimeout: () => log.error('not everything was closed in time'),
    },
    async ({ signal, err }) => {
      if (err) log.fatal({ err }, 'unexpected error');
      write(signal ? `stopping (${signal})\n` : 'stopping\n');
      try {
        await close();
      } catch (error) {
        log.fatal({ err: error }, 'the end was not in order');
        throw error;
      }
    },
  );
}
