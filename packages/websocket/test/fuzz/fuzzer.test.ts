import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

import { readInput, writeFailure } from '../../fuzz/corpus.ts';
import { check } from '../../fuzz/fault.ts';
import { execute, makeInput, minimise } from '../../fuzz/fuzzer.ts';
import { UnfinishedMessage, walkFrames } from '../../fuzz/frame-walker.ts';
import { Random } from '../../fuzz/random.ts';
import type { Target } from '../../fuzz/target.ts';
import { TARGETS } from '../../fuzz/targets/index.ts';
import { concat, hex, toHex, utf8 } from '../protocol/support/bytes.ts';

/** Fails as soon as two bytes are there, wherever they stand. */
const planted: Target = {
  name: 'planted',
  format: 'hex',
  generate: (random) => random.bytes(40),
  run(input) {
    check(
      !(input.includes(0x2a) && input.includes(0x7f)),
      'the two bytes do not meet',
      input.length,
    );
  },
};

describe('inputs', () => {
  test.each(TARGETS)('of $name are the same for the same seed', (target) => {
    const corpus = [utf8('an input'), utf8('another')];
    for (let execution = 0; execution < 50; execution++) {
      const [first, second] = [1, 2].map(() => makeInput(target, corpus, 7, execution));
      expect(first).toEqual(second);
    }
  });

  test('differ from execution to execution and from seed to seed', () => {
    const inputs = [1, 2].flatMap((seed) =>
      Array.from({ length: 200 }, (_, execution) => toHex(makeInput(planted, [], seed, execution))),
    );
    // Very short ones may be the same by chance.
    expect(new Set(inputs).size).toBeGreaterThan(360);
  });
});

describe('a finding', () => {
  test('is found, and made as small as it can be', async () => {
    let execution = 0;
    let input = makeInput(planted, [], 3, execution);
    while ((await execute(planted, input)) === undefined) {
      input = makeInput(planted, [], 3, ++execution);
    }
    const error = await execute(planted, input);
    const smallest = await minimise(planted, input, error);
    expect([...smallest].toSorted((a, b) => a - b)).toEqual([0x2a, 0x7f]);
  });

  test('is not mistaken for another', async () => {
    const two: Target = {
      ...planted,
      run: (input) => check(input.length > 3, input.length > 1 ? 'one rule' : 'another rule'),
    };
    const input = Uint8Array.of(1, 2, 3);
    const smallest = await minimise(two, input, await execute(two, input));
    expect(smallest).toHaveLength(2);
  });

  test('of something that is thrown without being an error is one, too', async () => {
    const throwing: Target = { ...planted, run: () => Promise.reject(new Error('later')) };
    expect(await execute(throwing, Uint8Array.of())).toEqual(new Error('later'));
  });

  test('is written to a file that reads back', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const input = concat(hex('000102'), new Uint8Array(5000).fill(0x61), hex('ff00'));
    const file = writeFailure(folder, planted, 'a', input, 'two\nremarks # with hash');
    expect(readInput(file, planted)).toEqual(input);
    expect(readFileSync(file, 'utf8')).toContain('61*5000\nff00\n');
    const text: Target = { ...planted, format: 'text' };
    const block = utf8('GET / HTTP/1.1\r\n# no remark\0');
    expect(readInput(writeFailure(folder, text, 'b', block, ''), text)).toEqual(block);
  });
});

test('random choices stay in their bounds', () => {
  const random = new Random(1);
  const magnitudes = random.list(10_000, () => random.magnitude(100));
  expect([Math.min(...magnitudes), Math.max(...magnitudes)]).toEqual([0, 100]);
  const below = random.list(10_000, () => random.below(3));
  expect(new Set(below)).toEqual(new Set([0, 1, 2]));
});

test('the walker knows how much of an unfinished message has arrived', () => {
  const stream = hex('01 02 6161' + '89 00' + '00 03 626262' + '80 00' + '81 7e0002 63 63' + '81');
  const unfinished = new UnfinishedMessage(walkFrames(stream));
  const arrived = Array.from(stream, (_, index) => unfinished.bytesAt(index + 1));
  expect(arrived).toEqual([0, 0, 1, 2, 2, 2, 2, 2, 3, 4, 5, 5, 0, 0, 0, 0, 0, 1, 0, 0]);
});
