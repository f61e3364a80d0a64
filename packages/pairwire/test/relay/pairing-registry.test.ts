import { describe, expect, test } from 'vitest';

import { MemoryStore } from '../../src/relay/memory-store.ts';
import { PairingRegistry, StoreContentionError } from '../../src/relay/pairing-registry.ts';
import { FakeClock } from './fake-clock.ts';
import { createFakeRandom, KEY, linkId, OTHER_KEY } from './harness.ts';

const LINK = linkId(1);

function create() {
  const clock = new FakeClock();
  const randomBytes = createFakeRandom();
  const store = new MemoryStore(clock, randomBytes);
  const environment = { nowMs: () => clock.nowMs(), randomBytes };
  // Two relays on one store know nothing of each other.
  const registries = [1, 2].map(() => new PairingRegistry(store, environment));
  const [registry, other] = registries as [PairingRegistry, PairingRegistry];
  return { store, registry, other };
}

describe('two relays on one store', () => {
  test('give the phone seat to one of two phones that tap at the same time', async () => {
    const { registry, other } = create();
    await registry.open(LINK, KEY);
    const outcomes = await Promise.all([registry.claim(LINK, false), other.claim(LINK, false)]);
    // The second one is a second claim before both accepted, whichever it is.
    expect(outcomes.map(({ type }) => type).toSorted()).toEqual(['crowded', 'seated']);
  });

  test('give a link to one of two pages', async () => {
    const { registry, other } = create();
    const outcomes = await Promise.all([registry.open(LINK, KEY), other.open(LINK, OTHER_KEY)]);
    expect(outcomes.map(({ type }) => type).toSorted()).toEqual(['refused', 'seated']);
  });

  test('connect a link that both sides accept at the same time, each on its relay', async () => {
    const { registry, other } = create();
    await registry.open(LINK, KEY);
    await registry.claim(LINK, false);
    const outcomes = await Promise.all([
      registry.accept(LINK, 'page'),
      other.accept(LINK, 'phone'),
    ]);
    const states = outcomes.map((outcome) => outcome.type === 'accepted' && outcome.link.state);
    expect(new Set(states)).toEqual(new Set(['claimed', 'connected']));
  });

  test('end a link once', async () => {
    const { registry, other } = create();
    await registry.open(LINK, KEY);
    const outcomes = await Promise.all([registry.end(LINK, 'happy'), other.end(LINK, 'scary')]);
    expect(outcomes.filter(Boolean)).toHaveLength(1);
  });
});

describe('what is stored', () => {
  test('holds hashes of tokens, no token, and the key only until both accepted', async () => {
    const { registry, store } = create();
    const opened = await registry.open(LINK, KEY);
    const claimed = await registry.claim(LINK, false);
    const dump = () => JSON.stringify([...store.entries()]);
    expect(dump()).toContain(KEY);
    await registry.accept(LINK, 'page');
    await registry.accept(LINK, 'phone');
    expect(dump()).not.toContain(KEY);
    const tokens = [opened, claimed].map((outcome) =>
      outcome.type === 'seated' ? outcome.token : 'none',
    );
    expect(tokens).not.toContain('none');
    for (const token of tokens) expect(dump()).not.toContain(token);
  });

  test('is nothing but a reason once a link has ended', async () => {
    const { registry, store } = create();
    await registry.open(LINK, KEY);
    await registry.end(LINK, 'lonely');
    expect((await store.read(LINK))?.link).toEqual({ state: 'ended', reason: 'lonely' });
  });
});

test('a store that is always a step ahead is given up on', async () => {
  const { registry, store } = create();
  store.write = () => Promise.resolve(false);
  await expect(registry.open(LINK, KEY)).rejects.toThrow(StoreContentionError);
});
