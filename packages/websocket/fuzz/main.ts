/**
 * npm run fuzz [-- --minutes N] [--executions N] [--seed S] [--target NAME]… [--replay FILE]
 *
 * Each target runs in a thread of its own and is watched: an execution that does not end, or takes
 * all memory, is a finding like any other.
 */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

import { readCorpus, readInput, writeFailure } from './corpus.ts';
import { execute, makeInput } from './fuzzer.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets/index.ts';
import { MINIMISING, type Order, type Report } from './worker.ts';

/** An execution takes milliseconds; one that is still running after this does not end. */
const STUCK_MS = 30_000;
const LOOK_MS = 1_000;
const MAX_MEMORY_MIB = 1_024;

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    minutes: { type: 'string', default: '8' },
    executions: { type: 'string', default: 'Infinity' },
    seed: { type: 'string' },
    target: { type: 'string', multiple: true },
    replay: { type: 'string' },
  },
});
const folder = values.folder ?? '.';
const seed = values.seed === undefined ? Date.now() % 0x7fff_ffff : Number(values.seed);
const targets = TARGETS.filter(({ name }) => values.target?.includes(name) ?? true);
if (targets.length === 0) {
  console.error(`no such target; there are ${TARGETS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

process.exitCode = values.replay === undefined ? await fuzz() : await replay(values.replay);

async function fuzz(): Promise<number> {
  const milliseconds = (Number(values.minutes) * 60_000) / targets.length;
  console.log(`seed ${seed}, ${Math.round(milliseconds / 1000)} s for each target`);
  let findings = 0;
  for (const target of targets) {
    const started = Date.now();
    const report = await watch(target, milliseconds);
    const seconds = (Date.now() - started) / 1000;
    const perSecond = Math.round(report.executions / seconds);
    console.log(`${target.name}: ${report.executions} executions, ${perSecond} per second`);
    if (!('input' in report)) continue;
    findings++;
    reportFinding(target, report.executions - 1, report.input, report.error);
  }
  return findings === 0 ? 0 : 1;
}

/** Runs a target in a thread and never waits for one that is stuck. */
function watch(target: Target, milliseconds: number): Promise<Report> {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const executions = Number(values.executions);
  const order: Order = { folder, target: target.name, seed, milliseconds, executions, progress };
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MIB },
    });
    const settle = (report: Report) => {
      clearInterval(timer);
      resolve(report);
      void worker.terminate();
    };
    const blame = (error: string) => {
      const corpus = readCorpus(folder, target).map(({ input }) => input);
      const execution = Math.max(progress[0] ?? 0, 0);
      settle({
        executions: execution + 1,
        input: makeInput(target, corpus, seed, execution),
        error,
      });
    };
    let last = 0;
    let lastChange = Date.now();
    const timer = setInterval(() => {
      const now = Atomics.load(progress, 0);
      if (now !== last || now === MINIMISING) lastChange = Date.now();
      last = now;
      if (Date.now() - lastChange > STUCK_MS) blame('the execution does not end');
    }, LOOK_MS);
    worker.on('message', settle);
    worker.on('error', (error) => blame(error.stack ?? error.message));
  });
}

function reportFinding(target: Target, execution: number, input: Uint8Array, error: string): void {
  const remarks = `${target.name}, seed ${seed}, execution ${execution}\n${error}`;
  const file = relative('.', writeFailure(folder, target, `${seed}-${execution}`, input, remarks));
  console.error(`\nFOUND by ${target.name} at execution ${execution}:\n${error}`);
  console.error(`\n${input.length} bytes are in ${file}; to run them again:`);
  console.error(`  npm run fuzz -- --target ${target.name} --replay ${file}\n`);
}

async function replay(file: string): Promise<number> {
  const [target, another] = targets;
  if (target === undefined || another !== undefined) {
    console.error('--replay needs one --target');
    return 2;
  }
  const error = await execute(target, readInput(file, target));
  console.log(error ?? `${target.name} takes it as it should`);
  return error === undefined ? 0 : 1;
}
