/**
 * `npm run chaos` in short: the same rounds for about 20 s. PAIRWIRE_CHAOS_ROUNDS and
 * PAIRWIRE_CHAOS_SEED, which that command sets, ask for more, or for the very same again.
 */
import { expect, test } from 'vitest';
import { describeResult, growthOf, runChaos } from './chaos.ts';

const { PAIRWIRE_CHAOS_ROUNDS: rounds, PAIRWIRE_CHAOS_SEED: seed } = process.env;
const isLong = rounds !== undefined;
const SHORT_MS = 15_000;
/** What the ends may hold more at the end than in the middle: they have sent as much again by then. */
const GROWTH_BYTES = 8 * 1_048_576;

test(
  'nothing is lost, double or out of order, whatever happens to relay, gateway and network',
  async () => {
    const result = await runChaos({
      rounds: isLong ? Number(rounds) : 30,
      seed: seed === undefined ? 1 : Number(seed),
      ...(isLong ? { report: (line: string) => console.log(line) } : { limitMs: SHORT_MS }),
    });
    if (isLong) console.log(describeResult(result));
    expect(result.texts).toBeGreaterThan(0);
    expect(growthOf(result)).toBeLessThan(GROWTH_BYTES);
  },
  isLong ? 24 * 3_600_000 : 120_000,
);
