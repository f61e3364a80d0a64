/** Pipes that break, relays that forget: nothing is lost and nothing comes twice (§4.3, §8). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PhoneEndpoint } from '../src/phone-endpoint.ts';
import { EnvelopeKind, RelayCloseCode } from '../src/rendezvous.ts';
import { FakePair } from './fake-pair.ts';

let pair: FakePair;

beforeEach(() => {
  pair = new FakePair();
});

afterEach(() => {
  pair.page.stop();
});

const field = (text: string) => ({ text, selectionStart: 0, selectionEnd: 0 });
const texts = (told: { messages: { text: string }[] }) => told.messages.map(({ text }) => text);

async function typeWhileAway(phone: PhoneEndpoint): Promise<void> {
  phone.sendMessage('phone 1');
  pair.page.sendMessage('page 1');
  phone.sendMessage('phone 2');
  phone.setField(field('half a wor'));
  pair.page.setField(field('the other half'));
  await pair.clock.advance(3000);
}

function expectEverythingOnce(): void {
  expect(texts(pair.onPage)).toEqual(['phone 1', 'phone 2']);
  expect(texts(pair.onPhone)).toEqual(['page 1']);
  expect(pair.onPage.fields.at(-1)?.text).toBe('half a wor');
  expect(pair.onPhone.fields.at(-1)?.text).toBe('the other half');
}

test('a broken pipe is replaced at once, and the state says so', async () => {
  const phone = await pair.connect();
  pair.relay.cut('phone');
  await pair.clock.advance(0);
  expect(pair.onPhone.states.slice(-2)).toMatchObject([
    { phase: 'connected', online: false },
    { phase: 'connected', online: true },
  ]);
  expect(pair.onPage.states.slice(-2)).toMatchObject([
    { presence: 'asleep' },
    { presence: 'here' },
  ]);
  expect(phone.state).toMatchObject({ online: true });
});

test('text of both sides waits for the relay', async () => {
  const phone = await pair.connect();
  pair.relay.up = false;
  pair.relay.cutAll();
  await typeWhileAway(phone);
  expect(phone.state).toMatchObject({ phase: 'connected', online: false, unsent: 2 });
  pair.relay.up = true;
  await pair.clock.advance(10_000);
  expectEverythingOnce();
  expect(phone.state).toMatchObject({ online: true, unsent: 0 });
});

test('a relay that has forgotten everything brings the two together again', async () => {
  const phone = await pair.connect();
  pair.relay.up = false;
  pair.relay.restart();
  await typeWhileAway(phone);
  expect(phone.state).toMatchObject({ phase: 'connected', online: false });
  pair.relay.up = true;
  await pair.clock.advance(10_000);
  expectEverythingOnce();
});

test('records that were on their way when the relay died are sent again', async () => {
  const phone = await pair.connect();
  pair.relay.delayMs = 50;
  await typeWhileAway(phone);
  phone.sendMessage('phone 3');
  pair.page.sendMessage('page 2');
  await pair.clock.advance(75);
  pair.relay.restart();
  await pair.clock.advance(10_000);
  expect(texts(pair.onPage)).toEqual(['phone 1', 'phone 2', 'phone 3']);
  expect(texts(pair.onPhone)).toEqual(['page 1', 'page 2']);
});

test('what one side sends while the other sleeps is there when it wakes, though the sender is gone by then', async () => {
  const phone = await pair.connect();
  pair.relay.cut('page');
  pair.relay.up = false;
  await pair.clock.advance(100);
  expect(phone.state).toMatchObject({ presence: 'asleep' });
  phone.sendMessage('goodbye');
  await pair.clock.advance(100);
  phone.stop();
  pair.relay.up = true;
  await pair.clock.advance(10_000);
  expect(texts(pair.onPage)).toEqual(['goodbye']);
});

test('the relay may forget records of a sleeping side: the sender still has them', async () => {
  const phone = await pair.connect();
  pair.relay.cut('page');
  pair.relay.up = false;
  phone.sendMessage('kept by the sender');
  await pair.clock.advance(100);
  for (const link of pair.relay.links.values()) link.seats.page?.kept.splice(0);
  pair.relay.up = true;
  await pair.clock.advance(10_000);
  expect(texts(pair.onPage)).toEqual(['kept by the sender']);
});

test('a cut before the numbers matched delays the handshake and no more', async () => {
  pair.page.start();
  await pair.clock.advance(1);
  const phone = pair.createPhone();
  pair.relay.tamper = () => [];
  phone.claim();
  await pair.clock.advance(10);
  expect(phone.state.phase).toBe('connecting');
  pair.relay.tamper = (bytes) => [bytes];
  pair.relay.restart();
  await pair.clock.advance(1000);
  if (phone.state.phase !== 'confirm') throw new Error(`the phone is ${phone.state.phase}`);
  pair.relay.restart();
  await pair.clock.advance(1000);
  pair.page.choose(phone.state.number);
  await pair.clock.advance(1000);
  phone.sendMessage('after all');
  await pair.clock.advance(100);
  expect(texts(pair.onPage)).toEqual(['after all']);
});

test('an accept that was lost on the way is said again', async () => {
  const phone = await pair.claim();
  if (phone.state.phase !== 'confirm') throw new Error('no number');
  pair.page.choose(phone.state.number);
  pair.relay.cutAll();
  await pair.clock.advance(1000);
  expect([pair.page.state.phase, phone.state.phase]).toEqual(['connected', 'connected']);
  expect([...pair.relay.links.values()][0]?.connected).toBe(true);
});

describe('pauses between tries', () => {
  async function openingsIn(ms: number): Promise<number[]> {
    const openings: number[] = [];
    const phone = pair.createPhone({
      openPipe: (handler) => {
        openings.push(pair.clock.nowMs);
        return pair.relay.openPipe(handler);
      },
      connectTimeoutMs: 600_000,
    });
    pair.relay.up = false;
    const startMs = pair.clock.nowMs;
    phone.claim();
    await pair.clock.advance(ms);
    phone.stop();
    return openings.map((atMs) => atMs - startMs);
  }

  test('double from a quarter of a second to five seconds, with jitter', async () => {
    pair.page.start();
    await pair.clock.advance(1);
    const openings = await openingsIn(60_000);
    const pauses = openings.slice(1).map((atMs, i) => atMs - (openings[i] ?? 0));
    expect(pauses[0]).toBe(0);
    [250, 500, 1000, 2000, 4000, 5000, 5000].forEach((longest, i) => {
      expect(pauses[i + 1]).toBeGreaterThanOrEqual(longest / 2);
      expect(pauses[i + 1]).toBeLessThanOrEqual(longest);
    });
  });

  test('a relay that greets and hangs up is not hammered', async () => {
    pair.page.start();
    await pair.clock.advance(1);
    let openings = 0;
    const phone = pair.createPhone({
      openPipe: (handler) => {
        openings += 1;
        const pipe = pair.relay.openPipe(handler);
        pair.clock.setTimer(5, () => handler.close({ code: 1006, reason: '' }));
        return pipe;
      },
      connectTimeoutMs: 600_000,
    });
    phone.visit();
    await pair.clock.advance(60_000);
    expect(openings).toBeLessThan(30);
    phone.stop();
  });

  test('a pipe on which no relay greets is given up after ten seconds', async () => {
    let openings = 0;
    const phone = pair.createPhone({
      guid: '00112233-4455-4677-8899-aabbccddeeff',
      openPipe: () => {
        openings += 1;
        return { send: () => true, close: () => {} };
      },
    });
    phone.visit();
    await pair.clock.advance(9999);
    expect(openings).toBe(1);
    await pair.clock.advance(10);
    expect(openings).toBe(2);
    phone.stop();
  });

  test('a pipe that cannot even be opened is tried again', async () => {
    let openings = 0;
    const phone = pair.createPhone({
      guid: '00112233-4455-4677-8899-aabbccddeeff',
      openPipe: () => {
        openings += 1;
        throw new Error('no network');
      },
    });
    phone.claim();
    await pair.clock.advance(3000);
    expect(openings).toBeGreaterThan(2);
    await pair.clock.advance(20_000);
    expect(phone.state).toEqual({ phase: 'ended', reason: 'offline' });
  });
});

test('eleven minutes without a relay end the link as offline', async () => {
  const phone = await pair.connect();
  pair.relay.up = false;
  pair.relay.cutAll();
  await pair.clock.advance(659_000);
  expect(phone.state.phase).toBe('connected');
  await pair.clock.advance(2000);
  const ended = { phase: 'ended', reason: 'offline' };
  expect([phone.state, pair.page.state]).toEqual([ended, ended]);
});

test('a link that the relay ended while this side was away is over', async () => {
  const phone = await pair.connect();
  pair.relay.up = false;
  pair.relay.cut('phone');
  await pair.clock.advance(100);
  pair.page.disconnect();
  pair.relay.up = true;
  await pair.clock.advance(10_000);
  expect(phone.state).toEqual({ phase: 'ended', reason: 'unknown-link' });
});

test.each([
  [RelayCloseCode.replaced, 'replaced'],
  [RelayCloseCode.badRequest, 'bad-request'],
  [RelayCloseCode.tooMany, 'too-many'],
  [RelayCloseCode.tooLarge, 'too-large'],
])('close code %d says not to come back: ended as %s', async (code, reason) => {
  const phone = await pair.connect();
  for (const link of pair.relay.links.values()) {
    const channel = link.seats.phone?.channel;
    if (channel) pair.relay.close(channel, code);
  }
  await pair.clock.advance(60_000);
  expect(phone.state).toEqual({ phase: 'ended', reason });
});

test.each([RelayCloseCode.restarting, RelayCloseCode.slow, 1001, 1006, 1011])(
  'close code %d says to come back',
  async (code) => {
    const phone = await pair.connect();
    for (const link of pair.relay.links.values()) {
      const channel = link.seats.phone?.channel;
      if (channel) pair.relay.close(channel, code);
    }
    await pair.clock.advance(1000);
    expect(phone.state).toMatchObject({ phase: 'connected', online: true });
  },
);

test('a relay of another version is not tried again', async () => {
  const phone = pair.createPhone({
    guid: '00112233-4455-4677-8899-aabbccddeeff',
    openPipe: (handler) => {
      pair.clock.setTimer(1, () => {
        handler.packet('{"type":"welcome","v":2,"epoch":"e","limits":{}}');
      });
      return { send: () => true, close: () => {} };
    },
  });
  phone.claim();
  await pair.clock.advance(100);
  expect(phone.state).toEqual({ phase: 'ended', reason: 'version' });
});

test('back-pressure: nothing more is sealed until the pipe drains, then only the newest state', async () => {
  let sent = 0;
  let blocking = false;
  let drain = (): void => {};
  pair.page.start();
  await pair.clock.advance(1);
  const phone = pair.createPhone({
    openPipe: (handler) => {
      drain = () => handler.drain?.();
      const pipe = pair.relay.openPipe(handler);
      return {
        send: (packet) => {
          pipe.send(packet);
          if (typeof packet !== 'string') sent += 1;
          return !blocking;
        },
        close: (code, reason) => pipe.close(code, reason),
      };
    },
  });
  phone.claim();
  await pair.clock.advance(10);
  if (phone.state.phase === 'confirm') pair.page.choose(phone.state.number);
  await pair.clock.advance(1000);
  blocking = true;
  const before = sent;
  for (let i = 0; i < 50; i += 1) {
    phone.setField(field(`state ${i}`));
    await pair.clock.advance(60);
  }
  expect(sent - before).toBeLessThanOrEqual(2);
  blocking = false;
  drain();
  await pair.clock.advance(1000);
  expect(pair.onPage.fields.at(-1)?.text).toBe('state 49');
  expect(pair.onPage.fields.length).toBeLessThanOrEqual(3);
});

test('a silent pipe is replaced when what it carried is not acknowledged', async () => {
  const phone = await pair.connect();
  // The network swallows everything, and nobody is told.
  pair.relay.tamper = () => [];
  phone.sendMessage('into the void');
  await pair.clock.advance(5000);
  expect(phone.state).toMatchObject({ online: true, unsent: 1 });
  const before = pair.onPhone.states.length;
  await pair.clock.advance(10_000);
  expect(pair.onPhone.states.slice(before)).toContainEqual(
    expect.objectContaining({ online: false }),
  );
  pair.relay.tamper = (bytes) => [bytes];
  await pair.clock.advance(40_000);
  expect(texts(pair.onPage)).toEqual(['into the void']);
  expect(phone.state).toMatchObject({ online: true, unsent: 0 });
});

describe('a seat that cannot be taken back at once', () => {
  test('is asked for again when the relay is busy', async () => {
    const phone = await pair.connect();
    const [link = ''] = pair.relay.links.keys();
    pair.relay.delayMs = 2000;
    pair.relay.cut('phone');
    await pair.clock.advance(4500);
    const busy = { type: 'refused', reason: 'too-many', link, retryAfterMs: 3000 };
    const requests = () => pair.relay.seen.filter((packet) => String(packet).includes('"again"'));
    for (const { handler } of pair.relay.channels) handler.packet(JSON.stringify(busy));
    await pair.clock.advance(1000);
    expect(phone.state).toMatchObject({ phase: 'connected', online: false });
    await pair.clock.advance(10_000);
    expect(requests().length).toBeGreaterThan(1);
    expect(phone.state).toMatchObject({ online: true });
  });

  test('is asked for again when the relay does not answer', async () => {
    const phone = await pair.connect();
    let swallowed = 0;
    pair.relay.swallow = (packet) => {
      const again = String(packet).includes('"again"') && swallowed < 2;
      if (again) swallowed += 1;
      return again;
    };
    pair.relay.cut('phone');
    await pair.clock.advance(19_000);
    expect(phone.state).toMatchObject({ phase: 'connected', online: false });
    await pair.clock.advance(2000);
    expect(phone.state).toMatchObject({ online: true });
  });

  test('ends the link when somebody else has it', async () => {
    const phone = await pair.connect();
    for (const link of pair.relay.links.values()) link.seats.phone?.tokens.splice(0);
    pair.relay.cut('phone');
    await pair.clock.advance(100);
    expect(phone.state).toEqual({ phase: 'ended', reason: 'wrong-token' });
  });
});

test('a refusal for being too fast pauses and resends', async () => {
  const phone = await pair.connect();
  let refusing = true;
  pair.relay.tamper = (bytes, from) => {
    if (!refusing || from !== 'phone' || bytes[0] !== EnvelopeKind.record) return [bytes];
    const [link = ''] = pair.relay.links.keys();
    pair.relay.say(
      'phone',
      JSON.stringify({ type: 'refused', reason: 'too-many', link, retryAfterMs: 3000 }),
    );
    return [];
  };
  phone.sendMessage('patience');
  await pair.clock.advance(2000);
  refusing = false;
  expect(texts(pair.onPage)).toEqual([]);
  await pair.clock.advance(2000);
  expect(texts(pair.onPage)).toEqual(['patience']);
});
