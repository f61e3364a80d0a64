import { EnvelopeKind, MAX_ENVELOPE_BYTES } from '@pairwire/pairing/rendezvous';
import { describe, expect, test } from 'vitest';

import { settle } from './fake-clock.ts';
import { envelope, Harness, linkId, record } from './harness.ts';

const LINK = linkId(1);

describe('envelopes between two sides that are here', () => {
  test('are forwarded as they are, both ways, in order', async () => {
    const { page, phone } = await new Harness().connectLink();
    const up = [1, 2, 3].map((n) => record(LINK, n, 100 * n));
    const down = [4, 5, 6].map((n) => record(LINK, n));
    for (const bytes of up) phone.channel.receive(bytes);
    for (const bytes of down) page.channel.receive(bytes);
    expect(page.takeEnvelopes()).toEqual(up);
    expect(phone.takeEnvelopes()).toEqual(down);
  });

  test.each(Object.entries(EnvelopeKind))('of kind %s pass', async (_name, kind) => {
    const { page, phone } = await new Harness().connectLink();
    await page.sendEnvelope(envelope(kind, LINK, 1));
    expect(phone.takeEnvelopes()).toEqual([envelope(kind, LINK, 1)]);
  });

  test('pass at their full length, 64 KiB of sealed text', async () => {
    const { page, phone } = await new Harness().connectLink();
    const longest = record(LINK, 1, MAX_ENVELOPE_BYTES - 17);
    await page.sendEnvelope(longest);
    expect(phone.takeEnvelopes()).toEqual([longest]);
  });

  test('of two links on one channel do not mix', async () => {
    const harness = new Harness();
    const first = await harness.connectLink(linkId(1));
    const page = first.page;
    await page.ask({
      type: 'open',
      v: 1,
      link: linkId(2),
      key: Buffer.alloc(32).toString('base64url'),
    });
    const second = harness.connect();
    await second.ask({ type: 'claim', v: 1, link: linkId(2) });
    await page.sendEnvelope(record(linkId(1), 1));
    await page.sendEnvelope(record(linkId(2), 2));
    expect(first.phone.takeEnvelopes()).toEqual([record(linkId(1), 1)]);
    expect(second.takeEnvelopes()).toEqual([record(linkId(2), 2)]);
  });

  test('of a link in which the sender has no seat are refused', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    const stranger = harness.connect();
    expect(await stranger.sendEnvelope(record(LINK, 1))).toEqual([
      { type: 'refused', reason: 'unknown-link', link: LINK },
    ]);
    expect([...page.takeEnvelopes(), ...phone.takeEnvelopes()]).toEqual([]);
  });
});

describe('before both accepted', () => {
  test('a side may send 10 envelopes, and no more', async () => {
    const { page, phone } = await new Harness().claimLink();
    for (let n = 0; n < 10; n++) {
      expect(await phone.sendEnvelope(envelope(EnvelopeKind.hello, LINK, n))).toEqual([]);
    }
    expect(await phone.sendEnvelope(envelope(EnvelopeKind.hello, LINK, 10))).toEqual([
      { type: 'refused', reason: 'too-many', link: LINK },
    ]);
    expect(page.takeEnvelopes()).toHaveLength(10);
    // The other side has its own ten.
    expect(await page.sendEnvelope(envelope(EnvelopeKind.answer, LINK, 0))).toEqual([]);
  });

  test('an envelope may have 4 KiB, and no more', async () => {
    const { page, phone } = await new Harness().claimLink();
    expect(await phone.sendEnvelope(envelope(EnvelopeKind.hello, LINK, 1, 4096 - 17))).toEqual([]);
    expect(await phone.sendEnvelope(envelope(EnvelopeKind.hello, LINK, 2, 4097 - 17))).toEqual([
      { type: 'refused', reason: 'too-large', link: LINK },
    ]);
    expect(page.takeEnvelopes()).toHaveLength(1);
  });

  test('page may not send into an unclaimed link without limit either', async () => {
    const { page } = await new Harness().openLink();
    for (let n = 0; n < 10; n++) await page.sendEnvelope(record(LINK, n));
    expect(await page.sendEnvelope(record(LINK, 10))).toMatchObject([{ reason: 'too-many' }]);
  });
});

