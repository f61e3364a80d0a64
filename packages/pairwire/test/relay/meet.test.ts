/** Ends that remember each other wait at links that nobody has opened (docs/protocol/pairing.md §16.2). */
import { describe, expect, test } from 'vitest';

import { envelope, Harness, linkId } from './harness.ts';
import { EnvelopeKind, type Side } from '@pairwire/pairing/rendezvous';

const LINK = linkId(1);
const meet = (side: Side, link = LINK) => ({ type: 'meet', v: 1, link, side }) as const;

describe('meet', () => {
  test('relay says in its welcome how many a channel may have', () => {
    expect(new Harness({ maxMeetingsPerChannel: 3 }).connect().welcome).toMatchObject({
      limits: { meetings: 3 },
    });
  });

  test('both sides get their seats, in any order, hear of each other, and are forwarded', async () => {
    for (const [first, second] of [
      ['page', 'phone'],
      ['phone', 'page'],
    ] as const) {
      const harness = new Harness();
      const early = harness.connect();
      const late = harness.connect();
      expect(await early.ask(meet(first))).toMatchObject([{ type: 'attached', peer: 'asleep' }]);
      expect(await late.ask(meet(second))).toMatchObject([{ type: 'attached', peer: 'here' }]);
      expect(early.take()).toEqual([{ type: 'peer', link: LINK, presence: 'here' }]);
      await late.sendEnvelope(envelope(EnvelopeKind.renewal, LINK, 1));
      expect(early.takeEnvelopes()).toHaveLength(1);
    }
  });

  test('a side that waits is not ended, however long nobody comes', async () => {
    const harness = new Harness();
    const page = harness.connect();
    await page.ask(meet('page'));
    await harness.clock.advance(3_600_000);
    expect(page.take()).toEqual([]);
    expect(harness.relay.counters.links.connected).toBe(1);
  });

  test('a link is given up when whoever waited has been away for 11 minutes', async () => {
    const harness = new Harness();
    const page = harness.connect();
    await page.ask(meet('page'));
    page.channel.lose();
    await harness.clock.advance(700_000);
    expect(harness.relay.counters.links.connected).toBe(0);
  });

  test('the newest has the seat; the channel of the one before lives on', async () => {
    const harness = new Harness();
    const old = harness.connect();
    const young = harness.connect();
    await old.ask(meet('page'));
    await young.ask(meet('page'));
    expect(old.take()).toEqual([{ type: 'refused', reason: 'crowded', link: LINK }]);
    expect(old.channel.closedWith).toBeUndefined();
    const phone = harness.connect();
    await phone.ask(meet('phone'));
    expect(young.take()).toEqual([{ type: 'peer', link: LINK, presence: 'here' }]);
    expect(old.take()).toEqual([]);
  });

  test('a link that has ended can be met at again, and is not forgotten with the old one', async () => {
    const harness = new Harness();
    const page = harness.connect();
    await page.ask(meet('page'));
    await page.ask({ type: 'end', link: LINK, reason: 'rejected' });
    page.take();
    expect(await page.ask(meet('page'))).toMatchObject([{ type: 'attached' }]);
    await harness.clock.advance(700_000);
    expect(await harness.connect().ask(meet('phone'))).toMatchObject([{ peer: 'here' }]);
  });

  test('a code that is shown is no place to meet', async () => {
    const harness = new Harness();
    await harness.openLink(LINK);
    expect(await harness.connect().ask(meet('phone'))).toMatchObject([
      { type: 'refused', reason: 'crowded' },
    ]);
  });

  test('the token takes the seat back', async () => {
    const harness = new Harness();
    const [attached] = await harness.connect().ask(meet('page'));
    if (attached?.type !== 'attached') throw new Error('no seat');
    const { token, epoch } = attached;
    const [again] = await harness
      .connect()
      .ask({ type: 'again', v: 1, link: LINK, side: 'page', token, epoch });
    expect(again).toMatchObject({ type: 'attached' });
  });

  test('a channel waits at so many links at most', async () => {
    const harness = new Harness({ maxMeetingsPerChannel: 1 });
    const page = harness.connect();
    await page.ask(meet('page'));
    expect(await page.ask(meet('page', linkId(2)))).toMatchObject([
      { type: 'refused', reason: 'too-many', link: linkId(2) },
    ]);
    expect(await page.ask(meet('page'))).toMatchObject([{ type: 'attached' }]);
  });

  test('an address is told to come back later when it asks too often', async () => {
    const harness = new Harness({ meetPerMinute: 1 });
    const page = harness.connect('203.0.113.7');
    await page.ask(meet('page'));
    expect(await page.ask(meet('page', linkId(2)))).toMatchObject([
      { type: 'refused', reason: 'too-many', retryAfterMs: expect.any(Number) },
    ]);
  });
});
