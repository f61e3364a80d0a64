import { expect, test } from 'vitest';

import { PollInterval } from '../../src/protocol/poll-interval.ts';

test('polling rests ever longer in silence, and not behind what came (§8.7)', () => {
  const interval = new PollInterval();
  const rests = Array.from({ length: 12 }, () => interval.after(0));
  expect(rests.slice(0, 3)).toEqual([100, 150, 225]);
  expect(rests.slice(-2)).toEqual([5_000, 5_000]);
  expect([interval.after(7), interval.after(0)]).toEqual([0, 100]);
});

test('polling begins anew after something was sent (§8.7)', () => {
  const interval = new PollInterval();
  for (let i = 0; i < 20; i++) interval.after(0);
  interval.hasSent();
  expect(interval.after(0)).toBe(100);
});
