/** docs/protocol/pairing.md §10: our two ends against frozen vectors, and against what a relay may invent. */
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../src/bytes.ts';
import type { Answer, Hello } from '../src/introduction.ts';
import type { KeyRenewalHost } from '../src/key-renewal.ts';
import { createSuite, type Handshake } from '../src/key-schedule.ts';
import { Direction, RecordSealer } from '../src/record.ts';
import { PageRenewal } from '../src/page-renewal.ts';
import { PhoneRenewal } from '../src/phone-renewal.ts';
import { decodeRenewal, encodeRenewal, type RenewalMessage } from '../src/renewal-message.ts';
import { EnvelopeKind, encodeEnvelope } from '../src/rendezvous.ts';
import { createResumeSecret } from '../src/resume-secret.ts';
import { FakeClock, fakeEnvironment, seededBytes } from './fake-environment.ts';
import { fromHex, toHex } from './hex.ts';
import { makeRenewal } from './vectors/make-renewal-1.mjs';
import ours from './vectors/renewal-1.json' with { type: 'json' };

const linkId = fromHex(ours.linkId);
const answer = JSON.parse(ours.answer) as Answer;
const { ...introduction } = JSON.parse(ours.hello) as Omit<Hello, 'key'>;

/** What one end said, and what came of it. */
class End implements KeyRenewalHost {
  said: RenewalMessage[] = [];
  handshakes: Handshake<Hello | Answer>[] = [];
  outcomes: string[] = [];
  send = (message: RenewalMessage): void => void this.said.push(message);
  renewed = (handshake: Handshake<Hello> | Handshake<Answer>): void =>
    void this.handshakes.push(handshake);
  hopeless = (): void => void this.outcomes.push('hopeless');
  broken = (): void => void this.outcomes.push('broken');

  last(type: RenewalMessage['type']): RenewalMessage {
    const found = this.said.findLast((message) => message.type === type);
    if (found === undefined) throw new Error(`it said no ${type}`);
    return found;
  }
}

function createEnds(secrets = { page: [ours.resume], phone: [ours.resume] }, scripted = false) {
  const clock = new FakeClock();
  const { ikm } = ours;
  const random = (...values: string[]) =>
    scripted
      ? () => fromHex(values.shift() ?? '')
      : seededBytes(Number(`0x${values[0]?.slice(0, 2)}`));
  const parts = (kept: string[], host: End, ...values: string[]) => ({
    linkId,
    secrets: kept.map((secret) => createResumeSecret(fromHex(secret))),
    suite: createSuite(random(...values)),
    environment: fakeEnvironment(clock, 1),
    host,
  });
  const toPage = new End();
  const toPhone = new End();
  const page = new PageRenewal(
    () => answer,
    parts(secrets.page, toPhone, ikm.page, ikm.pageEphemeral),
  );
  const phone = new PhoneRenewal(
    () => introduction,
    parts(secrets.phone, toPage, ikm.phone, ikm.phoneEphemeral),
  );
  return { clock, page, phone, fromPage: toPhone, fromPhone: toPage };
}

/** As long as the name of a secret. */
const SEVENS = [7, 7, 7, 7, 7, 7, 7, 7];

const envelopeOf = (message: RenewalMessage) =>
  toHex(encodeEnvelope({ kind: EnvelopeKind.renewal, link: linkId, body: encodeRenewal(message) }));

test('the vectors are what an independent implementation computes', async () => {
  expect(await makeRenewal()).toEqual(ours);
});

