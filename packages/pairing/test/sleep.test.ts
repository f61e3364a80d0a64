/** Devices that sleep, and pipes that die without a word (§4.3). */
import { beforeEach, expect, test } from 'vitest';
import type { PhoneEndpoint } from '../src/phone-endpoint.ts';
import { FakePair } from './fake-pair.ts';

let pair: FakePair;
let phone: PhoneEndpoint;

beforeEach(async () => {
  pair = new FakePair();
  phone = await pair.connect();
});

const field = (text: string) => ({ text, selectionStart: 0, selectionEnd: 0 });

test('a page that is hidden is asleep for the other side, and here again when it is seen', async () => {
  phone.setVisible(false);
  await pair.clock.advance(100);
  expect(pair.page.state).toMatchObject({ presence: 'asleep' });
  pair.page.sendMessage('it is here all the same');
  await pair.clock.advance(500);
  expect(pair.onPhone.messages).toHaveLength(1);
  phone.setVisible(true);
  await pair.clock.advance(100);
  expect(pair.page.state).toMatchObject({ presence: 'here' });
});

test('hidden, it stays asleep over a new pipe and over a reload of the other side', async () => {
  phone.setVisible(false);
  await pair.clock.advance(100);
  pair.relay.cut('phone');
  await pair.clock.advance(1000);
  expect(pair.page.state).toMatchObject({ presence: 'asleep', online: true });
  pair.reloadPage();
  await pair.clock.advance(1000);
  pair.page.sendMessage('keys and all');
  await pair.clock.advance(1000);
  expect(pair.page.state).toMatchObject({ presence: 'asleep', unsent: 0 });
  expect(pair.onPhone.messages.map(({ text }) => text)).toEqual(['keys and all']);
});

test('awake on a pipe that died meanwhile: found out within 3 s, and replaced', async () => {
  pair.relay.swallow = () => true;
  phone.wake();
  await pair.clock.advance(2900);
  expect(phone.state).toMatchObject({ online: true });
  pair.relay.swallow = () => false;
  await pair.clock.advance(200);
  expect(phone.state).toMatchObject({ online: true, presence: 'here' });
  expect(pair.onPhone.states.slice(-2)).toMatchObject([{ online: false }, { online: true }]);
});

test('awake on a pipe that lives: nothing changes, however often', async () => {
  const told = pair.onPhone.states.length;
  for (let n = 0; n < 5; n += 1) phone.wake();
  await pair.clock.advance(10_000);
  expect(pair.onPhone.states).toHaveLength(told);
  expect(pair.onPage.states.at(-1)).toMatchObject({ presence: 'here' });
});

test('awake in the middle of a pause between attempts: the next one is made at once', async () => {
  pair.relay.up = false;
  pair.relay.cutAll();
  await pair.clock.advance(60_000);
  pair.relay.up = true;
  phone.wake();
  pair.page.wake();
  await pair.clock.advance(10);
  expect([phone.state, pair.page.state]).toMatchObject([{ online: true }, { online: true }]);
});

test('a page that waits with a code, and a phone before the tap, find out as well', async () => {
  const waiting = new FakePair();
  waiting.page.start();
  await waiting.clock.advance(10);
  const visitor = waiting.createPhone();
  visitor.visit();
  await waiting.clock.advance(10);
  const before = waiting.relay.channels.size;
  waiting.relay.swallow = () => true;
  waiting.page.wake();
  visitor.wake();
  await waiting.clock.advance(2900);
  waiting.relay.swallow = () => false;
  await waiting.clock.advance(1000);
  expect(waiting.relay.channels.size).toBe(before);
  expect(waiting.page.state).toMatchObject({ phase: 'waiting', opened: true });
  expect(visitor.state.phase).toBe('idle');
  waiting.page.stop();
  visitor.stop();
});

test('ten minutes of sleep lose nothing, on either side or both', async () => {
  phone.sendMessage('before');
  phone.setField(field('half a wo'));
  pair.relay.up = false;
  pair.relay.cut('phone');
  await pair.clock.advance(300_000);
  pair.page.sendMessage('while it sleeps');
  await pair.clock.advance(300_000);
  pair.relay.up = true;
  phone.wake();
  await pair.clock.advance(5000);
  expect(pair.onPage.messages.map(({ text }) => text)).toEqual(['before']);
  expect(pair.onPhone.messages.map(({ text }) => text)).toEqual(['while it sleeps']);
  expect(pair.onPage.fields.at(-1)).toEqual(field('half a wo'));
  expect([phone.state, pair.page.state]).toMatchObject([
    { presence: 'here', unsent: 0 },
    { presence: 'here', unsent: 0 },
  ]);
});
