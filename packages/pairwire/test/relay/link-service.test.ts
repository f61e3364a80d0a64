import { describe, expect, test } from 'vitest';

import { settle } from './fake-clock.ts';
import { envelope, Harness, KEY, linkId, OTHER_KEY, record, SOME_TOKEN } from './harness.ts';
import { EnvelopeKind, SIDE_TOKEN_BYTES } from '@pairwire/pairing/rendezvous';

const LINK = linkId(1);

const open = (link = LINK, key = KEY) => ({ type: 'open', v: 1, link, key }) as const;
const visit = (link = LINK) => ({ type: 'visit', v: 1, link }) as const;
const claim = (link = LINK) => ({ type: 'claim', v: 1, link }) as const;
const accept = (link = LINK) => ({ type: 'accept', link }) as const;

function again(side: 'page' | 'phone', token: string, epoch: string, link = LINK) {
  return { type: 'again', v: 1, link, side, token, epoch } as const;
}

describe('open', () => {
  test('page hears waiting, with its token, the epoch and the time that is left', async () => {
    const harness = new Harness();
    const [waiting] = await harness.connect().ask(open());
    expect(waiting).toMatchObject({
      type: 'waiting',
      link: LINK,
      epoch: harness.relay.epoch,
      expiresInMs: 120_000,
    });
    const token = waiting?.type === 'waiting' ? waiting.token : '';
    expect(Buffer.from(token, 'base64url')).toHaveLength(SIDE_TOKEN_BYTES);
  });

  test('page may open the same link again with the same key, as its answer may have been lost', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink();
    await harness.clock.advance(20_000);
    const second = harness.connect();
    const [waiting] = await second.ask(open());
    expect(waiting).toMatchObject({ type: 'waiting', expiresInMs: 100_000 });
    expect(page.channel.closedWith).toEqual({ code: 4100, reason: 'replaced' });
    expect(harness.relay.counters.linksOpened).toBe(1);
  });

  test('page is refused a link that another page has', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink();
    const [refused] = await harness.connect().ask(open(LINK, OTHER_KEY));
    expect(refused).toEqual({ type: 'refused', reason: 'crowded', link: LINK });
    expect(page.channel.closedWith).toBeUndefined();
  });

  test('page is refused a link that somebody has claimed, even with the right key', async () => {
    const harness = new Harness();
    await harness.claimLink();
    const [refused] = await harness.connect().ask(open());
    expect(refused).toMatchObject({ type: 'refused', reason: 'crowded' });
  });

  test('page cannot open a link again that has expired', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink();
    await harness.clock.advance(120_000);
    page.take();
    expect(await page.ask(open())).toEqual([{ type: 'refused', reason: 'expired', link: LINK }]);
  });

  test('page with two codes shown loses the older one when it opens a third', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink(linkId(1));
    await page.ask(open(linkId(2)));
    expect(await page.ask(open(linkId(3)))).toMatchObject([
      { type: 'ended', link: linkId(1), reason: 'expired' },
      { type: 'waiting', link: linkId(3) },
    ]);
    const phone = harness.connect();
    expect(await phone.ask(visit(linkId(2)))).toMatchObject([{ type: 'visited' }]);
    expect(await phone.ask(visit(linkId(1)))).toMatchObject([
      { type: 'refused', reason: 'expired' },
    ]);
  });

  test('a link nobody claims ends after 120 s, and the page is told', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink();
    await harness.clock.advance(119_999);
    expect(page.take()).toEqual([]);
    await harness.clock.advance(1);
    expect(page.take()).toEqual([{ type: 'ended', link: LINK, reason: 'expired' }]);
    expect(harness.relay.counters.linksEnded.expired).toBe(1);
    expect(harness.relay.links).toBe(0);
  });
});

