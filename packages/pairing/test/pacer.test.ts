import { expect, test } from 'vitest';
import { Pacer } from '../src/pacer.ts';

const limits = { recordsPerSecond: 50, bytesPerSecond: 65_536, envelopeBytes: 65_561 };

/** How many records of that size go out in that time, asking as early as allowed. */
function countIn(pacer: Pacer, bytes: number, ms: number): number {
  let count = 0;
  for (let nowMs = 0; nowMs <= ms;) {
    const waitMs = pacer.take(bytes, nowMs);
    if (waitMs === 0) count += 1;
    else nowMs += waitMs;
  }
  return count;
}

test('after a burst of one second’s worth it stays under the relay’s rate', () => {
  expect(countIn(new Pacer(limits, 0), 100, 0)).toBe(50);
  const inTenSeconds = countIn(new Pacer(limits, 0), 100, 10_000);
  expect(inTenSeconds).toBeGreaterThan(490);
  expect(inTenSeconds).toBeLessThanOrEqual(500);
});

test('long records are held to the bytes', () => {
  const inTenSeconds = countIn(new Pacer(limits, 0), 65_561, 10_000);
  expect(inTenSeconds).toBe(10);
});

test('a relay that allows nothing does not stop it, one that allows everything does not lift the limit', () => {
  const none = { recordsPerSecond: 0, bytesPerSecond: 0, envelopeBytes: 0 };
  expect(countIn(new Pacer(none, 0), 100, 10_000)).toBeGreaterThan(5);
  expect(countIn(new Pacer(none, 0), 65_561, 60_000)).toBeGreaterThan(1);
  const all = { recordsPerSecond: 1e12, bytesPerSecond: 1e12, envelopeBytes: 1e12 };
  expect(countIn(new Pacer(all, 0), 100, 1000)).toBeLessThan(2001);
});

test('a pause asked for is kept within reason', () => {
  const pacer = new Pacer(limits, 0);
  pacer.pause(5000, 0);
  expect(pacer.take(1, 0)).toBe(5000);
  expect(pacer.take(1, 5000)).toBe(0);
  pacer.pause(1e9, 5000);
  expect(pacer.take(1, 5000)).toBe(30_000);
});

test('a clock that jumps back holds nothing up for long', () => {
  const pacer = new Pacer(limits, 1e9);
  expect(pacer.take(1, 0)).toBe(0);
  pacer.pause(1000, 1e9);
  expect(pacer.take(1, 0)).toBe(0);
});
