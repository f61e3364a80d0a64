/** Ends that remember each other: agreed on by both, met again without a code, forgotten by either (§16). */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { PhoneEndpoint } from '../src/phone-endpoint.ts';
import { EnvelopeKind } from '../src/rendezvous.ts';
import { RememberedDevices } from '../src/remembered.ts';
import { FakePair, FakeStore } from './fake-pair.ts';

let pair: FakePair;
let phone: PhoneEndpoint;
let pageStore: FakeStore;
let phoneStore: FakeStore;
let onPage: RememberedDevices;
let onPhone: RememberedDevices;

function createPair(): void {
  pageStore = new FakeStore();
  phoneStore = new FakeStore();
  const nowMs = () => pair.clock.nowMs;
  onPage = new RememberedDevices(pageStore, nowMs);
  onPhone = new RememberedDevices(phoneStore, nowMs);
  pair = new FakePair({ remembered: onPage });
}

async function remember(): Promise<void> {
  pair.page.remember(true);
  phone.remember(true);
  await pair.clock.advance(500);
}

/** Both windows are closed, and what only they have is gone. */
async function closeBoth(): Promise<void> {
  pair.page.stop();
  phone.stop();
  pair.pageStore.clear();
  pair.phoneStore.clear();
  await pair.clock.advance(1000);
}

const createPhone = () => pair.createPhone({ guid: undefined, remembered: onPhone });

/** A phone that goes to the computer it used last. */
function meet(): void {
  phone = createPhone();
  phone.meet(onPhone.list('phone')[0]?.id ?? '');
}

async function reopen(order: 'page first' | 'phone first'): Promise<void> {
  if (order === 'phone first') meet();
  await pair.clock.advance(order === 'phone first' ? 3000 : 0);
  pair.reloadPage();
  await pair.clock.advance(500);
  if (order === 'page first') meet();
  await pair.clock.advance(3000);
}

/** Text both ways; what arrived last on the page and on the phone. */
async function talk(up: string, down: string): Promise<(string | undefined)[]> {
  phone.sendMessage(up);
  pair.page.sendMessage(down);
  await pair.clock.advance(1000);
  return [pair.onPage, pair.onPhone].map(({ messages }) => messages.at(-1)?.text);
}

const secretOf = (devices: RememberedDevices, side: 'page' | 'phone') =>
  devices.entries(side)[0]?.secret;

beforeEach(async () => {
  createPair();
  phone = await pair.connect({ remembered: onPhone });
});

