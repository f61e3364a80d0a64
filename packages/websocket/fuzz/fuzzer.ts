/** Makes inputs, runs them, makes the ones that fail small. */
import { kindOf } from './fault.ts';
import { mutate } from './mutate.ts';
import { Random, seedOfExecution } from './random.ts';
import type { Target } from './target.ts';

/** Most attempts to make a failing input smaller. */
const MAX_ATTEMPTS = 2_000;
const MAX_MINIMISE_MS = 20_000;

/** Random bytes are as long as this at most: they are refused early. */
const MAX_RANDOM_BYTES = 64;

/** A mutated input is not to become a whole other program. */
const MAX_INPUT_BYTES = 300_000;

/** The input of one execution; depends on nothing but the arguments. */
export function makeInput(
  target: Target,
  corpus: readonly Uint8Array[],
  seed: number,
  execution: number,
): Uint8Array {
  const random = new Random(seedOfExecution(seed, execution));
  const known = () =>
    corpus.length > 0 && random.chance(0.6)
      ? (corpus[random.below(corpus.length)] as Uint8Array)
      : target.generate(random);
  const way = random.next();
  if (way < 0.35) return target.generate(random);
  if (way < 0.45) return random.bytes(random.magnitude(MAX_RANDOM_BYTES));
  return mutate(known(), random, known()).slice(0, MAX_INPUT_BYTES);
}

/** What went wrong, if something did. */
export async function execute(target: Target, input: Uint8Array): Promise<unknown> {
  try {
    const running = target.run(input.slice());
    if (running !== undefined) await running;
    return undefined;
  } catch (error) {
    return error ?? new Error('something was thrown that is nothing');
  }
}

/** The smallest input found that fails in the same way. */
export async function minimise(
  target: Target,
  input: Uint8Array,
  error: unknown,
): Promise<Uint8Array> {
  const kind = kindOf(error);
  const deadline = Date.now() + MAX_MINIMISE_MS;
  let smallest = input;
  let attempts = 0;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < smallest.length;) {
      if (++attempts > MAX_ATTEMPTS || Date.now() > deadline) return smallest;
      const shorter = without(smallest, start, start + size);
      const found = await execute(target, shorter);
      if (found !== undefined && kindOf(found) === kind) smallest = shorter;
      else start += size;
    }
  }
  return smallest;
}

function without(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const rest = bytes.slice(0, bytes.length - Math.min(end, bytes.length) + start);
  rest.set(bytes.subarray(end), start);
  return rest;
}