test('both ends make every message of the vectors, to the byte, and come to the same keys', async () => {
  const { page, phone, fromPage, fromPhone } = createEnds(undefined, true);
  await phone.seek();
  phone.attach(true);
  await page.receive(fromPhone.last('ask'));
  await phone.receive(fromPage.last('offer'));
  await page.receive(fromPhone.last('hello'));
  await phone.receive(fromPage.last('answer'));
  const { envelopes } = ours;
  expect(envelopeOf(fromPhone.last('ask'))).toBe(envelopes.ask);
  expect(envelopeOf(fromPage.last('offer'))).toBe(envelopes.offer);
  expect(envelopeOf(fromPhone.last('hello'))).toBe(envelopes.hello);
  expect(envelopeOf(fromPage.last('answer'))).toBe(envelopes.answer);
  expect(envelopeOf({ type: 'nothing' })).toBe(envelopes.nothing);
  const [pageKeys] = fromPage.handshakes;
  const [phoneKeys] = fromPhone.handshakes;
  for (const keys of [pageKeys, phoneKeys]) {
    expect(toHex(keys?.generation ?? linkId)).toBe(ours.generation);
    expect(toHex(keys?.resumeSecret ?? linkId)).toBe(ours.newResume);
  }
  expect(phone.secrets.map(({ secret }) => toHex(secret))).toEqual([ours.newResume]);
  expect(page.secrets.map(({ secret }) => toHex(secret))).toEqual([ours.newResume, ours.resume]);
  if (phoneKeys === undefined) throw new Error('no keys');
  const sealer = new RecordSealer(phoneKeys.sender, Direction.toPage, linkId);
  const { bytes } = await sealer.seal({ acknowledged: 1, body: fromHex(ours.body) });
  const body = concatBytes(phoneKeys.generation, bytes);
  const record = encodeEnvelope({ kind: EnvelopeKind.renewedRecord, link: linkId, body });
  expect(toHex(record)).toBe(envelopes.record);
  expect(page.confirmed()).toBe(true);
  expect(page.secrets.map(({ secret }) => toHex(secret))).toEqual([ours.newResume]);
});

describe('what gets lost or comes twice', () => {
  test('an end that needs keys says so again after 1 s, doubling to 10 s, until it is answered', async () => {
    const { clock, page, fromPage } = createEnds();
    await page.seek();
    page.attach(true);
    await clock.advance(0);
    expect(fromPage.said).toHaveLength(1);
    await clock.advance(7000);
    expect(fromPage.said).toHaveLength(4);
    expect(new Set(fromPage.said.map((message) => envelopeOf(message)))).toHaveProperty('size', 1);
    page.detach();
    await clock.advance(60_000);
    expect(fromPage.said).toHaveLength(4);
  });

  test('phone repeats its hello, the page its answer, both the same bytes', async () => {
    const { clock, page, phone, fromPage, fromPhone } = createEnds();
    await page.seek();
    page.attach(true);
    await phone.receive(fromPage.last('offer'));
    phone.attach(true);
    const hello = fromPhone.last('hello');
    await page.receive(hello);
    const lost = fromPage.last('answer');
    await clock.advance(1000);
    expect(fromPhone.last('hello')).toEqual(hello);
    await page.receive(fromPhone.last('hello'));
    expect(fromPage.last('answer')).toEqual(lost);
    await phone.receive(lost);
    await phone.receive(lost);
    expect([fromPage.handshakes, fromPhone.handshakes]).toMatchObject([
      { length: 1 },
      { length: 1 },
    ]);
  });

  test('phone that never heard the answer comes again with the old secret, which the page still has', async () => {
    const { clock, page, phone, fromPage, fromPhone } = createEnds();
    await phone.seek();
    phone.attach(true);
    await page.receive(fromPhone.last('ask'));
    await phone.receive(fromPage.last('offer'));
    await page.receive(fromPhone.last('hello'));
    const reborn = createEnds();
    await reborn.phone.seek();
    reborn.phone.attach(true);
    await clock.advance(1000);
    await page.receive(reborn.fromPhone.last('ask'));
    await reborn.phone.receive(fromPage.last('offer'));
    await page.receive(reborn.fromPhone.last('hello'));
    await reborn.phone.receive(fromPage.last('answer'));
    const [keys] = reborn.fromPhone.handshakes;
    expect(keys?.generation).toEqual(fromPage.handshakes[1]?.generation);
    expect(keys?.generation).not.toEqual(fromPage.handshakes[0]?.generation);
  });
});