describe('agreeing (§16.1)', () => {
  test('one end alone remembers nobody; the other one hears that it is asked', async () => {
    expect(pair.page.state).toMatchObject({ remember: 'off' });
    phone.remember(true);
    await pair.clock.advance(500);
    expect(phone.state).toMatchObject({ remember: 'asking' });
    expect(pair.page.state).toMatchObject({ remember: 'asked' });
    expect([...onPage.list('page'), ...onPhone.list('phone')]).toEqual([]);
  });

  test('both remember each other once both want it, with one secret, which never travels', async () => {
    await remember();
    expect(pair.page.state).toMatchObject({ remember: 'on' });
    expect(onPage.list('page')).toMatchObject([{ name: 'pocket' }]);
    expect(onPhone.list('phone')).toMatchObject([{ name: 'desk' }]);
    expect(secretOf(onPage, 'page')).toEqual(secretOf(onPhone, 'phone'));
  });

  test('a wish that a reload overtook is said again', async () => {
    pair.relay.tamper = () => [];
    phone.remember(true);
    await pair.clock.advance(100);
    phone.stop();
    pair.relay.tamper = (bytes) => [bytes];
    phone = pair.reloadPhone(phone, { remembered: onPhone });
    await pair.clock.advance(3000);
    pair.page.remember(true);
    await pair.clock.advance(1000);
    expect([pair.page.state, phone.state]).toMatchObject([{ remember: 'on' }, { remember: 'on' }]);
  });

  test('an end of before is told nothing of it', async () => {
    createPair();
    phone = await pair.connect();
    pair.page.remember(true);
    await pair.clock.advance(500);
    expect(pair.page.state).toMatchObject({ phase: 'connected', remember: 'unavailable' });
    expect(onPage.list('page')).toEqual([]);
  });

  test('however the two change their minds, both end up knowing the same', async () => {
    const steps = fc.array(
      fc.record({
        who: fc.constantFrom('page', 'phone'),
        wanted: fc.boolean(),
        waitMs: fc.constantFrom(0, 0, 20, 400),
        cut: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (changes) => {
        createPair();
        phone = await pair.connect({ remembered: onPhone });
        pair.relay.delayMs = 10;
        for (const { who, wanted, waitMs, cut } of changes) {
          (who === 'page' ? pair.page : phone).remember(wanted);
          if (cut) pair.relay.cutAll();
          await pair.clock.advance(waitMs);
        }
        await pair.clock.advance(20_000);
        const both = pair.page.state.phase === 'connected' && pair.page.state.remember === 'on';
        expect(phone.state.phase === 'connected' && phone.state.remember === 'on').toBe(both);
        expect([onPage.list('page').length, onPhone.list('phone').length]).toEqual(
          both ? [1, 1] : [0, 0],
        );
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});

describe('meeting again (§16.2)', () => {
  beforeEach(remember);

  test.each(['page first', 'phone first'] as const)(
    '%s: connected without a code',
    async (order) => {
      await closeBoth();
      await reopen(order);
      expect(await talk(order, 'down')).toEqual([order, 'down']);
      expect(pair.page.state).toMatchObject({ peerName: 'pocket', remember: 'on' });
    },
  );

  test('again and again, at another link id every time', async () => {
    const links = new Set<string>();
    for (const round of ['one', 'two', 'three']) {
      await closeBoth();
      await reopen('page first');
      for (const name of pair.relay.links.keys()) links.add(name);
      expect(await talk(round, 'down')).toEqual([round, 'down']);
    }
    expect(links.size).toBeGreaterThanOrEqual(4);
    expect(secretOf(onPage, 'page')).toEqual(secretOf(onPhone, 'phone'));
  });

  test('after the relay has forgotten everything', async () => {
    await closeBoth();
    pair.relay.restart();
    await reopen('page first');
    expect(await talk('again', 'down')).toEqual(['again', 'down']);
  });

  test('the page never hears that the secret is used up: they meet at the one before', async () => {
    await closeBoth();
    pair.relay.tamper = (bytes, from) =>
      from === 'phone' && bytes[0] === EnvelopeKind.renewedRecord ? [] : [bytes];
    await reopen('page first');
    expect(onPhone.entries('phone')[0]?.generation).toBe(1);
    expect(onPage.entries('page')[0]?.generation).toBe(0);
    await closeBoth();
    pair.relay.tamper = (bytes) => [bytes];
    await reopen('page first');
    expect(await talk('at last', 'down')).toEqual(['at last', 'down']);
    expect(onPage.entries('page')[0]?.generation).toBe(onPhone.entries('phone')[0]?.generation);
  });

  test('with envelopes lost and doubled on the way', async () => {
    await closeBoth();
    let count = 0;
    pair.relay.tamper = (bytes) => {
      count += 1;
      return count % 3 === 0 ? [] : [bytes, bytes];
    };
    await reopen('phone first');
    await pair.clock.advance(20_000);
    pair.relay.tamper = (bytes) => [bytes];
    await pair.clock.advance(5000);
    expect(await talk('through', 'down')).toEqual(['through', 'down']);
  });

  test('a code that is shown meanwhile works for another phone', async () => {
    await closeBoth();
    pair.reloadPage();
    await pair.clock.advance(500);
    phone = pair.createPhone();
    phone.claim();
    await pair.clock.advance(500);
    if (phone.state.phase === 'confirm') pair.page.choose(phone.state.number);
    await pair.clock.advance(1000);
    expect(await talk('scanned', 'down')).toEqual(['scanned', 'down']);
  });

  test('a page that shows no more codes is met all the same', async () => {
    await closeBoth();
    pair.reloadPage();
    await pair.clock.advance(700_000);
    expect(pair.page.state.phase).toBe('paused');
    meet();
    await pair.clock.advance(3000);
    expect(await talk('paused', 'down')).toEqual(['paused', 'down']);
  });

  test('a page that goes back to waiting after a link is met there', async () => {
    pair.page.disconnect();
    await pair.clock.advance(500);
    expect(phone.state.phase).toBe('ended');
    pair.page.newCode();
    await pair.clock.advance(500);
    expect(pair.page.state.phase).toBe('waiting');
    meet();
    await pair.clock.advance(3000);
    expect(await talk('back', 'down')).toEqual(['back', 'down']);
  });

  test('after a reload the link goes on, and the two still remember each other', async () => {
    await closeBoth();
    await reopen('page first');
    pair.reloadPage();
    phone = pair.reloadPhone(phone, { remembered: onPhone });
    await pair.clock.advance(3000);
    expect(await talk('reloaded', 'down')).toEqual(['reloaded', 'down']);
    await closeBoth();
    await reopen('phone first');
    expect(await talk('met', 'down')).toEqual(['met', 'down']);
  });

  test('a relay of before is not asked', async () => {
    await closeBoth();
    delete pair.relay.limits.meetings;
    await reopen('page first');
    expect(pair.page.state.phase).toBe('waiting');
    expect(phone.state).toEqual({ phase: 'ended', reason: 'version' });
  });
});

describe('forgetting (§16.3)', () => {
  beforeEach(remember);

  test('while they are connected, both forget, and it cannot be undone by the one', async () => {
    pair.page.forget(onPage.list('page')[0]?.id ?? '');
    expect(onPage.list('page')).toEqual([]);
    await pair.clock.advance(500);
    expect(onPhone.list('phone')).toEqual([]);
    expect(phone.state).toMatchObject({ phase: 'connected', remember: 'off' });
  });

  test('while the other end is away, it finds nobody any more', async () => {
    await closeBoth();
    onPage.forget(onPage.list('page')[0]?.id ?? '', 'page');
    await reopen('page first');
    expect(pair.page.state.phase).toBe('waiting');
    expect(phone.state.phase).toBe('connecting');
    await pair.clock.advance(60_000);
    expect(phone.state).toEqual({ phase: 'ended', reason: 'lonely' });
  });

  test('while this end waits for it', async () => {
    await closeBoth();
    pair.reloadPage();
    await pair.clock.advance(500);
    pair.page.forget(onPage.list('page')[0]?.id ?? '');
    await pair.clock.advance(500);
    meet();
    await pair.clock.advance(5000);
    expect(phone.state.phase).toBe('connecting');
  });
});
