/** Both endpoints over an in-memory relay: from the code on the screen to text and back. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_TEXT_BYTES } from '../src/edit.ts';
import { InvalidStateError, QueueFullError, TextTooLongError } from '../src/errors.ts';
import { EnvelopeKind } from '../src/rendezvous.ts';
import type { PageState } from '../src/page-endpoint.ts';
import type { PhoneState } from '../src/phone-endpoint.ts';
import { FakePair } from './fake-pair.ts';

const TEXT = '您好，\n第二行 😀👩‍👩‍👧 e\u0301 \ufeffend\r\n\tnull\0';

let pair: FakePair;

beforeEach(() => {
  pair = new FakePair();
});

afterEach(() => {
  pair.page.stop();
});

type Page<Phase> = Extract<PageState, { phase: Phase }>;
type Phone<Phase> = Extract<PhoneState, { phase: Phase }>;
const claimedPage = (): Page<'claimed'> => {
  const { state } = pair.page;
  if (state.phase !== 'claimed') throw new Error(`the page is ${state.phase}`);
  return state;
};
const confirming = (phone: { state: PhoneState }): Phone<'confirm'> => {
  if (phone.state.phase !== 'confirm') throw new Error(`the phone is ${phone.state.phase}`);
  return phone.state;
};

describe('codes on the screen', () => {
  test('page shows a code as soon as the relay has opened its link', async () => {
    expect(pair.page.state).toEqual({ phase: 'connecting' });
    pair.page.start();
    await pair.clock.advance(0);
    expect(pair.page.state).toMatchObject({
      phase: 'waiting',
      expiresInMs: 60_000,
      opened: false,
    });
    await pair.clock.advance(10_000);
    expect(pair.page.state).toMatchObject({ expiresInMs: 50_000 });
  });

  test('page shows another code every minute, ten in all, then asks; the relay never has more than two', async () => {
    pair.page.start();
    const guids = new Set<string>();
    for (let minute = 0; minute < 10; minute += 1) {
      await pair.clock.advance(100);
      guids.add(pair.guid);
      expect(pair.relay.links.size).toBeLessThanOrEqual(2);
      await pair.clock.advance(59_900);
    }
    await pair.clock.advance(100);
    expect(guids.size).toBe(10);
    expect(pair.page.state).toEqual({ phase: 'paused' });
    await pair.clock.advance(600_000);
    expect(pair.page.state).toEqual({ phase: 'paused' });
    expect(pair.relay.links.size).toBe(0);

    pair.page.newCode();
    await pair.clock.advance(100);
    expect(guids.has(pair.guid)).toBe(false);
  });

  test('a phone may still use the code before the one on the screen', async () => {
    pair.page.start();
    await pair.clock.advance(1);
    const before = pair.guid;
    await pair.clock.advance(60_100);
    expect(pair.guid).not.toBe(before);
    await pair.connect({ guid: before });
    expect(pair.page.state).toMatchObject({ phase: 'connected', peerName: 'pocket' });
  });

  test('a phone with the code before that one hears that it is no more', async () => {
    pair.page.start();
    await pair.clock.advance(1);
    const { guid } = pair;
    await pair.clock.advance(120_100);
    const phone = await pair.claim({ guid });
    expect(phone.state).toEqual({ phase: 'ended', reason: 'unknown-link' });
    expect(pair.page.state.phase).toBe('waiting');
  });

  test('newCode replaces the code at once and gives the old one back to the relay', async () => {
    pair.page.start();
    await pair.clock.advance(1);
    const { guid } = pair;
    pair.page.newCode();
    await pair.clock.advance(1);
    expect(pair.guid).not.toBe(guid);
    expect(pair.relay.links.size).toBe(1);
  });

  test('a code that the relay forgot is replaced', async () => {
    pair.page.start();
    await pair.clock.advance(1);
    const { guid } = pair;
    await pair.clock.advance(1000);
    pair.relay.links.clear();
    pair.relay.cutAll();
    await pair.clock.advance(1000);
    expect(pair.guid).not.toBe(guid);
  });

  test('a code whose minute ended while there was no relay is replaced when there is one', async () => {
    pair.page.start();
    await pair.clock.advance(30_000);
    const { guid } = pair;
    pair.relay.up = false;
    pair.relay.cutAll();
    await pair.clock.advance(40_000);
    expect(pair.page.state).toEqual({ phase: 'connecting' });
    pair.relay.up = true;
    await pair.clock.advance(6000);
    expect(pair.guid).not.toBe(guid);
  });

  test('a relay that is busy is asked again, and what it says of codes given up is no news', async () => {
    pair.page.start();
    await pair.clock.advance(1000);
    const { guid } = pair;
    const [link = ''] = pair.relay.links.keys();
    const say = (reply: object) => pair.relay.say('page', JSON.stringify(reply));
    say({ type: 'refused', reason: 'unknown-link', link: 'A'.repeat(22) });
    say({ type: 'refused', reason: 'too-many', link, retryAfterMs: 100 });
    await pair.clock.advance(5000);
    expect(pair.guid).toBe(guid);
    say({ type: 'refused', reason: 'bad-request', path: 'v' });
    await pair.clock.advance(10);
    expect(pair.page.state).toEqual({ phase: 'ended', reason: 'bad-request' });
  });

  test('the code on the screen stays good when the relay starts anew', async () => {
    pair.page.start();
    await pair.clock.advance(1000);
    const { guid } = pair;
    pair.relay.restart();
    await pair.clock.advance(1000);
    expect(pair.guid).toBe(guid);
    await pair.connect({ guid });
    expect(pair.page.state.phase).toBe('connected');
  });
});

describe('loading the link', () => {
  test('binds nothing: a robot that only visits leaves the seat free', async () => {
    pair.page.start();
    await pair.clock.advance(0);
    const robot = pair.createPhone();
    await pair.clock.advance(5000);
    robot.visit();
    await pair.clock.advance(10);
    expect(robot.state).toMatchObject({ phase: 'idle', ageMs: 5000 });
    expect(pair.page.state).toMatchObject({ phase: 'waiting', opened: true });
    await pair.connect({ guid: pair.guid });
    expect(pair.page.state.phase).toBe('connected');
    robot.stop();
  });

  test('of an unknown code is refused', async () => {
    pair.page.start();
    await pair.clock.advance(1);
    const phone = pair.createPhone({ guid: '00112233-4455-4677-8899-aabbccddeeff' });
    phone.visit();
    await pair.clock.advance(10);
    expect(phone.state).toEqual({ phase: 'ended', reason: 'unknown-link' });
  });

  test('of a busy relay is no obstacle to the tap', async () => {
    pair.page.start();
    await pair.clock.advance(1);
    let refuse = (): void => {};
    const phone = pair.createPhone({
      openPipe: (handler) => {
        refuse = () => handler.packet('{"type":"refused","reason":"too-many","retryAfterMs":1000}');
        return pair.relay.openPipe(handler);
      },
    });
    phone.visit();
    await pair.clock.advance(10);
    refuse();
    phone.claim();
    await pair.clock.advance(10);
    expect(phone.state.phase).toBe('confirm');
    phone.stop();
  });

  test('then tapping goes on over the same pipe', async () => {
    pair.page.start();
    await pair.clock.advance(1);
    const phone = pair.createPhone();
    phone.visit();
    await pair.clock.advance(10);
    const channels = pair.relay.channels.size;
    phone.claim();
    await pair.clock.advance(10);
    expect(phone.state.phase).toBe('confirm');
    expect(pair.relay.channels.size).toBe(channels);
  });
});

describe('policy match', () => {
  test('the number on the phone is one of the three on the page; picking it connects both', async () => {
    const phone = await pair.claim();
    const { number, pageLabel, confirm } = confirming(phone);
    expect([pageLabel, confirm]).toEqual(['desk', 'match']);
    expect(claimedPage()).toMatchObject({ phoneName: 'pocket', confirm: 'match' });
    expect(claimedPage().choices).toHaveLength(3);
    expect(claimedPage().choices).toContain(number);
    expect(claimedPage().look).toBeUndefined();

    pair.page.choose(number);
    await pair.clock.advance(10);
    expect(pair.page.state).toEqual({
      phase: 'connected',
      peerName: 'pocket',
      peerSecure: false,
      peerTakesSecrets: true,
      presence: 'here',
      online: true,
      unsent: 0,
    });
    expect(phone.state).toMatchObject({ phase: 'connected', peerName: 'desk' });
  });

  test.each([
    ['a wrong number of the three', 'wrong'],
    ['none of these', null],
    ['a number that was not among them', 1],
  ])('%s ends the link as scary on both sides, for good', async (_, choice) => {
    const phone = await pair.claim();
    const { number } = confirming(phone);
    const wrong = claimedPage().choices.find((other) => other !== number) ?? 0;
    pair.page.choose(choice === 'wrong' ? wrong : (choice as number | null));
    await pair.clock.advance(10);
    const ended = { phase: 'ended', reason: 'scary' };
    expect([pair.page.state, phone.state]).toEqual([ended, ended]);
    pair.page.choose(number);
    phone.claim();
    await pair.clock.advance(100_000);
    expect([pair.page.state, phone.state]).toEqual([ended, ended]);
    expect(pair.relay.links.size).toBe(0);

    pair.page.newCode();
    await pair.clock.advance(10);
    expect(pair.page.state.phase).toBe('waiting');
  });

  test('nobody who dawdles keeps the page for longer than two minutes', async () => {
    const phone = await pair.claim();
    await pair.clock.advance(120_000);
    expect(pair.page.state).toEqual({ phase: 'ended', reason: 'expired' });
    expect(phone.state).toEqual({ phase: 'ended', reason: 'expired' });
  });
});

describe('policy both', () => {
  beforeEach(() => {
    pair = new FakePair({ confirm: 'both' });
  });

  test('the phone picks the page’s number, then the page the phone’s', async () => {
    const phone = await pair.claim();
    const { look = 0 } = claimedPage();
    expect(confirming(phone).lookChoices).toContain(look);
    phone.chooseLook(look);
    await pair.clock.advance(10);
    expect(confirming(phone).lookChoices).toBeUndefined();
    expect(pair.page.state.phase).toBe('claimed');
    pair.page.choose(confirming(phone).number);
    await pair.clock.advance(10);
    expect([pair.page.state.phase, phone.state.phase]).toEqual(['connected', 'connected']);
  });

  test('one side’s pick is not enough, in either order', async () => {
    const phone = await pair.claim();
    pair.page.choose(confirming(phone).number);
    await pair.clock.advance(10);
    expect(claimedPage().choices).toEqual([]);
    expect(phone.state.phase).toBe('confirm');
    phone.chooseLook(claimedPage().look ?? 0);
    await pair.clock.advance(10);
    expect([pair.page.state.phase, phone.state.phase]).toEqual(['connected', 'connected']);
  });

  test.each([null, 1])('picking %s on the phone ends the link as scary', async (number) => {
    const phone = await pair.claim();
    phone.chooseLook(number);
    await pair.clock.advance(10);
    expect(phone.state).toEqual({ phase: 'ended', reason: 'scary' });
    expect(pair.page.state).toEqual({ phase: 'ended', reason: 'scary' });
  });
});

describe('policy type', () => {
  beforeEach(() => {
    pair = new FakePair({ confirm: 'type' });
  });

  test('the page gives no choices; the typed number connects', async () => {
    const phone = await pair.claim();
    expect(claimedPage()).toMatchObject({ confirm: 'type', choices: [], phoneName: 'pocket' });
    pair.page.choose(confirming(phone).number);
    await pair.clock.advance(10);
    expect(pair.page.state.phase).toBe('connected');
  });

  test('one wrong number ends the link', async () => {
    const phone = await pair.claim();
    pair.page.choose((confirming(phone).number % 90) + 10);
    await pair.clock.advance(10);
    expect(pair.page.state).toEqual({ phase: 'ended', reason: 'scary' });
  });
});

test('policy tap: the tap alone connects', async () => {
  pair = new FakePair({ confirm: 'tap' });
  const phone = await pair.claim();
  expect([pair.page.state.phase, phone.state.phase]).toEqual(['connected', 'connected']);
});

describe('how the other end came', () => {
  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('page says secure: %s, phone says %s, and each is told', async (page, phone) => {
    pair = new FakePair({ secure: page });
    const endpoint = await pair.connect({ secure: phone });
    expect(pair.page.state).toMatchObject({ phase: 'connected', peerSecure: phone });
    expect(endpoint.state).toMatchObject({ phase: 'connected', peerSecure: page });
  });

  test('is forgotten with the link: the next phone speaks for itself', async () => {
    await pair.connect({ secure: true });
    pair.page.newCode();
    await pair.clock.advance(1000);
    await pair.connect();
    expect(pair.page.state).toMatchObject({ phase: 'connected', peerSecure: false });
  });
});

describe('a second phone', () => {
  test('before both have accepted ends the link and tells all three', async () => {
    const phone = await pair.claim();
    const second = pair.createPhone({ guid: pair.onPage.states.find(isWaiting)?.guid ?? '' });
    second.claim();
    await pair.clock.advance(10);
    const ended = { phase: 'ended', reason: 'crowded' };
    expect([pair.page.state, phone.state, second.state]).toEqual([ended, ended, ended]);
  });

  test('afterwards is turned away and disturbs nobody', async () => {
    const phone = await pair.connect();
    const second = pair.createPhone({ guid: pair.onPage.states.find(isWaiting)?.guid ?? '' });
    second.claim();
    await pair.clock.advance(10);
    expect(second.state).toEqual({ phase: 'ended', reason: 'crowded' });
    phone.sendMessage('still here');
    await pair.clock.advance(10);
    expect(pair.onPage.messages).toEqual([{ id: '1', text: 'still here' }]);
  });

  function isWaiting(state: PageState): state is Page<'waiting'> {
    return state.phase === 'waiting';
  }
});

describe('text', () => {
  test('arrives as it was written, both ways, once, in order', async () => {
    const phone = await pair.connect();
    phone.sendMessage(TEXT);
    pair.page.sendMessage('to the phone');
    phone.sendMessage('');
    await pair.clock.advance(100);
    expect(pair.onPage.messages).toEqual([
      { id: '1', text: TEXT },
      { id: '2', text: '' },
    ]);
    expect(pair.onPhone.messages).toEqual([{ id: '1', text: 'to the phone' }]);
  });

  test('is queued, then sent, then shown', async () => {
    const phone = await pair.connect();
    const id = phone.sendMessage('a');
    expect(phone.state).toMatchObject({ unsent: 1 });
    await pair.clock.advance(300);
    expect(pair.onPhone.deliveries).toEqual([{ id, status: 'sent' }]);
    expect(phone.state).toMatchObject({ unsent: 0 });
    pair.page.markShown(pair.onPage.messages[0]?.id ?? '');
    pair.page.markShown('99');
    pair.page.markShown('nonsense');
    await pair.clock.advance(300);
    expect(pair.onPhone.deliveries).toEqual([
      { id, status: 'sent' },
      { id, status: 'shown' },
    ]);
  });

  test('of the longest length goes through, one byte more is refused before it is sent', async () => {
    const phone = await pair.connect();
    expect(() => phone.sendMessage('a'.repeat(MAX_TEXT_BYTES + 1))).toThrow(TextTooLongError);
    const field = { text: '好'.repeat(MAX_TEXT_BYTES / 3 + 1), selectionStart: 0, selectionEnd: 0 };
    expect(() => phone.setField(field)).toThrow(TextTooLongError);
    const longest = '好'.repeat(MAX_TEXT_BYTES / 3);
    phone.setField({ ...field, text: longest });
    await pair.clock.advance(2000);
    expect(pair.onPage.fields.at(-1)?.text).toBe(longest);
    phone.sendMessage(longest);
    await pair.clock.advance(5000);
    expect(pair.onPage.messages).toEqual([{ id: '1', text: longest }]);
  });

  test('with lone surrogates arrives with U+FFFD in their place', async () => {
    const phone = await pair.connect();
    phone.sendMessage('a\ud800b');
    await pair.clock.advance(10);
    expect(pair.onPage.messages[0]?.text).toBe('a\ufffdb');
  });

  test('of a thousand messages at once arrives in order, joined into few records', async () => {
    const phone = await pair.connect();
    const before = pair.relay.seen.length;
    for (let i = 0; i < 1000; i += 1) phone.sendMessage(`line ${i}`);
    await pair.clock.advance(1000);
    expect(pair.onPage.messages.map(({ text }) => text)).toEqual(
      Array.from({ length: 1000 }, (_, i) => `line ${i}`),
    );
    expect(pair.relay.seen.length - before).toBeLessThan(20);
  });

  test('beyond what can be kept is refused, not forgotten', async () => {
    const phone = await pair.connect();
    pair.relay.up = false;
    pair.relay.cutAll();
    let kept = 0;
    expect(() => {
      for (; kept < 20_000; kept += 1) phone.sendMessage('a');
    }).toThrow(QueueFullError);
    pair.relay.up = true;
    await pair.clock.advance(120_000);
    expect(pair.onPage.messages).toHaveLength(kept);
  });

  test('is neither taken nor shown before both have accepted', async () => {
    const phone = await pair.claim();
    for (const endpoint of [phone, pair.page]) {
      expect(() => endpoint.sendMessage('secret')).toThrow(InvalidStateError);
      endpoint.setField({ text: 'secret', selectionStart: 0, selectionEnd: 0 });
      endpoint.markShown('1');
    }
    pair.page.choose(confirming(phone).number);
    await pair.clock.advance(1000);
    expect([...pair.onPage.fields, ...pair.onPhone.fields]).toEqual([]);
  });

  test('is refused after the end', async () => {
    const phone = await pair.connect();
    pair.page.disconnect();
    await pair.clock.advance(10);
    expect(() => phone.sendMessage('late')).toThrow(InvalidStateError);
    expect(() => pair.page.sendMessage('late')).toThrow(InvalidStateError);
    phone.setField({ text: 'late', selectionStart: 0, selectionEnd: 0 });
    await pair.clock.advance(10);
    expect(pair.onPage.fields).toEqual([]);
  });
});

describe('the live field', () => {
  const field = (text: string) => ({
    text,
    selectionStart: Array.from(text).length,
    selectionEnd: Array.from(text).length,
  });

  test('a character is there at once when nothing was typed just before', async () => {
    const phone = await pair.connect();
    phone.setField(field('你'));
    await pair.clock.advance(0);
    expect(pair.onPage.fields).toEqual([field('你')]);
  });

  test('fast typing is told at most every 50 ms, and the newest state always arrives', async () => {
    const phone = await pair.connect();
    for (let i = 1; i <= 100; i += 1) {
      phone.setField(field('a'.repeat(i)));
      await pair.clock.advance(10);
    }
    await pair.clock.advance(300);
    expect(pair.onPage.fields.length).toBeLessThanOrEqual(21);
    expect(pair.onPage.fields.length).toBeGreaterThan(10);
    expect(pair.onPage.fields.at(-1)).toEqual(field('a'.repeat(100)));
  });

  test('while the other side does not answer only the newest state is kept', async () => {
    const phone = await pair.connect();
    pair.relay.cut('page');
    pair.relay.up = false;
    for (let i = 1; i <= 200; i += 1) {
      phone.setField(field(`state ${i}`));
      await pair.clock.advance(100);
    }
    pair.relay.up = true;
    await pair.clock.advance(10_000);
    expect(pair.onPage.fields.at(-1)).toEqual(field('state 200'));
    expect(pair.onPage.fields.length).toBeLessThan(30);
  });

  test('composing text is a preview; the message arrives once', async () => {
    const phone = await pair.connect();
    for (const text of ['n', 'ni', 'ni h', 'ni ha', 'ni hao']) {
      phone.setField({ ...field(text), composing: { start: 0, end: text.length } });
      await pair.clock.advance(60);
    }
    phone.setField(field('你好'));
    await pair.clock.advance(60);
    phone.sendMessage('你好');
    await pair.clock.advance(300);
    expect(pair.onPage.fields.map(({ text, composing }) => [text, composing?.end])).toEqual([
      ['n', 1],
      ['ni', 2],
      ['ni h', 4],
      ['ni ha', 5],
      ['ni hao', 6],
      ['你好', undefined],
      ['', undefined],
    ]);
    expect(pair.onPage.messages).toEqual([{ id: '1', text: '你好' }]);
  });

  test('sending empties it on both sides, and what is typed next begins from nothing', async () => {
    const phone = await pair.connect();
    phone.setField(field('abc'));
    phone.sendMessage('abc');
    phone.setField(field('x'));
    await pair.clock.advance(100);
    expect(pair.onPage.fields.at(-1)).toEqual(field('x'));
    expect(pair.onPage.messages).toEqual([{ id: '1', text: 'abc' }]);
  });

  test('both directions have their own field', async () => {
    const phone = await pair.connect();
    phone.setField(field('from the phone'));
    pair.page.setField(field('from the page'));
    await pair.clock.advance(100);
    expect(pair.onPage.fields).toEqual([field('from the phone')]);
    expect(pair.onPhone.fields).toEqual([field('from the page')]);
  });
});

describe('the end', () => {
  test.each(['page', 'phone'] as const)('%s disconnects and both are told', async (side) => {
    const phone = await pair.connect();
    (side === 'page' ? pair.page : phone).disconnect();
    await pair.clock.advance(10);
    const ended = { phase: 'ended', reason: 'happy' };
    expect([pair.page.state, phone.state]).toEqual([ended, ended]);
    await pair.clock.advance(1000);
    expect(pair.relay.channels.size).toBe(0);
    expect(pair.clock.pendingTimers).toBe(0);
  });

  test('before the numbers matched it counts as rejected', async () => {
    const phone = await pair.claim();
    phone.disconnect();
    await pair.clock.advance(10);
    expect(pair.page.state).toEqual({ phase: 'ended', reason: 'rejected' });
  });

  test('stop lets go of everything and tells nothing more', async () => {
    const phone = await pair.connect();
    const told = pair.onPhone.states.length;
    phone.stop();
    await pair.clock.advance(10);
    expect(pair.onPhone.states).toHaveLength(told);
    expect(pair.page.state).toMatchObject({ phase: 'connected', presence: 'asleep' });
    pair.page.stop();
    pair.relay.links.clear();
    await pair.clock.advance(700_000);
    expect(pair.clock.pendingTimers).toBe(0);
  });

  test('of a link whose phone stays away comes after ten minutes, as lonely', async () => {
    const phone = await pair.connect();
    phone.stop();
    await pair.clock.advance(661_000);
    expect(pair.page.state).toEqual({ phase: 'ended', reason: 'lonely' });
  });

  test('newCode while connected ends the link and starts over', async () => {
    const phone = await pair.connect();
    pair.page.newCode();
    await pair.clock.advance(10);
    expect(phone.state).toEqual({ phase: 'ended', reason: 'happy' });
    expect(pair.page.state.phase).toBe('waiting');
    const second = await pair.connect({ guid: pair.guid, name: 'second' });
    second.sendMessage('hi');
    await pair.clock.advance(10);
    expect(pair.page.state).toMatchObject({ phase: 'connected', peerName: 'second' });
    expect(pair.onPage.messages).toEqual([{ id: '1', text: 'hi' }]);
  });
});

test('phone gives up when no relay answers its tap', async () => {
  pair.page.start();
  await pair.clock.advance(1);
  const phone = pair.createPhone();
  pair.relay.up = false;
  phone.claim();
  await pair.clock.advance(19_000);
  expect(phone.state).toEqual({ phase: 'connecting' });
  await pair.clock.advance(1100);
  expect(phone.state).toEqual({ phase: 'ended', reason: 'offline' });
});

test('the same msg1 again gets the same msg2, byte for byte', async () => {
  const answers: string[] = [];
  pair.relay.tamper = (bytes, from) => {
    if (from === 'page' && bytes[0] === EnvelopeKind.answer) {
      answers.push(Buffer.from(bytes).toString('hex'));
      return answers.length < 3 ? [] : [bytes];
    }
    return [bytes];
  };
  const phone = await pair.claim();
  expect(phone.state.phase).toBe('connecting');
  await pair.clock.advance(10_000);
  expect(phone.state.phase).toBe('confirm');
  expect(answers).toHaveLength(3);
  expect(new Set(answers).size).toBe(1);
});

test('an idle link is silent', async () => {
  await pair.connect();
  const before = pair.relay.seen.length;
  await pair.clock.advance(3_600_000);
  expect(pair.relay.seen).toHaveLength(before);
  expect(pair.clock.pendingTimers).toBe(0);
});

test('what an application’s callback throws surfaces, and the endpoint goes on', async () => {
  const surfaced: string[] = [];
  const { setTimer } = pair.clock;
  pair.clock.setTimer = (delayMs, run) =>
    setTimer(delayMs, () => {
      try {
        run();
      } catch (error) {
        surfaced.push((error as Error).message);
      }
    });
  const phone = await pair.connect();
  pair.onPage.message = () => {
    throw new Error('from the application');
  };
  phone.sendMessage('a');
  await pair.clock.advance(1000);
  expect(surfaced).toEqual(['from the application']);
  expect(pair.onPhone.deliveries).toEqual([{ id: '1', status: 'sent' }]);
});
