import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { TokenBucket } from '../../src/relay/token-bucket.ts';

describe('a token bucket', () => {
  test('gives a burst at once and its rate afterwards', () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0);
    expect([0, 0, 0, 0].map(() => bucket.take(1, 0))).toEqual([0, 0, 0, 500]);
    expect(bucket.take(1, 499)).toBe(1);
    expect(bucket.take(1, 500)).toBe(0);
  });

  test('lends more than a burst when it is full, and is paid back', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 10 }, 0);
    expect(bucket.take(25, 0)).toBe(0);
    expect(bucket.take(1, 0)).toBe(1_600);
  });

  test('does not fill when the clock runs backwards', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 10_000);
    bucket.take(1, 10_000);
    expect(bucket.take(1, 0)).toBeGreaterThan(0);
  });

  test('never gives more than burst and rate allow (property)', () => {
    const costs = fc.record({ cost: fc.nat(20), afterMs: fc.nat(3_000) });
    fc.assert(
      fc.property(fc.array(costs), (tries) => {
        const bucket = new TokenBucket({ perSecond: 7, burst: 20 }, 0);
        let nowMs = 0;
        let taken = 0;
        for (const { cost, afterMs } of tries) {
          nowMs += afterMs;
          if (bucket.take(cost, nowMs) === 0) taken += cost;
        }
        expect(taken).toBeLessThanOrEqual(20 + (nowMs / 1000) * 7 + 1e-6);
      }),
    );
  });

  test('who waits as long as told is served (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40)), (costs) => {
        const bucket = new TokenBucket({ perSecond: 3, burst: 20 }, 0);
        let nowMs = 0;
        for (const cost of costs) {
          nowMs += bucket.waitMs(cost, nowMs);
          expect(bucket.take(cost, nowMs)).toBe(0);
        }
      }),
    );
  });
});
