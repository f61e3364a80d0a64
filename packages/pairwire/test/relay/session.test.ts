import { formatRequest, MAX_CONTROL_BYTES, MAX_ENVELOPE_BYTES } from '@pairwire/pairing/rendezvous';
import { describe, expect, test } from 'vitest';

import { settle } from './fake-clock.ts';
import { Harness, KEY, linkId, record } from './harness.ts';

const LINK = linkId(1);

describe('a channel', () => {
  test('is welcomed with version, epoch and limits', () => {
    const harness = new Harness();
    expect(harness.connect().welcome).toEqual({
      type: 'welcome',
      v: 1,
      epoch: harness.relay.epoch,
      limits: {
        envelopeBytes: MAX_ENVELOPE_BYTES,
        recordsPerSecond: 50,
        bytesPerSecond: 65_536,
        meetings: 4,
      },
    });
  });

  test('has its packets handled in order: an envelope waits for the request before it', async () => {
    const harness = new Harness();
    const { page, phone, phoneToken: token, epoch } = await harness.connectLink();
    phone.channel.lose();
    await settle();
    const second = harness.connect();
    second.channel.receive(
      formatRequest({ type: 'again', v: 1, link: LINK, side: 'phone', token, epoch }),
    );
    second.channel.receive(record(LINK, 1), true);
    second.channel.receive(record(LINK, 2), true);
    await settle();
    expect(second.take()).toMatchObject([{ type: 'attached' }]);
    expect(page.takeEnvelopes()).toEqual([record(LINK, 1), record(LINK, 2)]);
  });

  test('is not answered any more once it is gone, and its seats are away', async () => {
    const harness = new Harness();
    const page = harness.connect();
    page.channel.receive(formatRequest({ type: 'open', v: 1, link: LINK, key: KEY }));
    page.channel.lose();
    await settle();
    expect(page.take()).toEqual([]);
    expect(await harness.connect().ask({ type: 'claim', v: 1, link: LINK })).toMatchObject([
      { type: 'claimed' },
      { type: 'peer', presence: 'asleep' },
    ]);
  });

  test('that ends with a last word has it heard', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    phone.channel.receive(record(LINK, 1));
    phone.channel.receive(formatRequest({ type: 'end', link: LINK, reason: 'happy' }));
    phone.channel.lose();
    await settle();
    expect(page.takeEnvelopes()).toHaveLength(1);
    expect(page.take()).toEqual([{ type: 'ended', link: LINK, reason: 'happy' }]);
  });
});

describe('bad input', () => {
  const open = { type: 'open', v: 1, link: LINK, key: KEY };

  test.each([
    ['no JSON', '{', ''],
    ['an empty text', '', ''],
    ['no object', '[]', 'type'],
    ['null', 'null', ''],
    ['an unknown type', '{"type":"close"}', 'type'],
    ['a field too many', JSON.stringify({ ...open, more: 1 }), 'more'],
    ['a field too few', JSON.stringify({ ...open, key: undefined }), 'key'],
    ['a link that is none', JSON.stringify({ ...open, link: 'x' }), 'link'],
    ['a link of a wrong type', JSON.stringify({ ...open, link: { length: 22 } }), 'link'],
    ['an unknown reason', `{"type":"end","link":"${LINK}","reason":"bored"}`, 'reason'],
  ])('%s is refused as a bad request with the path of the field', async (_name, text, path) => {
    const peer = new Harness().connect();
    expect(await peer.say(text)).toEqual([{ type: 'refused', reason: 'bad-request', path }]);
    expect(peer.channel.closedWith).toBeUndefined();
  });

  test('another version of the protocol is refused as that', async () => {
    const peer = new Harness().connect();
    expect(await peer.say(JSON.stringify({ ...open, v: 2 }))).toEqual([
      { type: 'refused', reason: 'version', path: 'v' },
    ]);
  });

  test('a request of more than 4 KiB is refused unread', async () => {
    const peer = new Harness().connect();
    const text = JSON.stringify({ ...open, more: 'x'.repeat(MAX_CONTROL_BYTES) });
    expect(await peer.say(text)).toEqual([{ type: 'refused', reason: 'too-large' }]);
  });

  test('a field name chosen by a stranger comes back cut', async () => {
    const peer = new Harness().connect();
    const [refused] = await peer.say(JSON.stringify({ ...open, ['x'.repeat(3000)]: 1 }));
    expect(refused).toMatchObject({ path: 'x'.repeat(64) });
  });

  test.each([
    ['too short for an envelope', new Uint8Array(16)],
    ['of kind 0', new Uint8Array(17)],
    ['of kind 7', new Uint8Array(17).fill(7, 0, 1)],
  ])('bytes %s are refused as a bad request', async (_name, bytes) => {
    const peer = new Harness().connect();
    expect(await peer.sendEnvelope(bytes)).toEqual([{ type: 'refused', reason: 'bad-request' }]);
  });

  test('an envelope of more than its longest is refused as too large', async () => {
    const { page } = await new Harness().connectLink();
    const [refused] = await page.sendEnvelope(record(LINK, 1, MAX_ENVELOPE_BYTES - 16));
    expect(refused).toEqual({ type: 'refused', reason: 'too-large' });
  });

  test('again and again ends the channel, with a code that says to stay away', async () => {
    const harness = new Harness();
    const peer = harness.connect();
    for (let i = 0; i < 20; i++) await peer.say('{');
    expect(peer.channel.closedWith).toBeUndefined();
    await peer.say('{');
    expect(peer.channel.closedWith).toEqual({ code: 4101, reason: 'bad-request' });
    expect(harness.relay.size).toBe(0);
  });

  test('that is always too large ends the channel with its own code', async () => {
    const peer = new Harness().connect();
    const tooLong = 'x'.repeat(MAX_CONTROL_BYTES + 1);
    for (let i = 0; i < 21; i++) await peer.say(tooLong);
    expect(peer.channel.closedWith).toEqual({ code: 4103, reason: 'too-large' });
  });

  test('now and then is forgiven', async () => {
    const harness = new Harness();
    const peer = harness.connect();
    for (let i = 0; i < 100; i++) {
      await peer.say('{');
      await harness.clock.advance(2_000);
    }
    expect(peer.channel.closedWith).toBeUndefined();
  });
});

describe('requests faster than their rate', () => {
  test('are refused with the time to wait, and end the channel when that is ignored', async () => {
    const harness = new Harness();
    const peer = harness.connect();
    const visit = { type: 'visit', v: 1, link: LINK } as const;
    for (let i = 0; i < 40; i++) {
      expect(await peer.ask(visit)).toMatchObject([{ reason: 'unknown-link' }]);
    }
    expect(await peer.ask(visit)).toEqual([
      { type: 'refused', reason: 'too-many', retryAfterMs: 200 },
    ]);
    await harness.clock.advance(200);
    expect(await peer.ask(visit)).toMatchObject([{ reason: 'unknown-link' }]);
    for (let i = 0; i < 21; i++) await peer.ask(visit);
    expect(peer.channel.closedWith).toEqual({ code: 4102, reason: 'too-many' });
  });

  test('include envelopes without a seat: after the answers come strikes', async () => {
    const harness = new Harness();
    const peer = harness.connect();
    for (let i = 0; i < 40; i++) await peer.sendEnvelope(record(LINK, i));
    for (let i = 0; i < 20; i++) expect(await peer.sendEnvelope(record(LINK, i))).toEqual([]);
    await peer.sendEnvelope(record(LINK, 0));
    expect(peer.channel.closedWith).toEqual({ code: 4102, reason: 'too-many' });
  });
});
