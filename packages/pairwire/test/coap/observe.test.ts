import { expect, test } from 'vitest';

import { FreshnessCheck, ObserveSequence } from '../../src/coap/observe.ts';
import { findUint, OptionNumber } from '../../src/coap/option.ts';

test('sequence numbers count up', () => {
  const sequence = new ObserveSequence();
  const numbers = [1, 2, 3].map(() => findUint([sequence.takeOption()], OptionNumber.observe));
  expect(numbers).toEqual([0, 1, 2]);
});

test.each([
  ['a greater number', 5, 6, true],
  ['the same number', 5, 5, false],
  ['a smaller number', 5, 4, false],
  ['a number past the wrap', 2 ** 24 - 1, 0, true],
  ['a number before the wrap', 0, 2 ** 24 - 1, false],
  ['a number half way round less one', 0, 2 ** 23 - 1, true],
  ['a number half way round', 0, 2 ** 23, false],
])('%s is judged as §3.4 says', (_name, first, second, fresh) => {
  const check = new FreshnessCheck();
  expect(check.accept(first, 0)).toBe(true);
  expect(check.accept(second, 1000)).toBe(fresh);
});

test('after 128 s any number is newer', () => {
  const check = new FreshnessCheck();
  check.accept(5, 0);
  expect(check.accept(4, 128_000)).toBe(false);
  expect(check.accept(4, 128_001)).toBe(true);
});
