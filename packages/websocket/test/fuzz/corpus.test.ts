import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

import { readCorpus } from '../../fuzz/corpus.ts';
import { execute, makeInput } from '../../fuzz/fuzzer.ts';
import { KNOWN_DIFFERENCES } from '../../fuzz/known-differences.ts';
import { compareWithWs, explain } from '../../fuzz/targets/against-ws.ts';
import { TARGETS } from '../../fuzz/targets/index.ts';

const folder = fileURLToPath(new URL('../../fuzz/', import.meta.url));

/** Fixed: what is found here is found everywhere. `npm run fuzz` looks further. */
const SEED = 6455;

/** Less than a second each, on a machine that does other things besides. */
const EXECUTIONS: Readonly<Record<string, number>> = {
  connection: 1500,
  deflate: 800,
  codec: 400,
  'against-ws': 600,
  conversation: 300,
  utf8: 1000,
  request: 2000,
  response: 4000,
  extensions: 3000,
  doctor: 250,
};

describe.each(TARGETS)('$name', (target) => {
  const corpus = readCorpus(folder, target);

  test('has a corpus', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(10);
  });

  test.each(corpus)('withstands $name', async ({ input }) => {
    expect(await execute(target, input)).toBeUndefined();
  });

  test('withstands what is made of grammar, corpus and chance', async () => {
    const inputs = corpus.map(({ input }) => input);
    const count = EXECUTIONS[target.name] ?? 0;
    expect(count).toBeGreaterThan(0);
    for (let execution = 0; execution < count; execution++) {
      const error = await execute(target, makeInput(target, inputs, SEED, execution));
      expect(error, `execution ${execution}`).toBeUndefined();
    }
  });
});

test('the corpus has an example of every known difference to ws', async () => {
  const found = new Set<string | undefined>();
  for (const target of TARGETS.filter(({ name }) => name === 'against-ws')) {
    for (const { input } of readCorpus(folder, target)) {
      const disagreement = await compareWithWs(input);
      if (disagreement !== undefined) found.add(explain(disagreement));
    }
  }
  expect(found).toEqual(new Set(KNOWN_DIFFERENCES.map(({ name }) => name)));
});