describe('visit', () => {
  test('phone hears how old the code is, and the page that somebody opened it', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink();
    await harness.clock.advance(7_000);
    const phone = harness.connect();
    expect(await phone.ask(visit())).toEqual([{ type: 'visited', link: LINK, ageMs: 7_000 }]);
    expect(page.take()).toEqual([{ type: 'opened', link: LINK }]);
  });

  test('a robot that visits a hundred times binds nothing: the phone still gets the seat', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink();
    const robot = harness.connect();
    for (let i = 0; i < 30; i++) await robot.ask(visit());
    expect(page.take()).toEqual([{ type: 'opened', link: LINK }]);
    robot.channel.lose();
    await settle();
    const [claimed] = await harness.connect().ask(claim());
    expect(claimed).toMatchObject({ type: 'claimed', key: KEY });
  });

  test('a visit does not make the link live longer', async () => {
    const harness = new Harness();
    await harness.openLink();
    await harness.clock.advance(100_000);
    const phone = harness.connect();
    await phone.ask(visit());
    await harness.clock.advance(20_000);
    expect(await phone.ask(claim())).toMatchObject([{ type: 'refused', reason: 'expired' }]);
  });

  test('phone is refused an unknown link, and a crowded one', async () => {
    const harness = new Harness();
    const phone = harness.connect();
    expect(await phone.ask(visit())).toEqual([
      { type: 'refused', reason: 'unknown-link', link: LINK },
    ]);
    await harness.claimLink();
    expect(await phone.ask(visit())).toEqual([{ type: 'refused', reason: 'crowded', link: LINK }]);
  });

  test('a link that expired long ago is unknown', async () => {
    const harness = new Harness();
    await harness.openLink();
    await harness.clock.advance(120_000 + 660_000);
    expect(await harness.connect().ask(visit())).toMatchObject([
      { type: 'refused', reason: 'unknown-link' },
    ]);
  });
});

describe('claim', () => {
  test('phone gets the key and a token, and the page hears that it is here', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink();
    const [claimed] = await harness.connect().ask(claim());
    expect(claimed).toMatchObject({ type: 'claimed', link: LINK, key: KEY });
    expect(page.take()).toEqual([{ type: 'peer', link: LINK, presence: 'here' }]);
  });

  test('a second phone before both accepted ends the link for everybody', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.claimLink();
    await page.ask(accept());
    const second = harness.connect();
    expect(await second.ask(claim())).toEqual([{ type: 'refused', reason: 'crowded', link: LINK }]);
    const ended = { type: 'ended', link: LINK, reason: 'crowded' };
    expect(page.take()).toEqual([ended]);
    expect(phone.take()).toEqual([ended]);
    expect(await second.ask(claim())).toMatchObject([{ reason: 'crowded' }]);
    expect(harness.relay.counters.linksEnded.crowded).toBe(1);
  });

  test('a second phone after both accepted is refused, and the link goes on', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    expect(await harness.connect().ask(claim())).toEqual([
      { type: 'refused', reason: 'crowded', link: LINK },
    ]);
    expect([...page.take(), ...phone.take()]).toEqual([]);
    await phone.sendEnvelope(record(LINK, 1));
    expect(page.takeEnvelopes()).toHaveLength(1);
  });

  test('phone that taps twice is answered twice and stays alone', async () => {
    const harness = new Harness();
    const { page, phone, phoneToken } = await harness.claimLink();
    const [claimed] = await phone.ask(claim());
    expect(claimed).toMatchObject({ type: 'claimed', key: KEY });
    expect(claimed).not.toMatchObject({ token: phoneToken });
    expect(page.take()).toEqual([]);
  });

  test('phone whose answer was lost may claim again from a new channel', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.claimLink();
    phone.channel.lose();
    await settle();
    const second = harness.connect();
    expect(await second.ask(claim())).toMatchObject([{ type: 'claimed' }]);
    expect(page.take()).toMatchObject([{ presence: 'asleep' }, { presence: 'here' }]);
  });

  test('phone that had said something before it vanished is not replaced by another', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.claimLink();
    await phone.sendEnvelope(envelope(EnvelopeKind.hello, LINK, 1));
    phone.channel.lose();
    await settle();
    expect(await harness.connect().ask(claim())).toMatchObject([{ reason: 'crowded' }]);
    expect(page.take()).toMatchObject([{ type: 'peer' }, { type: 'ended', reason: 'crowded' }]);
  });

  test('page cannot claim its own link', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink();
    expect(await page.ask(claim())).toEqual([
      { type: 'refused', reason: 'bad-request', link: LINK, path: 'link' },
    ]);
  });

  test('phone hears at once that the page is asleep', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink();
    page.channel.lose();
    await settle();
    expect(await harness.connect().ask(claim())).toMatchObject([
      { type: 'claimed' },
      { type: 'peer', presence: 'asleep' },
    ]);
  });

  test('two sides that do not accept each other within 120 s of the tap are parted', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.claimLink();
    await page.ask(accept());
    await harness.clock.advance(120_000);
    const ended = { type: 'ended', link: LINK, reason: 'expired' };
    expect(page.take()).toEqual([ended]);
    expect(phone.take()).toEqual([ended]);
  });
});

