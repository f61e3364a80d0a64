import { expect, test } from 'vitest';

import { TokenBucket } from '../../src/coap/token-bucket.ts';

test('grants the burst at once, then the rate', () => {
  const bucket = new TokenBucket({ perSecond: 2, burst: 3, nowMs: 0 });
  expect([1, 2, 3, 4].map(() => bucket.take(0))).toEqual([true, true, true, false]);
  expect(bucket.waitMs(0)).toBe(500);
  expect(bucket.take(499)).toBe(false);
  expect(bucket.take(500)).toBe(true);
  expect(bucket.isFull(1500)).toBe(false);
  expect(bucket.isFull(2000)).toBe(true);
});
