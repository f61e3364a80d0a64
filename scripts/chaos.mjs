// npm run chaos [-- --rounds N] [--seed S]: real relays and gateways are killed, networks cut, clocks
// set, while three links type; prints what happened, and the seed with which it happens again.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '1000' }, seed: { type: 'string' } },
});
const seed = values.seed ?? `${Math.floor(Math.random() * 1_000_000)}`;
if (!/^\d+$/.test(values.rounds) || !/^\d+$/.test(seed)) {
  console.error('--rounds and --seed must be whole numbers');
  process.exit(2);
}
console.log(`${values.rounds} rounds with --seed ${seed}`);
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--disableConsoleIntercept', 'test/chaos'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PAIRWIRE_CHAOS_ROUNDS: values.rounds, PAIRWIRE_CHAOS_SEED: seed },
  },
);
process.exitCode = status ?? 1;
