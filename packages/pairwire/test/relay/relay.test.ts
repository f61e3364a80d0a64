import { describe, expect, test } from 'vitest';

import { Relay } from '../../src/relay/relay.ts';
import { FakeChannel } from './fake-channel.ts';
import { settle } from './fake-clock.ts';
import { Harness, KEY, linkId, Peer, SOME_TOKEN } from './harness.ts';

const open = (n: number) => ({ type: 'open', v: 1, link: linkId(n), key: KEY }) as const;
const visit = (n: number) => ({ type: 'visit', v: 1, link: linkId(n) }) as const;
const LAN = '192.168.1.20';

describe('limits by client address', () => {
  test('a client may open 10 links at once and then one every 6 s', async () => {
    const harness = new Harness();
    for (let n = 0; n < 10; n++) {
      expect(await harness.connect(LAN).ask(open(n))).toMatchObject([{ type: 'waiting' }]);
    }
    expect(await harness.connect(LAN).ask(open(10))).toEqual([
      { type: 'refused', reason: 'too-many', link: linkId(10), retryAfterMs: 6_000 },
    ]);
    await harness.clock.advance(6_000);
    expect(await harness.connect(LAN).ask(open(10))).toMatchObject([{ type: 'waiting' }]);
  });

  test('a client may visit and claim 20 links at once and then one every 3 s', async () => {
    const harness = new Harness();
    for (let n = 0; n < 20; n++) await harness.connect(LAN).ask(visit(n));
    expect(await harness.connect(LAN).ask(visit(20))).toEqual([
      { type: 'refused', reason: 'too-many', link: linkId(20), retryAfterMs: 3_000 },
    ]);
  });

  test('other clients are not concerned, nor is loopback', async () => {
    const harness = new Harness();
    for (let n = 0; n < 11; n++) await harness.connect(LAN).ask(open(n));
    expect(await harness.connect('192.168.1.21').ask(open(50))).toMatchObject([
      { type: 'waiting' },
    ]);
    for (let n = 100; n < 120; n++) {
      const address = n % 2 === 0 ? '127.0.0.1' : '::ffff:127.0.0.1';
      expect(await harness.connect(address).ask(open(n))).toMatchObject([{ type: 'waiting' }]);
    }
  });

  test('addresses of one IPv6 network are one client', async () => {
    const harness = new Harness();
    for (let n = 0; n < 10; n++) await harness.connect(`2001:db8:1:2::${n}`).ask(open(n));
    expect(await harness.connect('2001:db8:1:2:ffff::1').ask(open(11))).toMatchObject([
      { reason: 'too-many' },
    ]);
    expect(await harness.connect('2001:db8:1:3::1').ask(open(12))).toMatchObject([
      { type: 'waiting' },
    ]);
  });

  test('loopback can be limited too', async () => {
    const harness = new Harness({ unlimitedAddresses: [], createPerMinute: 1 });
    await harness.connect('127.0.0.1').ask(open(1));
    expect(await harness.connect('127.0.0.1').ask(open(2))).toMatchObject([{ reason: 'too-many' }]);
  });

  test('taking a link up after a restart counts as opening one', async () => {
    const harness = new Harness({ createPerMinute: 1 });
    const again = (n: number) =>
      ({
        type: 'again',
        v: 1,
        link: linkId(n),
        side: 'page',
        token: SOME_TOKEN,
        epoch: 'foreign',
      }) as const;
    expect(await harness.connect(LAN).ask(again(1))).toMatchObject([{ type: 'attached' }]);
    expect(await harness.connect(LAN).ask(again(2))).toMatchObject([{ reason: 'too-many' }]);
  });

  test('a return with the right token is never limited, wrong ones are', async () => {
    const harness = new Harness({ joinPerMinute: 2 });
    const { pageToken, epoch } = await harness.openLink();
    const back = (token: string) =>
      ({ type: 'again', v: 1, link: linkId(1), side: 'page', token, epoch }) as const;
    for (let i = 0; i < 2; i++) {
      expect(await harness.connect(LAN).ask(back(SOME_TOKEN))).toMatchObject([
        { reason: 'wrong-token' },
      ]);
    }
    expect(await harness.connect(LAN).ask(back(SOME_TOKEN))).toMatchObject([
      { reason: 'too-many', retryAfterMs: 30_000 },
    ]);
    expect(await harness.connect(LAN).ask(back(pageToken))).toMatchObject([{ type: 'attached' }]);
  });

  test('a client has so many channels and no more', () => {
    const harness = new Harness({ maxChannelsPerAddress: 2 });
    harness.connect(LAN);
    expect(harness.relay.hasTooManyChannels(LAN)).toBe(false);
    const second = harness.connect(`::ffff:${LAN}`);
    expect(harness.relay.hasTooManyChannels(LAN)).toBe(true);
    expect(harness.relay.hasTooManyChannels('192.168.1.21')).toBe(false);
    expect(harness.relay.hasTooManyChannels('127.0.0.1')).toBe(false);
    second.channel.lose();
    expect(harness.relay.hasTooManyChannels(LAN)).toBe(false);
  });
});

