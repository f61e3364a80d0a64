/** From one pipe to a better one beside it: nothing is lost, and nobody notices (§4.1, §4.3). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OpenPipe, PipeHandler } from '../src/environment.ts';
import { RelayCloseCode } from '../src/rendezvous.ts';
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

/** A pipe beside the one in use, on which nothing happens but what the test makes happen. */
function silentPipe() {
  const made: { handler: PipeHandler; sent: unknown[]; closed: number }[] = [];
  const open: OpenPipe = (handler) => {
    const pipe = { handler, sent: [] as unknown[], closed: 0 };
    made.push(pipe);
    return {
      send: (packet) => pipe.sent.push(packet) > 0,
      close: () => {
        pipe.closed += 1;
      },
    };
  };
  return { made, open };
}

describe('an end that is offered a better pipe', () => {
  test.each(['page', 'phone'] as const)(
    'moves over in the middle of a word, unnoticed (%s)',
    async (side) => {
      const phone = await pair.connect();
      pair.onPage.states.length = 0;
      pair.onPhone.states.length = 0;
      for (let i = 0; i < 20; i++) {
        phone.setField(field('w'.repeat(i)));
        pair.page.setField(field('v'.repeat(i)));
        phone.sendMessage(`phone ${i}`);
        pair.page.sendMessage(`page ${i}`);
        phone.setField(field('w'.repeat(i + 1)));
        pair.page.setField(field('v'.repeat(i + 1)));
        if (i % 5 === 2) pair.relay.offerBetter(side);
        await pair.clock.advance(30);
      }
      await pair.clock.advance(5000);
      const wanted = (end: string) => Array.from({ length: 20 }, (_, i) => `${end} ${i}`);
      expect(texts(pair.onPage)).toEqual(wanted('phone'));
      expect(texts(pair.onPhone)).toEqual(wanted('page'));
      expect(pair.onPage.fields.at(-1)?.text).toBe('w'.repeat(20));
      expect(pair.onPhone.fields.at(-1)?.text).toBe('v'.repeat(20));
      for (const state of [...pair.onPage.states, ...pair.onPhone.states]) {
        expect(state).toMatchObject({ phase: 'connected', online: true, presence: 'here' });
      }
      expect(pair.relay.channels.size).toBe(2);
    },
  );

  test('keeps the old one until the relay has greeted on the new one', async () => {
    const phone = await pair.connect();
    const { made, open } = silentPipe();
    pair.relay.offerBetter('phone', open);
    phone.sendMessage('on the old one');
    await pair.clock.advance(100);
    expect(texts(pair.onPage)).toEqual(['on the old one']);
    expect(made[0]?.sent).toEqual([]);
  });

  test.each([
    ['no word comes on', async () => pair.clock.advance(10_000)],
    ['breaks', async (handler: PipeHandler) => handler.close({ code: 1006, reason: '' })],
    [
      'speaks another version',
      async (handler: PipeHandler) => handler.packet('{"type":"welcome","v":2}'),
    ],
  ])('gives up one that %s, and loses nothing by it', async (_name, disappoint) => {
    const phone = await pair.connect();
    const { made, open } = silentPipe();
    pair.relay.offerBetter('phone', open);
    if (made[0]) await disappoint(made[0].handler);
    await pair.clock.advance(10);
    expect(made[0]?.closed).toBe(1);
    phone.sendMessage('still here');
    await pair.clock.advance(100);
    expect(texts(pair.onPage)).toEqual(['still here']);
    expect(phone.state).toMatchObject({ phase: 'connected', online: true });
  });

  test('opens one at a time, and lets it go when the pipe in use breaks', async () => {
    await pair.connect();
    const { made, open } = silentPipe();
    pair.relay.offerBetter('phone', open);
    pair.relay.offerBetter('phone', open);
    expect(made).toHaveLength(1);
    pair.relay.cut('phone');
    await pair.clock.advance(10);
    expect(made[0]?.closed).toBe(1);
  });

  test('is not lost when the new pipe breaks before the seat is taken on it', async () => {
    const phone = await pair.connect();
    pair.relay.swallow = (packet) => typeof packet === 'string' && packet.includes('"again"');
    pair.relay.offerBetter('phone');
    await pair.clock.advance(10);
    phone.sendMessage('between two pipes');
    pair.relay.swallow = () => false;
    pair.relay.cutAll();
    await pair.clock.advance(10_000);
    expect(texts(pair.onPage)).toEqual(['between two pipes']);
    expect(phone.state).toMatchObject({ online: true });
  });

  test('is offline when the relay does not answer on the new pipe', async () => {
    const phone = await pair.connect();
    pair.relay.swallow = (packet) => typeof packet === 'string' && packet.includes('"again"');
    pair.relay.offerBetter('phone');
    await pair.clock.advance(9000);
    expect(phone.state).toMatchObject({ online: true });
    await pair.clock.advance(2000);
    expect(phone.state).toMatchObject({ online: false });
  });

  test('moves while a code is shown: it stays on the screen, and works', async () => {
    pair.page.start();
    await pair.clock.advance(65_000);
    const { guid } = pair;
    pair.onPage.states.length = 0;
    pair.relay.offerBetter('page');
    await pair.clock.advance(10_000);
    expect(pair.guid).toBe(guid);
    expect(pair.onPage.states).toEqual([]);
    expect(pair.relay.channels.size).toBe(1);
    const phone = await pair.connect();
    phone.sendMessage('by the code that moved');
    await pair.clock.advance(100);
    expect(texts(pair.onPage)).toEqual(['by the code that moved']);
  });

  test('that was claimed on the way hears of it on the new pipe', async () => {
    pair.page.start();
    await pair.clock.advance(10);
    const phone = pair.createPhone();
    phone.visit();
    await pair.clock.advance(10);
    // The page is greeted after 50 ms and has its seat after 150; the claim comes after 70.
    pair.relay.delayMs = 50;
    pair.relay.offerBetter('page');
    await pair.clock.advance(20);
    phone.claim();
    await pair.clock.advance(5000);
    expect([pair.page.state.phase, phone.state.phase]).toEqual(['claimed', 'confirm']);
  });

  test('moves with a phone before the tap, and not with one that taps meanwhile', async () => {
    pair.page.start();
    await pair.clock.advance(10);
    const [ofPage] = pair.relay.channels;
    const phone = pair.createPhone();
    phone.visit();
    await pair.clock.advance(10);
    const offer = () => {
      for (const channel of pair.relay.channels) {
        if (channel !== ofPage) channel.handler.better?.(pair.relay.openPipe);
      }
    };
    offer();
    await pair.clock.advance(6000);
    expect(phone.state).toMatchObject({ phase: 'idle' });
    expect(pair.relay.channels.size).toBe(2);

    pair.relay.delayMs = 50;
    offer();
    phone.claim();
    await pair.clock.advance(6000);
    expect(phone.state.phase).toBe('confirm');
    expect(pair.relay.channels.size).toBe(2);
  });

  test('stays where it is while a number is compared', async () => {
    const phone = await pair.claim();
    const { made, open } = silentPipe();
    pair.relay.offerBetter('page', open);
    pair.relay.offerBetter('phone', open);
    expect(made).toHaveLength(0);
    expect(phone.state.phase).toBe('confirm');
  });

  test('leaves nothing behind when it stops in between', async () => {
    const phone = await pair.connect();
    pair.relay.offerBetter('phone');
    await pair.clock.advance(1);
    phone.stop();
    const { made, open } = silentPipe();
    pair.relay.offerBetter('page', open);
    pair.page.stop();
    await pair.clock.advance(10);
    expect(made[0]?.closed).toBe(1);
    expect(pair.relay.channels.size).toBe(0);
  });
});

describe('an end whose relay says to come back at once', () => {
  test.each([1001, 1012, RelayCloseCode.restarting])('does not pause after %i', async (code) => {
    const phone = await pair.connect();
    pair.relay.cut('phone');
    await pair.clock.advance(1000);
    for (const channel of pair.relay.channels) pair.relay.close(channel, code);
    await pair.clock.advance(1);
    expect(phone.state).toMatchObject({ online: true });
  });

  test('does not let it make a habit of that', async () => {
    await pair.connect();
    let opened = 0;
    for (let i = 0; i < 200; i++) {
      const before = new Set(pair.relay.channels);
      for (const channel of before) pair.relay.close(channel, RelayCloseCode.restarting);
      await pair.clock.advance(10);
      opened += [...pair.relay.channels].filter((channel) => !before.has(channel)).length;
    }
    expect(opened).toBeLessThan(12);
  });
});