describe('accept', () => {
  test('a link that both sides accepted has no age limit', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    await harness.clock.advance(30 * 86_400_000);
    expect([...page.take(), ...phone.take()]).toEqual([]);
    expect(harness.relay.counters.links.connected).toBe(1);
  });

  test('page is refused when there is nobody to accept yet', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink();
    expect(await page.ask(accept())).toEqual([
      { type: 'refused', reason: 'bad-request', link: LINK, path: 'type' },
    ]);
  });

  test('a channel without a seat cannot accept or end a link', async () => {
    const harness = new Harness();
    await harness.claimLink();
    const stranger = harness.connect();
    const refused = { type: 'refused', reason: 'unknown-link', link: LINK };
    expect(await stranger.ask(accept())).toEqual([refused]);
    expect(await stranger.ask({ type: 'end', link: LINK, reason: 'happy' })).toEqual([refused]);
  });
});

describe('end', () => {
  test.each(['happy', 'rejected', 'scary', 'errory'] as const)(
    'both sides hear %s, which is counted, and the link is gone',
    async (reason) => {
      const harness = new Harness();
      const { page, phone } = await harness.connectLink();
      const ended = { type: 'ended', link: LINK, reason };
      expect(await phone.ask({ type: 'end', link: LINK, reason })).toEqual([ended]);
      expect(page.take()).toEqual([ended]);
      expect(harness.relay.counters.linksEnded[reason]).toBe(1);
      expect(await harness.connect().ask(claim())).toMatchObject([{ reason: 'unknown-link' }]);
    },
  );

  test('a side that was away hears the reason when it comes back', async () => {
    const harness = new Harness();
    const { page, phone, phoneToken, epoch } = await harness.connectLink();
    phone.channel.lose();
    await settle();
    await page.ask({ type: 'end', link: LINK, reason: 'happy' });
    expect(await harness.connect().ask(again('phone', phoneToken, epoch))).toEqual([
      { type: 'ended', link: LINK, reason: 'happy' },
    ]);
  });
});

