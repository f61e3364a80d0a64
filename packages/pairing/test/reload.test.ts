/** Ends that lose their keys and keep a little: the link goes on, nothing is lost or doubled (§10). */
import { beforeEach, describe, expect, test } from 'vitest';
import type { PhoneEndpoint } from '../src/phone-endpoint.ts';
import { FakePair, FakeStore } from './fake-pair.ts';

let pair: FakePair;
let phone: PhoneEndpoint;

beforeEach(async () => {
  pair = new FakePair();
  phone = await pair.connect();
});

const field = (text: string) => ({ text, selectionStart: 0, selectionEnd: 0 });
const texts = (told: { messages: { text: string }[] }) => told.messages.map(({ text }) => text);

async function talk(): Promise<void> {
  phone.sendMessage('from the phone');
  pair.page.sendMessage('from the page');
  await pair.clock.advance(500);
}

test('page takes the link up again, in the same state, without a code or a number', async () => {
  await talk();
  pair.reloadPage();
  await pair.clock.advance(0);
  expect(pair.page.state).toMatchObject({ phase: 'connected', peerName: 'pocket' });
  await pair.clock.advance(1000);
  expect(pair.page.state).toMatchObject({ online: true, presence: 'here', unsent: 0 });
  await talk();
  expect(texts(pair.onPage)).toEqual(['from the phone', 'from the phone']);
  expect(texts(pair.onPhone)).toEqual(['from the page', 'from the page']);
});

test('phone does, too', async () => {
  await talk();
  phone = pair.reloadPhone(phone);
  await pair.clock.advance(1000);
  expect(phone.state).toMatchObject({ phase: 'connected', peerName: 'desk', online: true });
  await talk();
  expect(texts(pair.onPage)).toEqual(['from the phone', 'from the phone']);
  expect(texts(pair.onPhone)).toEqual(['from the page', 'from the page']);
});

test('both at once, and the relay has forgotten everything', async () => {
  await talk();
  pair.page.stop();
  phone.stop();
  pair.relay.restart();
  pair.reloadPage();
  phone = pair.reloadPhone(phone);
  await pair.clock.advance(1000);
  await talk();
  expect(texts(pair.onPage)).toEqual(['from the phone', 'from the phone']);
  expect(texts(pair.onPhone)).toEqual(['from the page', 'from the page']);
});
test('what waited unsent in a life before arrives once, in order, before what is said in this one', async () => {
  pair.relay.up = false;
  pair.relay.cutAll();
  phone.sendMessage('1');
  phone.sendMessage('2');
  pair.page.sendMessage('a');
  await pair.clock.advance(300);
  phone = pair.reloadPhone(phone);
  pair.reloadPage();
  await pair.clock.advance(300);
  expect(phone.state).toMatchObject({ phase: 'connected', online: false, unsent: 2 });
  expect(phone.sendMessage('3')).toBe('3');
  pair.relay.up = true;
  await pair.clock.advance(10_000);
  expect(texts(pair.onPage)).toEqual(['1', '2', '3']);
  expect(texts(pair.onPhone)).toEqual(['a']);
  expect(pair.onPhone.deliveries.map(({ id }) => id)).toEqual(['1', '2', '3']);
  expect(phone.state).toMatchObject({ online: true, unsent: 0 });
});

test('a text whose acknowledgement was lost in the reload is not shown twice', async () => {
  phone.sendMessage('once');
  await pair.clock.advance(10);
  expect(texts(pair.onPage)).toEqual(['once']);
  expect(phone.state).toMatchObject({ unsent: 1 });
  phone = pair.reloadPhone(phone);
  await pair.clock.advance(2000);
  expect(texts(pair.onPage)).toEqual(['once']);
  expect(pair.onPhone.deliveries).toEqual([{ id: '1', status: 'sent' }]);
  phone.sendMessage('twice');
  await pair.clock.advance(500);
  expect(texts(pair.onPage)).toEqual(['once', 'twice']);
});

test('live fields: the other side’s is emptied, and each own one is told anew', async () => {
  phone.setField(field('half a word'));
  pair.page.setField(field('and the other half'));
  await pair.clock.advance(500);
  phone = pair.reloadPhone(phone);
  await pair.clock.advance(0);
  expect(phone.field).toEqual(field('half a word'));
  await pair.clock.advance(2000);
  expect(pair.onPage.fields.at(-1)).toEqual(field('half a word'));
  expect(pair.onPhone.fields.at(-1)).toEqual(field('and the other half'));
  phone.setField(field('half a word more'));
  await pair.clock.advance(500);
  expect(pair.onPage.fields.at(-1)).toEqual(field('half a word more'));
});

test('`shown` still finds its way', async () => {
  phone.sendMessage('look');
  await pair.clock.advance(500);
  phone = pair.reloadPhone(phone);
  await pair.clock.advance(2000);
  pair.page.markShown('1');
  await pair.clock.advance(500);
  expect(pair.onPhone.deliveries.at(-1)).toEqual({ id: '1', status: 'shown' });
});

test('a secret is not kept: it counts, and is not told', async () => {
  pair.relay.up = false;
  pair.relay.cutAll();
  phone.sendMessage('before');
  phone.sendSecret('hunter2');
  phone.sendMessage('after');
  await pair.clock.advance(300);
  expect(pair.phoneStore.kept).not.toContain('hunter2');
  phone = pair.reloadPhone(phone);
  pair.relay.up = true;
  await pair.clock.advance(10_000);
  expect(texts(pair.onPage)).toEqual(['before', 'after']);
  expect(pair.onPage.secrets).toEqual([]);
  expect(pair.onPhone.deliveries.map(({ id }) => id)).toEqual(['1', '3']);
});