describe('what a relay may invent', () => {
  test('offers and hellos of before: no keys come of them', async () => {
    const { clock, page, phone, fromPage, fromPhone } = createEnds();
    await phone.seek();
    phone.attach(true);
    await page.receive(fromPhone.last('ask'));
    const offer = fromPage.last('offer');
    await phone.receive(offer);
    const hello = fromPhone.last('hello');
    await page.receive(hello);
    await phone.receive(fromPage.last('answer'));
    await clock.advance(1000);
    await phone.receive(offer);
    expect(fromPhone.said.at(-1)).toEqual(hello);
    const next = createEnds({ page: [ours.newResume], phone: [] });
    await next.page.seek();
    await next.page.receive(hello);
    expect(next.fromPage.said).toEqual([{ type: 'nothing' }]);
    expect(next.fromPage.handshakes).toEqual([]);
  });

  test('a key of its own in an offer: phone speaks to it, and nobody can answer', async () => {
    const { page, phone, fromPage, fromPhone } = createEnds();
    const thief = createEnds({ page: ['11'.repeat(32)], phone: [] });
    await phone.seek();
    await thief.page.seek();
    thief.page.attach(true);
    const offer = thief.fromPage.last('offer');
    const { id: rid } = createResumeSecret(fromHex(ours.resume));
    await phone.receive({ ...offer, type: 'offer', secretIds: [rid] } as RenewalMessage);
    await thief.page.receive(fromPhone.last('hello'));
    expect(thief.fromPage.handshakes).toEqual([]);
    await page.seek();
    expect(fromPage.handshakes).toEqual([]);
  });

  test('twenty messages that do not open break the link off, at either end', async () => {
    const { clock, page, phone, fromPage, fromPhone } = createEnds();
    await page.seek();
    page.attach(true);
    await phone.receive(fromPage.last('offer'));
    const { id: secretId } = createResumeSecret(fromHex(ours.resume));
    for (let n = 0; n < 20; n += 1) {
      expect([fromPage.outcomes, fromPhone.outcomes]).toEqual([[], []]);
      await clock.advance(1000);
      await page.receive({ type: 'hello', secretId, msg1: new Uint8Array(200).fill(n) });
      await phone.receive({ type: 'answer', msg2: new Uint8Array(200).fill(n) });
    }
    expect([fromPage.outcomes, fromPhone.outcomes]).toEqual([['broken'], ['broken']]);
  });

  test('asking without end: one key agreement in 100 ms', async () => {
    const { clock, page, fromPage } = createEnds();
    const { id } = createResumeSecret(fromHex(ours.resume));
    for (let n = 0; n < 50; n += 1) await page.receive({ type: 'ask', secretIds: [id] });
    expect(fromPage.said).toHaveLength(1);
    await clock.advance(100);
    await page.receive({ type: 'ask', secretIds: [id] });
    expect(fromPage.said).toHaveLength(2);
  });

  test('`nothing`, to an end that has keys, changes nothing', async () => {
    const { page, phone, fromPage, fromPhone } = createEnds();
    await page.receive({ type: 'nothing' });
    await phone.receive({ type: 'nothing' });
    expect([fromPage.outcomes, fromPhone.outcomes]).toEqual([[], []]);
    await phone.seek();
    await phone.receive({ type: 'nothing' });
    expect(fromPhone.outcomes).toEqual(['hopeless']);
  });
});

describe('messages', () => {
  test.each(Object.entries(ours.envelopes).slice(0, 5))(
    '%s is decoded and encoded',
    (type, hex) => {
      const body = fromHex(hex).subarray(17);
      const message = decodeRenewal(body);
      expect(message?.type).toBe(type);
      expect(message && encodeRenewal(message)).toEqual(body);
    },
  );

  test.each([
    ['nothing at all', []],
    ['an unknown step', [6]],
    ['an ask without a secret', [1]],
    ['an ask with half a secret', [1, 2, 3]],
    ['an ask with three secrets', [1, ...SEVENS, ...SEVENS, ...SEVENS]],
    ['an offer without a key', [2, ...SEVENS]],
    ['a hello without msg1', [3, ...SEVENS]],
    ['an empty answer', [4]],
    ['a nothing with something', [5, 1]],
  ])('%s is none', (_, bytes) => {
    expect(decodeRenewal(Uint8Array.from(bytes))).toBeUndefined();
  });
});
