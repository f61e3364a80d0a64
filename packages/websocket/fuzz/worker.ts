/** Runs one target until its time is over or something is found; the watcher is in main.ts. */
import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

import { readCorpus } from './corpus.ts';
import { execute, makeInput, minimise } from './fuzzer.ts';
import { TARGETS } from './targets/index.ts';

export interface Order {
  readonly folder: string;
  readonly target: string;
  readonly seed: number;
  readonly milliseconds: number;
  readonly executions: number;
  /** One number: the execution that is running, or `MINIMISING`. */
  readonly progress: Int32Array;
}

export type Report =
  | { readonly executions: number }
  | {
      readonly executions: number;
      readonly input: Uint8Array;
      readonly error: string;
    };

/** Node frees what was native only between two turns of the event loop, and most targets take none. */
const EXECUTIONS_PER_TURN = 256;

/** In place of an execution: the failing input is being made smaller. */
export const MINIMISING = -1;

async function run(order: Order): Promise<Report> {
  const target = TARGETS.find(({ name }) => name === order.target);
  if (target === undefined) throw new Error(`no target ${order.target}`);
  const corpus = readCorpus(order.folder, target).map(({ input }) => input);
  const deadline = Date.now() + order.milliseconds;
  let execution = 0;
  for (; execution < order.executions && Date.now() < deadline; execution++) {
    if (execution % EXECUTIONS_PER_TURN === 0) await setImmediate();
    Atomics.store(order.progress, 0, execution);
    const input = makeInput(target, corpus, order.seed, execution);
    const error = await execute(target, input);
    if (error === undefined) continue;
    Atomics.store(order.progress, 0, MINIMISING);
    const smallest = await minimise(target, input, error);
    return {
      executions: execution + 1,
      input: smallest,
      error: describe((await execute(target, smallest)) ?? error),
    };
  }
  return { executions: execution };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

if (parentPort !== null) parentPort.postMessage(await run(workerData as Order));
