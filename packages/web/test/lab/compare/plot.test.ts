import { expect, test } from 'vitest';
import { medianOf } from '../../../src/lab/compare/comparison.ts';
import { roundUp } from '../../../src/lab/compare/plot.ts';

test('an axis ends at a number that is easy to read', () => {
  expect([1, 3, 7, 10, 11, 49, 51, 999, 0.3].map(roundUp)).toEqual([
    1, 5, 10, 10, 20, 50, 100, 1000, 0.5,
  ]);
});

test('the median is the sample in the middle', () => {
  const samples = [9, 1, 5].map((value) => ({ atMs: 0, value }));
  expect(medianOf(samples)).toBe(5);
  expect(medianOf([])).toBeUndefined();
});
