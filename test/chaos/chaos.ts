/**
 * Rounds of typing while everything around goes wrong. After each round all is well again, and then
 * every finished text must have arrived once and in order, and the live fields must be equal.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SeededRandom } from '../system/seeded-random.ts';
import type { Correspondent } from './correspondent.ts';
import { pickFault, type Fault } from './faults.ts';
import { World } from './world.ts';

export interface ChaosOptions {
  rounds: number;
  seed: number;
  /** Stops early, between two rounds. Default: never. */
  limitMs?: number;
  report?: (line: string) => void;
}

export interface ChaosResult {
  rounds: number;
  texts: number;
  /** How often each fault was drawn. */
  faults: Record<string, number>;
  /** What is held after garbage collection, every so many rounds. */
  heapBytes: number[];
}

/** As long as the longest pause between two tries, a probe of a silent pipe, and a slow machine. */
const SETTLE_LIMIT_MS = 60_000;
/** How often memory is measured in a run: each time costs a garbage collection. */
const HEAP_SAMPLES = 100;
const WORDS = ['hello', 'Привет', '你好', '🎉🎉', 'naïve', 'كلمة', 'e\u0301te\u0301', '👩‍👩‍👧'];

/** @throws Error with the seed and the round when anything is missing, double, or out of order */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { rounds, seed, limitMs = Number.POSITIVE_INFINITY, report = () => {} } = options;
  const result: ChaosResult = { rounds: 0, texts: 0, faults: {}, heapBytes: [] };
  const endMs = performance.now() + limitMs;
  const world = await World.start(seed);
  try {
    for (let round = 0; round < rounds && performance.now() < endMs; round++) {
      // Every round has a generator of its own: how long one takes does not change the next.
      const random = new SeededRandom(seed * 1_000_003 + round);
      const faults = drawFaults(random);
      for (const { name } of faults) result.faults[name] = (result.faults[name] ?? 0) + 1;
      const beganMs = performance.now();
      result.texts += await playRound(world, round, random, faults);
      const tookMs = Math.round(performance.now() - beganMs);
      report(`round ${round}: ${tookMs} ms, ${faults.map(({ name }) => name).join('; ')}`);
      result.rounds += 1;
      if (round % Math.ceil(rounds / HEAP_SAMPLES) === 0) result.heapBytes.push(heapInUse());
    }
  } catch (error) {
    throw new Error(`chaos with seed ${seed} failed in round ${result.rounds}`, { cause: error });
  } finally {
    await world.stop();
  }
  return result;
}

/** What is held in the last quarter of a run beyond what was held in the second; 0 for a short run. */
export function growthOf({ heapBytes }: ChaosResult): number {
  const quarter = Math.floor(heapBytes.length / 4);
  if (quarter < 2) return 0;
  const second = heapBytes.slice(quarter, 2 * quarter);
  return Math.min(...heapBytes.slice(-quarter)) - Math.min(...second);
}

export function describeResult(result: ChaosResult): string {
  const { rounds, texts, faults, heapBytes } = result;
  const mebibytes = (bytes: number) => (bytes / 1_048_576).toFixed(1);
  const drawn = Object.entries(faults).map(([name, times]) => `  ${times} × ${name}`);
  return [
    `${rounds} rounds, ${texts} texts, each once and in order`,
    ...drawn.toSorted(),
    `memory of the ends after garbage collection: ${mebibytes(Math.min(...heapBytes))} to ${mebibytes(Math.max(...heapBytes))} MiB`,
  ].join('\n');
}

function drawFaults(random: SeededRandom): Fault[] {
  return Array.from({ length: random.between(1, 3) }, () => pickFault(random));
}

/** @returns how many texts were finished in it */
async function playRound(
  world: World,
  round: number,
  random: SeededRandom,
  faults: readonly Fault[],
): Promise<number> {
  const mischief = random.fork();
  const writing = world.correspondents.map((writer) => write(writer, round, random.fork()));
  for (const fault of faults) {
    await pause(mischief.between(0, 50));
    await fault.run(world, mischief);
  }
  await Promise.all(writing);
  world.heal();
  const isSettled = () =>
    world.links.every(({ page, phone }) => page.hasAllOf(phone) && phone.hasAllOf(page));
  const settled = await world.until(isSettled, SETTLE_LIMIT_MS);
  // Whatever comes twice would come about now.
  await pause(5);
  let texts = 0;
  for (const { page, phone } of world.links) {
    compare(page, phone, settled);
    compare(phone, page, settled);
    texts += page.sent.length + phone.sent.length;
    page.forget();
    phone.forget();
  }
  return texts;
}

/** A few words letter by letter, some of them finished, with pauses in which anything may happen. */
async function write(writer: Correspondent, round: number, random: SeededRandom): Promise<void> {
  for (let word = random.between(1, 4); word > 0; word--) {
    const letters = Array.from(`${round}.${word} ${random.pick(WORDS)} ${random.pick(WORDS)}`);
    for (let typed = 1; typed <= letters.length; typed += random.between(1, 4)) {
      writer.type(letters.slice(0, typed).join(''));
      await pause(random.between(0, 20));
    }
    if (random.chance(0.7)) writer.send(letters.join(''));
    if (random.chance(0.1)) writer.send('p'.repeat(random.between(1, 30_000)));
  }
}

function compare(writer: Correspondent, reader: Correspondent, settled: boolean): void {
  const { texts, field, phase, description } = reader.received;
  const cut = (text: string) =>
    text.length > 60 ? `${text.slice(0, 60)}… (${text.length})` : text;
  const sameTexts =
    texts.length === writer.sent.length && texts.every((text, i) => text === writer.sent[i]);
  if (settled && sameTexts && field === writer.typed && phase === 'connected') return;
  throw new Error(
    [
      `${writer.name} → ${reader.name}${settled ? '' : ' did not come to rest'}`,
      `sent ${JSON.stringify(writer.sent.map(cut))}`,
      `came ${JSON.stringify(texts.map(cut))}`,
      `typed ${JSON.stringify(cut(writer.typed))}, seen ${JSON.stringify(cut(field))}`,
      `${writer.name}: ${writer.received.description}`,
      `${reader.name}: ${description}`,
    ].join('\n'),
  );
}

let collectGarbage: (() => void) | undefined;

function heapInUse(): number {
  if (collectGarbage === undefined) {
    setFlagsFromString('--expose-gc');
    collectGarbage = runInNewContext('gc') as () => void;
  }
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