describe('what is kept', () => {
  test('holds no key that seals, no GUID, and no text that has arrived', async () => {
    await talk();
    const kept = `${pair.pageStore.kept}${pair.phoneStore.kept}`;
    expect(kept).not.toContain('from the');
    const { secrets } = JSON.parse(pair.phoneStore.kept ?? '') as { secrets: string[] };
    expect(secrets).toHaveLength(1);
    expect(JSON.parse(pair.pageStore.kept ?? '')).toMatchObject({ secrets });
  });

  test('the resume secret changes with every renewal, and the one before is forgotten', async () => {
    const before = pair.phoneStore.kept ?? '';
    const secretOf = (state: string) => (JSON.parse(state) as { secrets: string[] }).secrets;
    phone = pair.reloadPhone(phone);
    await pair.clock.advance(2000);
    expect(secretOf(pair.phoneStore.kept ?? '')).not.toEqual(secretOf(before));
    expect(secretOf(pair.pageStore.kept ?? '')).toEqual(secretOf(pair.phoneStore.kept ?? ''));
  });

  test('is forgotten when the link ends', async () => {
    phone.disconnect();
    await pair.clock.advance(500);
    expect([pair.pageStore.kept, pair.phoneStore.kept]).toEqual([undefined, undefined]);
    expect(phone.resume()).toBe(false);
  });

  test.each(['', '{}', 'null', '[1]', '{"v":1,"side":"phone"}', '\u0000'])(
    'that is no state (%j) is as good as nothing',
    async (kept) => {
      pair.page.stop();
      pair.pageStore.kept = kept;
      pair.reloadPage();
      pair.pageStore.kept = kept;
      await pair.clock.advance(100);
      expect(pair.page.state.phase).toBe('waiting');
    },
  );

  test('cannot be kept: the link goes on all the same', async () => {
    pair.phoneStore.save = () => {
      throw new Error('full');
    };
    pair.phoneStore.clear = pair.phoneStore.save as () => void;
    await talk();
    expect(texts(pair.onPage)).toEqual(['from the phone']);
    phone.disconnect();
    await pair.clock.advance(100);
    expect(phone.state.phase).toBe('ended');
  });
});

describe('copies and old states (§10.5)', () => {
  test('a duplicated tab takes the seat, the older one is over, and both seal under keys of their own', async () => {
    const older = phone;
    const store = new FakeStore();
    store.kept = pair.phoneStore.kept;
    const copy = pair.createPhone({ guid: undefined, resume: store });
    copy.resume();
    await pair.clock.advance(2000);
    expect(older.state).toEqual({ phase: 'ended', reason: 'replaced' });
    expect(copy.state).toMatchObject({ phase: 'connected', online: true });
    copy.sendMessage('from the copy');
    await pair.clock.advance(500);
    expect(texts(pair.onPage)).toEqual(['from the copy']);
    pair.page.sendMessage('to the copy');
    await pair.clock.advance(500);
    expect(texts(pair.onPhone)).toEqual(['to the copy']);
  });

  test('an old state with a common secret: ids used since are not used again, and nothing is lost', async () => {
    const old = pair.phoneStore.kept;
    pair.relay.swallow = (packet) => typeof packet === 'string' && packet.includes('"again"');
    await talk();
    await talk();
    pair.relay.swallow = () => false;
    phone.stop();
    pair.phoneStore.kept = old;
    phone = pair.reloadPhone(phone);
    await pair.clock.advance(0);
    phone.sendMessage('written before the keys were there');
    await pair.clock.advance(2000);
    phone.sendMessage('and after');
    pair.page.sendMessage('and back');
    await pair.clock.advance(1000);
    expect(texts(pair.onPage).slice(2)).toEqual([
      'written before the keys were there',
      'and after',
    ]);
    expect(texts(pair.onPhone).slice(2)).toEqual(['and back']);
    expect(phone.state).toMatchObject({ unsent: 0 });
  });

  test('an old state whose secrets nobody knows any more: the link is lost, for both', async () => {
    const { secrets } = JSON.parse(pair.phoneStore.kept ?? '') as { secrets: string[] };
    phone = pair.reloadPhone(phone);
    await pair.clock.advance(2000);
    phone.stop();
    const kept = JSON.parse(pair.phoneStore.kept ?? '') as object;
    pair.phoneStore.kept = JSON.stringify({ ...kept, secrets });
    phone = pair.reloadPhone(phone);
    await pair.clock.advance(5000);
    expect(phone.state).toEqual({ phase: 'ended', reason: 'lost' });
    expect(pair.page.state).toEqual({ phase: 'ended', reason: 'errory' });
    expect(pair.phoneStore.kept).toBeUndefined();
  });

  test('an old state whose token nobody takes any more is over, and nobody else notices', async () => {
    const old = pair.phoneStore.kept;
    pair.relay.cut('phone');
    await pair.clock.advance(1000);
    pair.relay.cut('phone');
    await pair.clock.advance(1000);
    const copy = pair.createPhone({
      guid: undefined,
      resume: { load: () => old, save: () => {}, clear: () => {} },
      events: {},
    });
    copy.resume();
    await pair.clock.advance(1000);
    expect(copy.state).toEqual({ phase: 'ended', reason: 'wrong-token' });
    await talk();
    expect(texts(pair.onPage)).toEqual(['from the phone']);
  });
});
