/** Secrets (§9.4): sent once, never live, in order with the messages, and long enough to hide their length. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_TEXT_BYTES, encodeEdit } from '../src/edit.ts';
import { InvalidStateError, TextTooLongError } from '../src/errors.ts';
import type { EndpointEvents } from '../src/endpoint.ts';
import type { PhoneState } from '../src/phone-endpoint.ts';
import { FakePair } from './fake-pair.ts';
import { RoguePhone } from './rogue-phone.ts';

let pair: FakePair;

beforeEach(() => {
  pair = new FakePair();
});

afterEach(() => {
  pair.page.stop();
});

const field = (text: string) => ({ text, selectionStart: 0, selectionEnd: 0 });

test('a secret arrives as one, once, and is in no live field and no message', async () => {
  const phone = await pair.connect();
  phone.sendSecret('correct horse 马');
  await pair.clock.advance(1000);
  expect(pair.onPage.secrets).toEqual([{ id: '1', text: 'correct horse 马' }]);
  expect(pair.onPage.messages).toEqual([]);
  expect(pair.onPage.fields).toEqual([]);
});

test('secrets and messages count together and are told about in order, both ways', async () => {
  const phone = await pair.connect();
  for (const [mine, theirs] of [
    [phone, pair.onPage],
    [pair.page, pair.onPhone],
  ] as const) {
    const order: string[] = [];
    theirs.message = ({ id, text }) => void order.push(`message ${id}: ${text}`);
    theirs.secret = ({ id, text }) => void order.push(`secret ${id}: ${text}`);
    expect([mine.sendMessage('a'), mine.sendSecret('b'), mine.sendMessage('c')]).toEqual([
      '1',
      '2',
      '3',
    ]);
    await pair.clock.advance(500);
    expect(order).toEqual(['message 1: a', 'secret 2: b', 'message 3: c']);
  }
});

test('sending a secret leaves the live field as it is', async () => {
  const phone = await pair.connect();
  phone.setField(field('draft'));
  await pair.clock.advance(100);
  phone.sendSecret('hidden');
  phone.setField(field('draft goes on'));
  await pair.clock.advance(500);
  expect(pair.onPage.fields.map(({ text }) => text)).toEqual(['draft', 'draft goes on']);
});

test('the author hears when it is there and when it was revealed or copied', async () => {
  const phone = await pair.connect();
  const id = phone.sendSecret('hidden');
  expect(phone.state).toMatchObject({ unsent: 1 });
  await pair.clock.advance(500);
  expect(pair.onPhone.deliveries).toEqual([{ id, status: 'sent' }]);
  pair.page.markShown(id);
  await pair.clock.advance(500);
  expect(pair.onPhone.deliveries.at(-1)).toEqual({ id, status: 'shown' });
});

test('whoever counts bytes cannot tell a short password from a long one (§7.2)', async () => {
  const phone = await pair.connect();
  const sizes = [];
  for (const length of [1, 8, 40, 250, 900]) {
    let largest = 0;
    pair.relay.tamper = (bytes, from) => {
      if (from === 'phone') largest = Math.max(largest, bytes.length);
      return [bytes];
    };
    phone.sendSecret('x'.repeat(length));
    await pair.clock.advance(1000);
    sizes.push(largest);
  }
  expect(new Set(sizes).size).toBe(1);
  expect(sizes[0]).toBeGreaterThan(1024);
});

describe('is refused', () => {
  test('when it is empty or too long', async () => {
    const phone = await pair.connect();
    expect(() => phone.sendSecret('')).toThrow(TypeError);
    expect(() => phone.sendSecret('x'.repeat(MAX_TEXT_BYTES + 1))).toThrow(TextTooLongError);
    expect(phone.state).toMatchObject({ unsent: 0 });
  });

  test('before the link is connected', async () => {
    const phone = await pair.claim();
    expect(() => phone.sendSecret('early')).toThrow(InvalidStateError);
  });

  test.each(['page', 'phone'] as const)(
    'when nobody listens for secrets on the %s, as with an end of before',
    async (deaf) => {
      const events: EndpointEvents<unknown> = {};
      if (deaf === 'page') pair = new FakePair({ events });
      const phone = await pair.connect(deaf === 'phone' ? { events } : {});
      const [told, other] = deaf === 'page' ? [phone, pair.page] : [pair.page, phone];
      expect(told.state).toMatchObject({ phase: 'connected', peerTakesSecrets: false });
      expect(other.state).toMatchObject({ phase: 'connected', peerTakesSecrets: true });
      expect(() => told.sendSecret('hidden')).toThrow(InvalidStateError);
      expect(() => other.sendSecret('hidden')).not.toThrow();
    },
  );

  test('what the last phone took is no matter to the next', async () => {
    await pair.connect();
    expect(pair.page.state).toMatchObject({ peerTakesSecrets: true });
    pair.page.newCode();
    await pair.clock.advance(1000);
    const events: EndpointEvents<PhoneState> = {};
    await pair.connect({ events });
    expect(pair.page.state).toMatchObject({ peerTakesSecrets: false });
  });
});

describe('from a peer that keeps to nothing', () => {
  async function rogue(events?: EndpointEvents<unknown>): Promise<RoguePhone> {
    pair = new FakePair({ confirm: 'tap', ...(events && { events }) });
    pair.page.start();
    await pair.clock.advance(1);
    const phone = new RoguePhone(pair);
    await phone.introduce();
    await phone.sendRecord(encodeEdit({ type: 'accept' }));
    expect(pair.page.state.phase).toBe('connected');
    return phone;
  }

  test('an empty one only counts: nothing is shown', async () => {
    const phone = await rogue();
    await phone.sendRecord(encodeEdit({ type: 'secret', id: 1, text: '' }));
    await phone.sendRecord(encodeEdit({ type: 'secret', id: 2, text: 'b' }));
    expect(pair.onPage.secrets).toEqual([{ id: '2', text: 'b' }]);
    phone.stop();
  });

  test.each([
    ['with the wrong id', 2, undefined],
    ['at an end that takes none', 1, {}],
  ])('one %s ends the link as errory', async (_, id, events) => {
    const phone = await rogue(events);
    await phone.sendRecord(encodeEdit({ type: 'secret', id, text: 'x' }));
    expect(pair.page.state).toEqual({ phase: 'ended', reason: 'errory' });
    phone.stop();
  });
});
