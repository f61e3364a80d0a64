import { expect, test } from 'vitest';

import { AddressLimiter } from '../../src/relay/address-limiter.ts';
import { FakeClock } from './fake-clock.ts';

test('a client that did nothing for a minute is forgotten', async () => {
  const clock = new FakeClock();
  const limiter = new AddressLimiter(clock, 10);
  limiter.take('a');
  await clock.advance(59_999);
  expect(limiter.size).toBe(1);
  await clock.advance(1);
  expect([limiter.size, clock.pendingTimers]).toEqual([0, 0]);
});

test('no more than 65,536 clients are remembered', () => {
  const limiter = new AddressLimiter(new FakeClock(), 1);
  for (let i = 0; i < 65_536 + 100; i++) limiter.take(`client ${i}`);
  expect(limiter.size).toBe(65_536);
  expect(limiter.take('client 65636')).toBe(0);
  expect(limiter.take('client 65635')).toBeGreaterThan(0);
});

test('0 per minute means no limit, and nothing is remembered', () => {
  const limiter = new AddressLimiter(new FakeClock(), 0);
  for (let i = 0; i < 100; i++) expect(limiter.take('a')).toBe(0);
  expect(limiter.size).toBe(0);
});