describe('while the other side is away', () => {
  async function leavePhone(options = {}) {
    const harness = new Harness(options);
    const ends = await harness.connectLink();
    ends.phone.channel.lose();
    await settle();
    ends.page.take();
    const comeBack = async () => {
      const phone = harness.connect();
      const { phoneToken: token, epoch } = ends;
      await phone.ask({ type: 'again', v: 1, link: LINK, side: 'phone', token, epoch });
      return phone.takeEnvelopes();
    };
    return { harness, page: ends.page, comeBack };
  }

  test('records are kept and delivered in order behind its answer', async () => {
    const { page, comeBack } = await leavePhone();
    for (let n = 0; n < 5; n++) await page.sendEnvelope(record(LINK, n));
    expect(await comeBack()).toEqual([0, 1, 2, 3, 4].map((n) => record(LINK, n)));
  });

  test('other kinds are dropped: they belong to a moment that has passed', async () => {
    const { page, comeBack } = await leavePhone();
    await page.sendEnvelope(envelope(EnvelopeKind.position, LINK, 1));
    await page.sendEnvelope(envelope(EnvelopeKind.hello, LINK, 1));
    await page.sendEnvelope(envelope(EnvelopeKind.answer, LINK, 1));
    expect(await comeBack()).toEqual([]);
  });

  test('the newest 256 records are kept', async () => {
    const { harness, page, comeBack } = await leavePhone();
    for (let n = 0; n < 300; n++) {
      await page.sendEnvelope(record(LINK, n));
      await harness.clock.advance(20);
    }
    const kept = await comeBack();
    expect(kept).toHaveLength(256);
    expect(kept[0]).toEqual(record(LINK, 44));
    expect(harness.relay.counters.recordsDropped).toBe(44);
  });

  test('no more than 256 KiB are kept', async () => {
    const { harness, page, comeBack } = await leavePhone();
    for (let n = 0; n < 10; n++) {
      await page.sendEnvelope(record(LINK, n, 60_000));
      await harness.clock.advance(1_000);
    }
    const kept = await comeBack();
    expect(kept).toEqual([6, 7, 8, 9].map((n) => record(LINK, n, 60_000)));
  });

  test('nothing is kept when keeping is turned off', async () => {
    const { page, comeBack } = await leavePhone({ keptRecords: 0 });
    await page.sendEnvelope(record(LINK, 1));
    expect(await comeBack()).toEqual([]);
  });

  test('a kept record does not change when the buffer it came in is used again', async () => {
    const { page, comeBack } = await leavePhone();
    const bytes = record(LINK, 1);
    await page.sendEnvelope(bytes);
    bytes.fill(0);
    expect(await comeBack()).toEqual([record(LINK, 1)]);
  });

  test('what was kept goes with the link when it ends', async () => {
    const { harness, page, comeBack } = await leavePhone();
    await page.sendEnvelope(record(LINK, 1));
    await page.ask({ type: 'end', link: LINK, reason: 'happy' });
    expect(await comeBack()).toEqual([]);
    expect(harness.relay.links).toBe(0);
  });

  test('a phone that claims again gets nothing that was meant for the one before', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.claimLink();
    phone.channel.lose();
    await settle();
    await page.sendEnvelope(record(LINK, 1));
    const second = harness.connect();
    await second.ask({ type: 'claim', v: 1, link: LINK });
    expect(second.takeEnvelopes()).toEqual([]);
  });
});

describe('a side that sends faster than its rate', () => {
  test('is read more slowly, and nothing is lost: 100 at once, then 50 a second', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    for (let n = 0; n < 200; n++) phone.channel.receive(record(LINK, n));
    expect(page.takeEnvelopes()).toHaveLength(100);
    expect(phone.channel.isPaused).toBe(true);
    await harness.clock.advance(1_000);
    expect(page.takeEnvelopes()).toHaveLength(50);
    await harness.clock.advance(1_000);
    const rest = page.takeEnvelopes();
    expect(rest).toHaveLength(50);
    expect(rest.at(-1)).toEqual(record(LINK, 199));
    expect(phone.channel.isPaused).toBe(false);
    expect(phone.take()).toEqual([]);
  });

  test('has 64 KiB a second for long records', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    for (let n = 0; n < 6; n++) phone.channel.receive(record(LINK, n, 65_536 - 17));
    expect(page.takeEnvelopes()).toHaveLength(2);
    await harness.clock.advance(2_000);
    expect(page.takeEnvelopes()).toHaveLength(2);
  });

  test('whose channel ends has everything delivered that it had sent', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    for (let n = 0; n < 150; n++) phone.channel.receive(record(LINK, n), true);
    phone.channel.lose();
    await settle();
    expect(page.takeEnvelopes()).toHaveLength(150);
    expect(page.take()).toMatchObject([{ type: 'peer', presence: 'asleep' }]);
  });

  test('and whose packets come although it is paused is ended as one too many', async () => {
    const harness = new Harness();
    const { phone } = await harness.connectLink();
    for (let n = 0; n < 100 + 512 + 1; n++) phone.channel.receive(record(LINK, n), true);
    expect(phone.channel.closedWith).toEqual({ code: 4102, reason: 'too-many' });
  });
});

describe('a side that does not read', () => {
  test('holds the other one up, and lets it go on when it reads again', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    page.channel.isReading = false;
    for (let n = 0; n < 10; n++) phone.channel.receive(record(LINK, n));
    expect(page.takeEnvelopes()).toHaveLength(1);
    expect(phone.channel.isPaused).toBe(true);
    page.channel.drain();
    expect(page.takeEnvelopes()).toHaveLength(9);
    expect(phone.channel.isPaused).toBe(false);
  });

  test('is ended as slow after 15 s, and the record stays for its return', async () => {
    const harness = new Harness();
    const { page, phone, pageToken: token, epoch } = await harness.connectLink();
    page.channel.isReading = false;
    phone.channel.receive(record(LINK, 1));
    phone.channel.receive(record(LINK, 2));
    await harness.clock.advance(15_000);
    expect(page.channel.closedWith).toEqual({ code: 4001, reason: 'slow' });
    expect(phone.take()).toEqual([{ type: 'peer', link: LINK, presence: 'asleep' }]);
    expect(phone.channel.isPaused).toBe(false);
    const second = harness.connect();
    await second.ask({ type: 'again', v: 1, link: LINK, side: 'page', token, epoch });
    expect(second.takeEnvelopes()).toEqual([record(LINK, 2)]);
  });

  test('is ended as slow when 1 MiB waits for it', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    page.channel.bufferedBytes = 1_048_576 - 10;
    await phone.sendEnvelope(record(LINK, 1));
    expect(page.channel.closedWith).toEqual({ code: 4001, reason: 'slow' });
    expect(harness.relay.counters.channelsEnded).toEqual({ 4001: 1 });
  });

  test('does not hold up a side whose link has ended meanwhile', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    page.channel.isReading = false;
    phone.channel.receive(record(LINK, 1));
    phone.channel.receive(record(LINK, 2));
    await page.ask({ type: 'end', link: LINK, reason: 'happy' });
    expect(phone.channel.isPaused).toBe(false);
    expect(phone.take()).toMatchObject([{ type: 'ended' }, { type: 'refused' }]);
  });
});
