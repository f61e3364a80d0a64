import { describe, expect, test } from 'vitest';

import { ENDED_LINK_LIFE_MS, type LinkStore, type LiveLink } from '../../src/relay/link-store.ts';
import type { FakeClock } from './fake-clock.ts';
import { KEY, linkId } from './harness.ts';

const LIVE: LiveLink = { state: 'waiting', key: KEY, createdAtMs: 1, page: null, phone: null };

/** What every store must do; `create` makes an empty one on that clock. */
export function testLinkStore(
  name: string,
  create: () => { store: LinkStore; clock: FakeClock },
): void {
  describe(`${name} as a link store`, () => {
    test('reads what was written, with a version that grows', async () => {
      const { store } = create();
      expect(await store.read(linkId(1))).toBeUndefined();
      expect(await store.write(linkId(1), LIVE, 0)).toBe(true);
      const first = await store.read(linkId(1));
      expect(first).toEqual({ link: LIVE, version: expect.any(Number) as number });
      const opened: LiveLink = { ...LIVE, state: 'opened' };
      expect(await store.write(linkId(1), opened, first?.version ?? 0)).toBe(true);
      const second = await store.read(linkId(1));
      expect(second?.link).toEqual(opened);
      expect(second?.version).toBeGreaterThan(first?.version ?? 0);
      expect(await store.read(linkId(2))).toBeUndefined();
    });

    test('refuses to write over what somebody else has written', async () => {
      const { store } = create();
      await store.write(linkId(1), LIVE, 0);
      const version = (await store.read(linkId(1)))?.version ?? 0;
      expect(await store.write(linkId(1), LIVE, 0)).toBe(false);
      expect(await store.write(linkId(1), LIVE, version + 1)).toBe(false);
      const [one, two] = await Promise.all([
        store.write(linkId(1), { ...LIVE, state: 'opened' }, version),
        store.write(linkId(1), { ...LIVE, state: 'claimed' }, version),
      ]);
      expect([one, two].filter(Boolean)).toHaveLength(1);
    });

    test('forgets an ended link after a while, and a live one never', async () => {
      const { store, clock } = create();
      await store.write(linkId(1), { state: 'ended', reason: 'happy' }, 0);
      await store.write(linkId(2), LIVE, 0);
      await clock.advance(ENDED_LINK_LIFE_MS - 1);
      expect(await store.read(linkId(1))).toMatchObject({ link: { reason: 'happy' } });
      await clock.advance(1);
      expect(await store.read(linkId(1))).toBeUndefined();
      expect(await store.read(linkId(2))).toBeDefined();
    });

    test('has an epoch and can be checked', async () => {
      const { store } = create();
      expect(store.epoch).toMatch(/^\S{1,64}$/);
      await store.check();
    });
  });
}