describe('limits of the whole relay', () => {
  test('the oldest unclaimed link gives way to a new one', async () => {
    const harness = new Harness({ maxLinks: 3 });
    const { page: first } = await harness.openLink(linkId(1));
    const { phone } = await harness.claimLink(linkId(2));
    await harness.openLink(linkId(3));
    await harness.openLink(linkId(4));
    expect(first.take()).toEqual([{ type: 'ended', link: linkId(1), reason: 'expired' }]);
    expect(phone.take()).toEqual([]);
    expect(harness.relay.links).toBe(3);
  });

  test('with all links claimed a new one is refused', async () => {
    const harness = new Harness({ maxLinks: 1 });
    await harness.claimLink(linkId(1));
    const page = harness.connect();
    expect(await page.ask(open(2))).toEqual([
      { type: 'refused', reason: 'too-many', link: linkId(2), retryAfterMs: 10_000 },
    ]);
  });

  test('a channel has seats of 8 links and no more', async () => {
    const harness = new Harness();
    const phone = harness.connect();
    for (let n = 1; n <= 9; n++) {
      await harness.openLink(linkId(n));
      const [answer] = await phone.ask({ type: 'claim', v: 1, link: linkId(n) });
      expect(answer).toMatchObject(n < 9 ? { type: 'claimed' } : { reason: 'too-many' });
    }
  });

  test('a channel that takes no seat is ended after 10 minutes, and may come back', async () => {
    const harness = new Harness();
    const idle = harness.connect();
    const { page } = await harness.connectLink();
    await harness.clock.advance(600_000);
    expect(idle.channel.closedWith).toEqual({ code: 1000, reason: 'idle' });
    expect(page.channel.closedWith).toBeUndefined();
    await page.ask({ type: 'end', link: linkId(1), reason: 'happy' });
    await harness.clock.advance(600_000);
    expect(page.channel.closedWith).toEqual({ code: 1000, reason: 'idle' });
  });
});

describe('the end of the relay', () => {
  test('every channel is told to come back later', async () => {
    const harness = new Harness();
    const { page, phone } = await harness.connectLink();
    harness.relay.close();
    await settle();
    for (const { channel } of [page, phone]) {
      expect(channel.closedWith).toEqual({ code: 4000, reason: 'restarting' });
    }
    expect(harness.relay.size).toBe(0);
  });

  test('a channel that comes after it is sent away', () => {
    const harness = new Harness();
    harness.relay.close();
    const late = harness.connect();
    expect(late.welcome).toBeUndefined();
    expect(late.channel.closedWith).toEqual({ code: 4000, reason: 'restarting' });
  });

  test('no timer is left', async () => {
    const harness = new Harness();
    await harness.connectLink();
    harness.connect(LAN);
    await harness.connect(LAN).ask(open(2));
    harness.relay.close();
    await settle();
    expect(harness.clock.pendingTimers).toBe(0);
  });
});

describe('what remains', () => {
  test('when all links have ended and all channels are gone there is nothing', async () => {
    const harness = new Harness();
    for (let n = 1; n <= 20; n++) {
      const { page, phone } = await harness.connectLink(linkId(n));
      await page.ask({ type: 'end', link: linkId(n), reason: 'happy' });
      page.channel.lose();
      phone.channel.lose();
    }
    await harness.clock.advance(3_600_000);
    expect([harness.relay.links, harness.relay.size, harness.clock.pendingTimers]).toEqual([
      0, 0, 0,
    ]);
    expect(harness.relay.counters.links).toEqual({
      waiting: 0,
      opened: 0,
      claimed: 0,
      connected: 0,
    });
    expect(harness.store).toHaveProperty('size', 0);
  });

  test('the log names links and clients by keyed hashes only', async () => {
    const harness = new Harness();
    const { page, pageToken } = await harness.connectLink();
    for (let i = 0; i < 21; i++) await page.say('{');
    const log = JSON.stringify(harness.log);
    expect(log).toContain('link connected');
    expect(log).toContain('channel ended');
    for (const secret of [linkId(1), pageToken, KEY, '127.0.0.1']) {
      expect(log).not.toContain(secret);
    }
  });
});

describe('the relay by itself', () => {
  test('needs nothing but defaults', async () => {
    const relay = new Relay();
    const peer = new Peer(relay, new FakeChannel('127.0.0.1'));
    expect(await peer.ask(open(1))).toMatchObject([{ type: 'waiting', expiresInMs: 120_000 }]);
    await relay.checkStore();
    relay.close();
  });
});
