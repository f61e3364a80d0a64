/** The program: real streams, real commands, exit code. bin/pairwire.js calls `runMain`. */
import { readFileSync } from 'node:fs';

import { ExitCode, RunError, UsageError } from './errors.ts';
import { gateway } from './commands/gateway.ts';
import { page } from './commands/page.ts';
import { phone } from './commands/phone.ts';
import { relay } from './commands/relay.ts';
import { up } from './commands/up.ts';
import { runProgram, type Actions } from './program.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

/** Runs the command line of this process. A server keeps the process alive after it returns. */
export async function runMain(): Promise<void> {
  // Who reads our output may go first (`pairwire up | head`); a server goes on without.
  process.stdout.on('error', () => {});
  const write = (text: string) => void process.stdout.write(text);
  const actions: Actions = {
    up: (settings) => up(settings, { version, write }),
    relay: (settings) => relay(settings, write),
    gateway: (settings) => gateway(settings, write),
    phone: async (guidOrLink, settings) => exit(await phone(guidOrLink, settings)),
    page: async (settings) => exit(await page(settings)),
  };
  try {
    await runProgram(process.argv.slice(2), {
      actions,
      version,
      environment: process.env,
      write,
    });
  } catch (error) {
    await exit(report(error));
  }
}

/** Ends the process once what was printed has left it: not every system writes to pipes at once. */
async function exit(code: ExitCode): Promise<never> {
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit(code);
}

function report(error: unknown): ExitCode {
  if (error instanceof UsageError || error instanceof RunError) {
    process.stderr.write(`pairwire: ${error.message}\n`);
    return error.exitCode;
  }
  // A defect of ours: the stack is what somebody needs to report it.
  process.stderr.write(
    `pairwire: unexpected error\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return ExitCode.failed;
}
