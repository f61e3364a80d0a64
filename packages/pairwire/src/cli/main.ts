/** The program: real streams, real commands, exit code. bin/pairwire.js calls `runMain`. */
import { readFileSync } from 'node:fs';

import { ExitCode, RunError, UsageError } from './errors.ts';
import { runProgram, type Actions } from './program.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

/** Runs the command line of this process. A server keeps the process alive after it returns. */
export async function runMain(): Promise<void> {
  // Who reads our output may go first (`pairwire up | head`); a server goes on without.
  process.stdout.on('error', () => {});
  const write = (text: string) => void process.stdout.write(text);
  try {
    await runProgram(process.argv.slice(2), {
      actions: createActions(write),
      version,
      environment: process.env,
      write,
    });
  } catch (error) {
    await exit(report(error));
  }
}

/** Each command is loaded when it is called: a wrong option, or help, need not wait for a relay. */
function createActions(write: (text: string) => void): Actions {
  return {
    async up(settings) {
      const { up } = await import('./commands/up.ts');
      await up(settings, { version, write });
    },
    async relay(settings) {
      const { relay } = await import('./commands/relay.ts');
      await relay(settings, write);
    },
    async gateway(settings) {
      const { gateway } = await import('./commands/gateway.ts');
      await gateway(settings, write);
    },
    async phone(guidOrLink, settings) {
      const { phone } = await import('./commands/phone.ts');
      await exit(await phone(guidOrLink, settings));
    },
    async page(settings) {
      const { page } = await import('./commands/page.ts');
      await exit(await page(settings));
    },
    async doctor(endpoint, settings) {
      const { doctor } = await import('./commands/doctor.ts');
      await exit(await doctor(endpoint, settings, write));
    },
  };
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
