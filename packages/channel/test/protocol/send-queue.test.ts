import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { SendQueue } from '../../src/protocol/send-queue.ts';

describe('what waits for a body', () => {
  test('is taken whole, oldest first, as much as fits', () => {
    const queue = new SendQueue();
    for (const length of [3, 4, 5]) queue.push(new Uint8Array(length).fill(length));
    expect([...queue.take(7)]).toEqual([3, 3, 3, 4, 4, 4, 4]);
    expect([...queue.take(1)]).toEqual([5, 5, 5, 5, 5]);
    expect([queue.isEmpty, queue.bytes, queue.take(10).length]).toEqual([true, 0, 0]);
  });

  test('costs more than its bytes, so that tiny entries are bounded', () => {
    const queue = new SendQueue();
    for (let i = 0; i < 100; i++) queue.push(new Uint8Array(3));
    expect(queue.bytes).toBe(100 * 67);
    queue.clear();
    expect([queue.isEmpty, queue.bytes]).toEqual([true, 0]);
  });

  test('comes out as it went in, whatever is taken when (property)', () => {
    const step = fc.oneof(
      fc.record({ push: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
      fc.record({ take: fc.integer({ min: 0, max: 50 }) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const queue = new SendQueue();
        const put: number[] = [];
        const got: number[] = [];
        for (const one of steps) {
          if ('take' in one) got.push(...queue.take(one.take));
          else {
            queue.push(one.push);
            put.push(...one.push);
          }
        }
        while (!queue.isEmpty) got.push(...queue.take(30));
        expect([got, queue.bytes]).toEqual([put, 0]);
      }),
    );
  });
});