describe('again', () => {
  const tokenOf = (replies: unknown[]): string => (replies[0] as { token: string }).token;

  test('a side that comes back is attached with a new token, and the other one hears of it', async () => {
    const harness = new Harness();
    const { page, phone, phoneToken, epoch } = await harness.connectLink();
    phone.channel.lose();
    await settle();
    expect(page.take()).toEqual([{ type: 'peer', link: LINK, presence: 'asleep' }]);
    const [attached] = await harness.connect().ask(again('phone', phoneToken, epoch));
    expect(attached).toMatchObject({ type: 'attached', link: LINK, epoch, peer: 'here' });
    expect(attached).not.toMatchObject({ token: phoneToken });
    expect(page.take()).toEqual([{ type: 'peer', link: LINK, presence: 'here' }]);
  });

  test('a side that comes back while its old channel still seems alive replaces it', async () => {
    const harness = new Harness();
    const { page, phone, phoneToken, epoch } = await harness.connectLink();
    const second = harness.connect();
    expect(await second.ask(again('phone', phoneToken, epoch))).toMatchObject([
      { type: 'attached' },
    ]);
    expect(phone.channel.closedWith).toEqual({ code: 4100, reason: 'replaced' });
    expect(page.take()).toEqual([{ type: 'peer', link: LINK, presence: 'here' }]);
    await page.sendEnvelope(record(LINK, 1));
    expect(second.takeEnvelopes()).toHaveLength(1);
  });

  test('an answer that was lost does not lock the seat: the token before it still opens it', async () => {
    const harness = new Harness();
    const { phoneToken, epoch } = await harness.connectLink();
    await harness.connect().ask(again('phone', phoneToken, epoch));
    await harness.connect().ask(again('phone', phoneToken, epoch));
    const replies = await harness.connect().ask(again('phone', phoneToken, epoch));
    expect(replies).toMatchObject([{ type: 'attached' }]);
    expect(await harness.connect().ask(again('phone', tokenOf(replies), epoch))).toMatchObject([
      { type: 'attached' },
    ]);
  });

  test('a token is over once the one after it was used', async () => {
    const harness = new Harness();
    const { phoneToken, epoch } = await harness.connectLink();
    const second = tokenOf(await harness.connect().ask(again('phone', phoneToken, epoch)));
    await harness.connect().ask(again('phone', second, epoch));
    expect(await harness.connect().ask(again('phone', phoneToken, epoch))).toEqual([
      { type: 'refused', reason: 'wrong-token', link: LINK },
    ]);
  });

  test('a token is over once an envelope came from who has the one after it', async () => {
    const harness = new Harness();
    const { phoneToken, epoch } = await harness.connectLink();
    const phone = harness.connect();
    const second = tokenOf(await phone.ask(again('phone', phoneToken, epoch)));
    await phone.sendEnvelope(envelope(EnvelopeKind.position, LINK, 1));
    expect(await harness.connect().ask(again('phone', phoneToken, epoch))).toMatchObject([
      { reason: 'wrong-token' },
    ]);
    expect(await harness.connect().ask(again('phone', second, epoch))).toMatchObject([
      { type: 'attached' },
    ]);
  });

  test('nobody gets a seat with a wrong token, or the token of the other side', async () => {
    const harness = new Harness();
    const { page, phone, pageToken, epoch } = await harness.connectLink();
    const stranger = harness.connect();
    const refused = { type: 'refused', reason: 'wrong-token', link: LINK };
    expect(await stranger.ask(again('phone', SOME_TOKEN, epoch))).toEqual([refused]);
    expect(await stranger.ask(again('phone', pageToken, epoch))).toEqual([refused]);
    expect([page.channel.closedWith, phone.channel.closedWith]).toEqual([undefined, undefined]);
  });

  test('nobody gets the seat of a phone that has not come yet', async () => {
    const harness = new Harness();
    const { pageToken, epoch } = await harness.openLink();
    const stranger = harness.connect();
    expect(await stranger.ask(again('phone', pageToken, epoch))).toMatchObject([
      { reason: 'wrong-token' },
    ]);
    expect(await stranger.ask(again('phone', SOME_TOKEN, 'another epoch'))).toMatchObject([
      { reason: 'wrong-token' },
    ]);
  });

  test('an unknown link of this epoch stays unknown', async () => {
    const harness = new Harness();
    const stranger = harness.connect();
    expect(await stranger.ask(again('page', SOME_TOKEN, harness.relay.epoch))).toEqual([
      { type: 'refused', reason: 'unknown-link', link: LINK },
    ]);
  });

  test('page comes back to a code that nobody has claimed', async () => {
    const harness = new Harness();
    const { page, pageToken, epoch } = await harness.openLink();
    page.channel.lose();
    await settle();
    const second = harness.connect();
    expect(await second.ask(again('page', pageToken, epoch))).toMatchObject([
      { type: 'attached', peer: 'gone' },
    ]);
    await harness.connect().ask(claim());
    expect(second.take()).toMatchObject([{ type: 'peer', presence: 'here' }]);
  });

  test('a side that stays away for 11 minutes ends the link as lonely', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    phone.channel.lose();
    await harness.clock.advance(659_999);
    expect(page.take()).toMatchObject([{ presence: 'asleep' }]);
    await harness.clock.advance(1);
    expect(page.take()).toEqual([{ type: 'ended', link: LINK, reason: 'lonely' }]);
  });

  test('a side that comes back in time starts the 11 minutes afresh', async () => {
    const harness = new Harness();
    const { page, phone, phoneToken, epoch } = await harness.connectLink();
    phone.channel.lose();
    await harness.clock.advance(650_000);
    const second = harness.connect();
    await second.ask(again('phone', phoneToken, epoch));
    await harness.clock.advance(650_000);
    second.channel.lose();
    await harness.clock.advance(650_000);
    expect(page.take().some(({ type }) => type === 'ended')).toBe(false);
  });
});

describe('presence', () => {
  const presence = (value: 'here' | 'asleep') =>
    ({ type: 'presence', link: LINK, presence: value }) as const;

  test('a side that is hidden counts as asleep, is sent what comes, and is here again when it says so', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    expect(await phone.ask(presence('asleep'))).toEqual([
      { type: 'peer', link: LINK, presence: 'here' },
    ]);
    expect(page.take()).toEqual([{ type: 'peer', link: LINK, presence: 'asleep' }]);
    await page.sendEnvelope(record(LINK, 1));
    expect(phone.takeEnvelopes()).toHaveLength(1);
    await phone.ask(presence('here'));
    expect(page.take()).toEqual([{ type: 'peer', link: LINK, presence: 'here' }]);
  });

  test('a side that comes back hears that the other one is asleep; coming back itself means here', async () => {
    const harness = new Harness();
    const { page, phone, pageToken, epoch } = await harness.connectLink();
    await phone.ask(presence('asleep'));
    page.channel.lose();
    const second = harness.connect();
    expect(await second.ask(again('page', pageToken, epoch))).toMatchObject([
      { type: 'attached', peer: 'asleep' },
    ]);
    phone.take();
    await second.ask(presence('asleep'));
    second.channel.lose();
    await settle();
    expect(phone.take()).toMatchObject([{ presence: 'asleep' }, { presence: 'asleep' }]);
  });

  test('page asks while nobody has tapped, and hears that there is nobody', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink();
    expect(await page.ask(presence('here'))).toEqual([
      { type: 'peer', link: LINK, presence: 'gone' },
    ]);
  });

  test('who has no seat is refused', async () => {
    const harness = new Harness();
    await harness.connectLink();
    expect(await harness.connect().ask(presence('here'))).toEqual([
      { type: 'refused', reason: 'unknown-link', link: LINK },
    ]);
  });
});

