import { expect, test } from 'vitest';

import { MemoryStore } from '../../src/relay/memory-store.ts';
import { FakeClock } from './fake-clock.ts';
import { createFakeRandom, linkId } from './harness.ts';
import { testLinkStore } from './link-store-contract.ts';

testLinkStore('MemoryStore', () => {
  const clock = new FakeClock();
  return { clock, store: new MemoryStore(clock, createFakeRandom()) };
});

test('a memory store remembers 65,536 ended links at most', async () => {
  const store = new MemoryStore(new FakeClock(), createFakeRandom());
  for (let n = 0; n < 65_536 + 10; n++) {
    await store.write(linkId(n), { state: 'ended', reason: 'happy' }, 0);
  }
  expect(store.size).toBe(65_536);
  expect(await store.read(linkId(9))).toBeUndefined();
  expect(await store.read(linkId(10))).toBeDefined();
});

test('each memory store has an epoch of its own', () => {
  const random = createFakeRandom();
  const clock = new FakeClock();
  expect(new MemoryStore(clock, random).epoch).not.toBe(new MemoryStore(clock, random).epoch);
});
