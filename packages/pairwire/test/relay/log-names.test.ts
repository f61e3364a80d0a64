import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';

import { LogNames } from '../../src/relay/log-names.ts';
import { FakeClock } from './fake-clock.ts';

test('a name in the log is the same all day, another one the next, and tells nothing', async () => {
  const clock = new FakeClock();
  const names = new LogNames(clock, randomBytes);
  const name = names.client('192.0.2.1');
  expect(name).toMatch(/^[A-Za-z0-9_-]{12}$/);
  expect(names.client('192.0.2.1')).toBe(name);
  expect(names.client('192.0.2.2')).not.toBe(name);
  expect(names.link('192.0.2.1')).not.toBe(name);
  expect(new LogNames(clock, randomBytes).client('192.0.2.1')).not.toBe(name);
  await clock.advance(86_400_000);
  expect(names.client('192.0.2.1')).not.toBe(name);
});