test('what leads to new keys is dropped while the other side is away, records under them are kept', async () => {
  const harness = new Harness();
  const { page, phone, phoneToken, epoch } = await harness.connectLink();
  phone.channel.lose();
  await settle();
  await page.sendEnvelope(envelope(EnvelopeKind.renewal, LINK, 1));
  await page.sendEnvelope(envelope(EnvelopeKind.renewedRecord, LINK, 2));
  const second = harness.connect();
  await second.ask(again('phone', phoneToken, epoch));
  expect(second.takeEnvelopes().map(([kind]) => kind)).toEqual([EnvelopeKind.renewedRecord]);
});

describe('a relay that was restarted and lost its memory', () => {
  test('takes a side up again, connected, and then the other one', async () => {
    const before = new Harness();
    const { pageToken, phoneToken, epoch } = await before.connectLink();
    const harness = new Harness({}, { seed: 2 });
    expect(harness.relay.epoch).not.toBe(epoch);
    const page = harness.connect();
    expect(await page.ask(again('page', pageToken, epoch))).toMatchObject([
      { type: 'attached', epoch: harness.relay.epoch, peer: 'asleep' },
    ]);
    await page.sendEnvelope(record(LINK, 1));
    const phone = harness.connect();
    expect(await phone.ask(again('phone', phoneToken, epoch))).toMatchObject([
      { type: 'attached', peer: 'here' },
    ]);
    expect(phone.takeEnvelopes()).toEqual([record(LINK, 1)]);
    expect(page.take()).toEqual([{ type: 'peer', link: LINK, presence: 'here' }]);
    expect(harness.relay.counters).toMatchObject({ linksAdopted: 1, links: { connected: 1 } });
  });

  test('keeps a taken seat for who has its token, old or new', async () => {
    const harness = new Harness();
    const first = harness.connect();
    const [attached] = await first.ask(again('page', SOME_TOKEN, 'foreign'));
    const token = attached?.type === 'attached' ? attached.token : '';
    const thief = Buffer.alloc(32, 1).toString('base64url');
    const stranger = harness.connect();
    // Whoever was first may be the thief: the owner then hears that somebody else is there.
    expect(await stranger.ask(again('page', thief, 'foreign'))).toEqual([
      { type: 'refused', reason: 'crowded', link: LINK },
    ]);
    expect(await stranger.ask(again('page', SOME_TOKEN, 'foreign'))).toMatchObject([
      { type: 'attached' },
    ]);
    expect(await harness.connect().ask(again('page', token, harness.relay.epoch))).toMatchObject([
      { type: 'refused', reason: 'wrong-token' },
    ]);
  });

  test('ends a link as lonely when the other side does not follow within 11 minutes', async () => {
    const harness = new Harness();
    const page = harness.connect();
    await page.ask(again('page', SOME_TOKEN, 'foreign'));
    await harness.clock.advance(660_000);
    expect(page.take()).toEqual([{ type: 'ended', link: LINK, reason: 'lonely' }]);
  });

  test('lets nobody claim or open a link it took up again', async () => {
    const harness = new Harness();
    await harness.connect().ask(again('page', SOME_TOKEN, 'foreign'));
    const stranger = harness.connect();
    expect(await stranger.ask(claim())).toMatchObject([{ reason: 'crowded' }]);
    expect(await stranger.ask(visit())).toMatchObject([{ reason: 'crowded' }]);
    expect(await stranger.ask(open())).toMatchObject([{ reason: 'crowded' }]);
  });

  test('does not bring back a link that ended since', async () => {
    const harness = new Harness();
    const page = harness.connect();
    await page.ask(again('page', SOME_TOKEN, 'foreign'));
    await page.ask({ type: 'end', link: LINK, reason: 'happy' });
    expect(await harness.connect().ask(again('phone', SOME_TOKEN, 'foreign'))).toEqual([
      { type: 'ended', link: LINK, reason: 'happy' },
    ]);
  });
});

