/** What an endpoint and the relay say to each other (docs/protocol/pairing.md §3). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeEnvelope,
  encodeEnvelope,
  EnvelopeKind,
  formatReply,
  formatRequest,
  MAX_CONTROL_BYTES,
  MAX_ENVELOPE_BYTES,
  mayComeBack,
  parseReply,
  parseRequest,
  RelayCloseCode,
  type Reply,
  type Request,
} from '../src/rendezvous.ts';

const link = 'PuqFrEsV562iamtxBIt3Ug';
const key = 'A'.repeat(43);
const token = 'B'.repeat(43);

const requests: Request[] = [
  { type: 'open', v: 1, link, key },
  { type: 'visit', v: 1, link },
  { type: 'claim', v: 1, link },
  { type: 'again', v: 1, link, side: 'phone', token, epoch: 'e' },
  { type: 'accept', link },
  { type: 'end', link, reason: 'happy' },
];

const replies: Reply[] = [
  {
    type: 'welcome',
    v: 1,
    epoch: 'e',
    limits: { envelopeBytes: 65_561, recordsPerSecond: 50, bytesPerSecond: 65_536 },
  },
  { type: 'waiting', link, token, epoch: 'e', expiresInMs: 120_000 },
  { type: 'opened', link },
  { type: 'visited', link, ageMs: 0 },
  { type: 'claimed', link, key, token, epoch: 'e' },
  { type: 'attached', link, token, epoch: 'e', peer: 'asleep' },
  { type: 'peer', link, presence: 'here' },
  { type: 'ended', link, reason: 'crowded' },
  { type: 'refused', reason: 'too-many', link, retryAfterMs: 1000 },
  { type: 'refused', reason: 'bad-request', path: 'link' },
];

describe('control messages', () => {
  test.each(requests)('$type is parsed as it was written', (request) => {
    expect(parseRequest(formatRequest(request))).toEqual({ ok: true, value: request });
  });

  test.each(replies)('$type is parsed as it was written', (reply) => {
    expect(parseReply(formatReply(reply))).toEqual({ ok: true, value: reply });
  });

  test.each([
    ['{', '', 'not JSON'],
    ['x'.repeat(MAX_CONTROL_BYTES + 1), '', 'too long'],
    ['{"type":"steal"}', 'type', 'variant'],
    ['{"type":"visit","v":2}', 'v', 'literal'],
    ['{"type":"visit","v":1}', 'link', 'strict_object'],
    ['{"type":"visit","v":1,"link":"short"}', 'link', 'regex'],
    [`{"type":"visit","v":1,"link":"${link}","more":1}`, 'more', 'strict_object'],
    [`{"type":"end","link":"${link}","reason":"because"}`, 'reason', 'picklist'],
  ])('the relay is told what is wrong with %j', (text, path, problem) => {
    expect(parseRequest(text)).toEqual({ ok: false, path, problem });
  });

  test('an endpoint ignores fields that later relays add', () => {
    const text = JSON.stringify({ ...replies[0], motto: 'hi' });
    expect(parseReply(text)).toEqual({ ok: true, value: replies[0] });
  });

  test('any text gives a message or a problem', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseRequest(text).ok && parseReply(text).ok).toBe(false);
      }),
    );
  });
});

describe('envelopes', () => {
  const kind = fc.constantFrom(...Object.values(EnvelopeKind));
  const linkId = fc.uint8Array({ minLength: 16, maxLength: 16 });

  test('are decoded as they were encoded', () => {
    fc.assert(
      fc.property(kind, linkId, fc.uint8Array(), (someKind, id, body) => {
        const envelope = { kind: someKind, link: id, body };
        expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
      }),
    );
  });

  test('of unknown kind or impossible length are refused', () => {
    expect(decodeEnvelope(new Uint8Array(16).fill(1))).toBeUndefined();
    expect(decodeEnvelope(new Uint8Array(17).fill(1))).toBeDefined();
    expect(decodeEnvelope(new Uint8Array(17))).toBeUndefined();
    expect(decodeEnvelope(new Uint8Array(17).fill(7))).toBeUndefined();
    expect(decodeEnvelope(new Uint8Array(MAX_ENVELOPE_BYTES).fill(3))).toBeDefined();
    expect(decodeEnvelope(new Uint8Array(MAX_ENVELOPE_BYTES + 1).fill(3))).toBeUndefined();
  });
});

test('close codes 4100 to 4199 say not to come back', () => {
  const stay = [RelayCloseCode.replaced, RelayCloseCode.badRequest, RelayCloseCode.tooMany, 4199];
  expect(stay.map(mayComeBack)).toEqual([false, false, false, false]);
  const come = [1000, 1006, RelayCloseCode.restarting, RelayCloseCode.slow, 4099, 4200];
  expect(come.every(mayComeBack)).toBe(true);
});
