/**
 * A relay, or a phone, that keeps to nothing: it may deny service; it cannot throw, grow memory
 * without bound, make an endpoint work without bound, or put a word in anybody's mouth.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeBase64url } from '../src/base64url.ts';
import { concatBytes, encodeU64 } from '../src/bytes.ts';
import { encodeEdit } from '../src/edit.ts';
import type { Packet } from '../src/environment.ts';
import { deriveLink } from '../src/link.ts';
import type { PhoneEndpoint } from '../src/phone-endpoint.ts';
import { encodeEnvelope, EnvelopeKind, MAX_ENVELOPE_BYTES, type Side } from '../src/rendezvous.ts';
import { seededBytes } from './fake-environment.ts';
import { FakePair } from './fake-pair.ts';
import { fromHex } from './hex.ts';
import { RoguePhone } from './rogue-phone.ts';
import vectors from './vectors/pairing-1.json' with { type: 'json' };

let pair: FakePair;

beforeEach(() => {
  pair = new FakePair();
});

afterEach(() => {
  pair.page.stop();
});

const texts = (told: { messages: { text: string }[] }) => told.messages.map(({ text }) => text);

describe('a hostile relay', () => {
  let phone: PhoneEndpoint;
  let linkId: Uint8Array;
  let link: string;

  beforeEach(async () => {
    pair.page.start();
    await pair.clock.advance(1);
    ({ linkId } = deriveLink(pair.guid));
    link = encodeBase64url(linkId);
    phone = await pair.connect({ guid: pair.guid });
  });

  afterEach(() => {
    phone.stop();
  });

  const envelope = (kind: EnvelopeKind, body: Uint8Array) =>
    encodeEnvelope({ kind, link: linkId, body });

  function tellBoth(packet: Packet): void {
    pair.relay.say('page', packet);
    pair.relay.say('phone', packet);
  }

  async function expectUndisturbed(): Promise<void> {
    phone.sendMessage('still');
    pair.page.sendMessage('here');
    await pair.clock.advance(5000);
    expect(texts(pair.onPage).at(-1)).toBe('still');
    expect(texts(pair.onPhone).at(-1)).toBe('here');
  }

  test('that talks nonsense is not listened to', async () => {
    const nonsense: Packet[] = [
      '',
      '{',
      'null',
      '[]',
      '"welcome"',
      '{"type":"toString"}',
      '{"type":"welcome","v":1}',
      `{"type":"ended","link":"${link}","reason":"because"}`,
      `{"type":"peer","link":"short","presence":"here"}`,
      'x'.repeat(100_000),
      new Uint8Array(),
      new Uint8Array(17),
      new Uint8Array(MAX_ENVELOPE_BYTES + 1).fill(3),
      encodeEnvelope({
        kind: EnvelopeKind.record,
        link: new Uint8Array(16),
        body: new Uint8Array(99),
      }),
      envelope(9 as EnvelopeKind, new Uint8Array(99)),
      envelope(EnvelopeKind.hello, new Uint8Array(500)),
      envelope(EnvelopeKind.answer, new Uint8Array(500)),
      envelope(EnvelopeKind.position, new Uint8Array(7)),
      envelope(EnvelopeKind.position, new Uint8Array(8).fill(255)),
    ];
    nonsense.forEach(tellBoth);
    await pair.clock.advance(10);
    expect([pair.page.state.phase, phone.state.phase]).toEqual(['connected', 'connected']);
    await expectUndisturbed();
  });

  test('that sends any bytes at all breaks nothing but, at worst, the link', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 90 }), fc.string()), { maxLength: 5 }),
        async (packets) => {
          packets.forEach(tellBoth);
          for (const packet of packets) {
            if (typeof packet !== 'string') tellBoth(envelope(EnvelopeKind.position, packet));
          }
          await pair.clock.advance(1);
          expect(phone.state.phase).toBe('connected');
        },
      ),
    );
    await expectUndisturbed();
  });

  test('that repeats everything a hundred times delivers it once and gets little back', async () => {
    const heard: [Side, Uint8Array][] = [];
    pair.relay.tamper = (bytes, from) => {
      heard.push([from === 'page' ? 'phone' : 'page', bytes]);
      return [bytes];
    };
    for (let i = 0; i < 10; i += 1) phone.sendMessage(`once ${i}`);
    await pair.clock.advance(1000);
    pair.relay.tamper = (bytes) => [bytes];
    const before = pair.relay.seen.length;
    for (let round = 0; round < 100; round += 1) {
      for (const [to, bytes] of heard) pair.relay.say(to, bytes);
      await pair.clock.advance(10);
    }
    expect(texts(pair.onPage)).toHaveLength(10);
    expect(pair.relay.seen.length - before).toBeLessThan(40);
    await expectUndisturbed();
  });

  test('that asks for old positions at a high rate gets a bounded amount again', async () => {
    pair.relay.tamper = (bytes, from) => (from === 'page' ? [] : [bytes]);
    for (let i = 0; i < 20; i += 1) {
      phone.sendMessage('a'.repeat(2000));
      await pair.clock.advance(50);
    }
    const before = pair.relay.seen.length;
    for (let i = 0; i < 2000; i += 1) {
      pair.relay.say('phone', envelope(EnvelopeKind.position, encodeU64(i % 7)));
      await pair.clock.advance(1);
    }
    // Two seconds at the relay's own rate of 50 records a second, each seen twice by the fake.
    expect(pair.relay.seen.length - before).toBeLessThan(2 * 2 * 55);
    pair.relay.tamper = (bytes) => [bytes];
    await pair.clock.advance(60_000);
    await expectUndisturbed();
  });

  test('that lets the other side come and go at a high rate gets a bounded amount of positions', async () => {
    const before = pair.relay.seen.length;
    for (let i = 0; i < 2000; i += 1) {
      const presence = i % 2 ? 'here' : 'asleep';
      pair.relay.say('phone', JSON.stringify({ type: 'peer', link, presence }));
      await pair.clock.advance(1);
    }
    expect(pair.relay.seen.length - before).toBeLessThan(30);
    await expectUndisturbed();
  });

  test('that puts junk in the place of records: nineteen times in a minute are borne, twenty end the link', async () => {
    const junk = (seed: number) => {
      const body = concatBytes(encodeU64(2), seededBytes(seed)(48));
      return envelope(EnvelopeKind.record, body);
    };
    for (let minute = 0; minute < 3; minute += 1) {
      for (let i = 0; i < 19; i += 1) pair.relay.say('page', junk(i));
      await pair.clock.advance(61_000);
    }
    expect(pair.page.state.phase).toBe('connected');
    await expectUndisturbed();
    for (let i = 0; i < 20; i += 1)
      pair.relay.say('page', envelope(EnvelopeKind.record, new Uint8Array(9)));
    await pair.clock.advance(10);
    expect(pair.page.state).toEqual({ phase: 'ended', reason: 'errory' });
  });

  test('that hands a side its own records back is not believed', async () => {
    const own: Uint8Array[] = [];
    pair.relay.tamper = (bytes, from) => {
      if (from === 'phone') own.push(bytes);
      return [bytes];
    };
    for (let i = 0; i < 5; i += 1) {
      phone.sendMessage(`mine ${i}`);
      await pair.clock.advance(300);
    }
    own.forEach((bytes) => pair.relay.say('phone', bytes));
    await pair.clock.advance(100);
    expect(pair.onPhone.messages).toEqual([]);
    await expectUndisturbed();
  });

  test('that drops everything keeps what is waiting bounded', async () => {
    pair.relay.tamper = () => [];
    for (let i = 0; i < 3000; i += 1) {
      phone.setField({ text: `state ${i}`, selectionStart: 0, selectionEnd: 0 });
      if (i % 10 === 0) phone.sendMessage(`text ${i}`);
      await pair.clock.advance(100);
    }
    expect(phone.state).toMatchObject({ phase: 'connected', unsent: 300 });
    pair.relay.tamper = (bytes) => [bytes];
    await pair.clock.advance(60_000);
    expect(texts(pair.onPage)).toHaveLength(300);
    expect(phone.state).toMatchObject({ unsent: 0 });
  });

  test.each(['happy', 'scary', 'crowded'])(
    'may say that the link has ended as %s',
    async (reason) => {
      pair.relay.say('phone', JSON.stringify({ type: 'ended', link, reason }));
      await pair.clock.advance(10);
      expect(phone.state).toEqual({ phase: 'ended', reason });
    },
  );

  test('of a link that is not ours is not listened to', async () => {
    const other = encodeBase64url(new Uint8Array(16));
    tellBoth(JSON.stringify({ type: 'ended', link: other, reason: 'happy' }));
    tellBoth(JSON.stringify({ type: 'refused', link: other, reason: 'expired' }));
    await pair.clock.advance(10);
    expect([pair.page.state.phase, phone.state.phase]).toEqual(['connected', 'connected']);
    await expectUndisturbed();
  });
});

describe('a hostile relay before the numbers matched', () => {
  test('whose key is of low order is not answered', async () => {
    pair.page.start();
    await pair.clock.advance(1);
    for (const link of pair.relay.links.values()) link.key = encodeBase64url(new Uint8Array(32));
    const phone = pair.createPhone();
    phone.claim();
    await pair.clock.advance(10);
    expect(phone.state).toEqual({ phase: 'ended', reason: 'errory' });
  });

  test('that puts its own key in the page’s place is not believed by the page', async () => {
    pair.page.start();
    await pair.clock.advance(1);
    for (const link of pair.relay.links.values()) link.key = encodeBase64url(fromHex(vectors.pkF));
    const phone = pair.createPhone();
    phone.claim();
    await pair.clock.advance(100);
    expect(phone.state).toEqual({ phase: 'connecting' });
    expect(pair.page.state).toEqual({ phase: 'claimed', confirm: 'match', choices: [] });
    await pair.clock.advance(20_000);
    const ended = { phase: 'ended', reason: 'scary' };
    expect([pair.page.state, phone.state]).toEqual([ended, ended]);
  });

  test('that answers for the page with junk is borne for a while', async () => {
    let junk = 0;
    pair.relay.tamper = (bytes, from) => {
      if (from === 'phone') return [bytes];
      junk += 1;
      return junk < 3 ? [bytes.slice(0, 40), bytes.slice(0, 17)] : [bytes];
    };
    const phone = await pair.claim();
    await pair.clock.advance(10_000);
    expect(phone.state.phase).toBe('confirm');
    phone.stop();
  });

  test('that only answers with junk ends the try', async () => {
    pair.relay.tamper = (bytes, from) =>
      from === 'phone' ? [bytes] : Array.from({ length: 20 }, () => bytes.slice(0, 100));
    const phone = await pair.claim();
    expect(phone.state).toEqual({ phase: 'ended', reason: 'errory' });
  });
});

describe('somebody in the phone’s seat', () => {
  let rogue: RoguePhone;

  beforeEach(async () => {
    pair.page.start();
    await pair.clock.advance(1);
    rogue = new RoguePhone(pair);
  });

  afterEach(() => {
    rogue.stop();
  });

  const ended = (reason: string) => ({ phase: 'ended', reason });

  async function connect(): Promise<void> {
    await rogue.introduce();
    await rogue.sendRecord(encodeEdit({ type: 'accept' }));
    pair.page.choose(rogue.handshake?.check ?? 0);
    await pair.clock.advance(10);
    expect(pair.page.state.phase).toBe('connected');
  }

  test('who does not know the GUID has three tries', async () => {
    await rogue.claim();
    for (let tries = 1; tries <= 3; tries += 1) {
      expect(pair.page.state).toEqual({ phase: 'claimed', confirm: 'match', choices: [] });
      await rogue.send(EnvelopeKind.hello, seededBytes(tries)(160));
    }
    expect(pair.page.state).toEqual(ended('scary'));
  });

  test('who speaks no version of ours is told goodbye', async () => {
    await rogue.introduce([2, 3]);
    expect(pair.page.state).toEqual(ended('errory'));
  });

  test('cannot change the introduction after it was answered', async () => {
    await rogue.introduce();
    const { state } = pair.page;
    const answers = rogue.envelopes.length;
    await rogue.send(EnvelopeKind.hello, rogue.msg1.slice(0, -1));
    await pair.clock.advance(2000);
    expect(pair.page.state).toEqual(state);
    expect(rogue.envelopes).toHaveLength(answers);
    await rogue.send(EnvelopeKind.hello, rogue.msg1);
    await pair.clock.advance(2000);
    expect(rogue.envelopes[answers]?.body).toEqual(rogue.envelopes[0]?.body);
  });

  test.each([
    ['a text', encodeEdit({ type: 'final', id: 1, text: 'too early' })],
    [
      'a field',
      encodeEdit({
        type: 'state',
        rev: 1,
        start: 0,
        del: 0,
        ins: 'a',
        selectionStart: 0,
        selectionEnd: 0,
      }),
    ],
    ['a receipt', encodeEdit({ type: 'shown', id: 1 })],
    [
      'an accept and a text at once',
      concatBytes(encodeEdit({ type: 'accept' }), encodeEdit({ type: 'final', id: 1, text: 'a' })),
    ],
  ])(
    'who sends %s before the page has accepted ends the link; nothing is shown',
    async (_, body) => {
      await rogue.introduce();
      await rogue.sendRecord(body);
      expect(pair.page.state).toEqual(ended('errory'));
      expect(pair.onPage.messages).toEqual([]);
      expect(pair.onPage.fields).toEqual([]);
    },
  );

  test.each([
    ['a body that is no edit', Uint8Array.of(0xee)],
    ['a text out of turn', encodeEdit({ type: 'final', id: 2, text: 'second' })],
    [
      'a field out of turn',
      encodeEdit({
        type: 'state',
        rev: 9,
        start: 0,
        del: 0,
        ins: 'a',
        selectionStart: 0,
        selectionEnd: 0,
      }),
    ],
    [
      'a deletion of what is not there',
      encodeEdit({
        type: 'state',
        rev: 1,
        start: 0,
        del: 1,
        ins: '',
        selectionStart: 0,
        selectionEnd: 0,
      }),
    ],
  ])('who sends %s ends the link', async (_, body) => {
    await connect();
    await rogue.sendRecord(body);
    expect(pair.page.state).toEqual(ended('errory'));
    expect(pair.onPage.messages).toEqual([]);
  });

  test('who acknowledges what was never sent ends the link', async () => {
    await connect();
    await rogue.sendRecord(new Uint8Array(), 1000);
    expect(pair.page.state).toEqual(ended('errory'));
  });

  test('who marks messages that were never sent as shown is not believed', async () => {
    await connect();
    await rogue.sendRecord(encodeEdit({ type: 'shown', id: 1 }));
    pair.page.sendMessage('a');
    await pair.clock.advance(10);
    await rogue.sendRecord(encodeEdit({ type: 'shown', id: 1 }), 1);
    expect(pair.onPage.deliveries).toEqual([]);
    expect(pair.page.state.phase).toBe('connected');
  });

  test('who accepts twice changes nothing', async () => {
    await connect();
    await rogue.sendRecord(encodeEdit({ type: 'accept' }));
    await rogue.sendRecord(encodeEdit({ type: 'final', id: 1, text: 'a' }));
    expect(texts(pair.onPage)).toEqual(['a']);
  });

  test('who talks and never acknowledges does not fill the page’s memory', async () => {
    await connect();
    for (let id = 1; id <= 2100 && pair.page.state.phase === 'connected'; id += 1) {
      await rogue.sendRecord(encodeEdit({ type: 'final', id, text: 'a' }));
      await pair.clock.advance(250);
    }
    expect(pair.page.state).toEqual(ended('errory'));
  });
});