describe('a relay that was restarted and kept its store', () => {
  test('finds links, tokens and epoch as they were', async () => {
    const before = new Harness();
    const ends = await before.connectLink();
    before.relay.close();
    await settle();
    const after = new Harness({}, { clock: before.clock, store: before.store });
    const phone = after.connect();
    expect(await phone.ask(again('phone', ends.phoneToken, ends.epoch))).toMatchObject([
      { type: 'attached', epoch: ends.epoch, peer: 'asleep' },
    ]);
    const page = after.connect();
    expect(await page.ask(again('page', ends.pageToken, ends.epoch))).toMatchObject([
      { type: 'attached', peer: 'here' },
    ]);
  });

  test('ends a link that was unclaimed then, counting from the restart', async () => {
    const before = new Harness();
    const ends = await before.openLink();
    before.relay.close();
    await settle();
    const after = new Harness({}, { clock: before.clock, store: before.store });
    const page = after.connect();
    await page.ask(again('page', ends.pageToken, ends.epoch));
    await after.clock.advance(120_000);
    expect(page.take()).toMatchObject([{ type: 'ended', reason: 'expired' }]);
  });
});

describe('a link that another node has changed', () => {
  /** Two nodes with one store; the first has the page. */
  async function twoNodes() {
    const first = new Harness();
    const ends = await first.openLink();
    const second = new Harness({}, { clock: first.clock, store: first.store, seed: 2 });
    return { first, second, ...ends };
  }

  test('has the deadline of its new state, not none: claimed there, it expires here', async () => {
    const { first, second, page } = await twoNodes();
    await first.clock.advance(60_000);
    await second.connect().ask(claim());
    second.relay.close();
    await first.clock.advance(60_000);
    expect(first.relay.counters.links).toMatchObject({ waiting: 0, claimed: 1 });
    await first.clock.advance(120_000);
    expect(page.take()).toEqual([{ type: 'ended', link: LINK, reason: 'expired' }]);
    expect(first.relay.links).toBe(0);
  });

  test('is told and forgotten here when it ended there', async () => {
    const { first, second, page } = await twoNodes();
    await second.connect().ask(claim());
    await second.connect().ask(claim());
    await first.clock.advance(120_000);
    expect(page.take()).toEqual([{ type: 'ended', link: LINK, reason: 'crowded' }]);
    expect(first.relay.links).toBe(0);
  });

  test('is forgotten here when the store has lost it', async () => {
    const { first, page } = await twoNodes();
    first.store.read = () => Promise.resolve(undefined);
    await first.clock.advance(120_000);
    expect(page.take()).toEqual([{ type: 'ended', link: LINK, reason: 'expired' }]);
    expect(first.relay.links).toBe(0);
  });
});

describe('a store that fails', () => {
  test('costs the channel that asked, which may come back, and nothing else', async () => {
    const harness = new Harness();
    const { page } = await harness.connectLink();
    const stranger = harness.connect();
    harness.store.read = () => Promise.reject(Object.assign(new Error(LINK), { code: 'ECONN' }));
    await stranger.ask(visit());
    expect(stranger.channel.closedWith).toEqual({ code: 4000, reason: 'store' });
    expect(page.channel.closedWith).toBeUndefined();
    expect(harness.relay.counters.storeFailures).toBe(1);
    expect(JSON.stringify(harness.log)).not.toContain(LINK);
  });

  test('puts off the end of a link until it works again', async () => {
    const harness = new Harness();
    const { page } = await harness.openLink();
    const read = harness.store.read.bind(harness.store);
    harness.store.read = () => Promise.reject(new Error('down'));
    await harness.clock.advance(120_000);
    expect(page.take()).toEqual([]);
    harness.store.read = read;
    await harness.clock.advance(120_000);
    expect(page.take()).toMatchObject([{ type: 'ended', reason: 'expired' }]);
  });

  test('that another node always beats to it gives up after a few tries', async () => {
    const harness = new Harness();
    harness.store.write = () => Promise.resolve(false);
    const page = harness.connect();
    await page.ask(open());
    expect(page.channel.closedWith).toEqual({ code: 4000, reason: 'store' });
  });
});
