import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { EntryDecoder } from '../../src/protocol/entry-decoder.ts';
import {
  decodeClosePayload,
  decodePacketEntry,
  encodeCloseEntry,
  encodeEntry,
  encodePacketEntry,
  EntryType,
  type Entry,
} from '../../src/protocol/entry.ts';
import type { Packet } from '../../src/protocol/packet.ts';

const LIMIT = 70_000;

/** All entries of chunks, one after the other. */
function decode(chunks: readonly Uint8Array[], limit = LIMIT) {
  const decoder = new EntryDecoder(limit);
  const entries: Entry[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let entry = decoder.next(); entry !== undefined; entry = decoder.next()) {
      entries.push(entry);
    }
  }
  return { entries, decoder };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Cut after these many bytes, again and again. */
function split(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const end = at + (sizes[turn % sizes.length] ?? bytes.length);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

const packet: fc.Arbitrary<Packet> = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
  fc.uint8Array({ minLength: 1, maxLength: 200 }),
);
const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 });

describe('entries (§8.3)', () => {
  test.each([
    ['a text', encodePacketEntry('hello'), '010568656c6c6f'],
    ['128 bytes', encodePacketEntry(new Uint8Array(128)).subarray(0, 4), '02408000'],
    ['a close', encodeCloseEntry(4123, 'enoug'), '0307101b656e6f7567'],
    ['padding of no bytes', encodeEntry(EntryType.padding), '0000'],
    ['a long one', encodePacketEntry(new Uint8Array(66_560)).subarray(0, 6), '028001040000'],
  ])('%s is written as the document shows', (_name, bytes, expected) => {
    expect(Buffer.from(bytes).toString('hex')).toBe(expected);
  });

  test('packets come back whole, with their kind and in order, however the bytes are cut (property)', () => {
    fc.assert(
      fc.property(fc.array(packet), sizes, (packets, cuts) => {
        const bytes = join(packets.map(encodePacketEntry));
        for (const chunks of [[bytes], split(bytes, [1]), split(bytes, cuts)]) {
          const { entries, decoder } = decode(chunks);
          expect(entries.map(decodePacketEntry)).toEqual(packets);
          expect([decoder.isAtBoundary, decoder.problem]).toEqual([true, undefined]);
        }
      }),
    );
  });

  test('of every length around the borders come back', () => {
    for (const length of [1, 63, 64, 65, 16_383, 16_384, 16_385, 66_560]) {
      const { entries } = decode([encodePacketEntry(new Uint8Array(length).fill(7))]);
      expect(entries.map(({ payload }) => payload.length)).toEqual([length]);
    }
  });

  test('longer forms of a length mean the same (RFC 9000 §16)', () => {
    const forms = ['0103616263', '014003616263', '0180000003616263'];
    for (const hex of forms) {
      const { entries } = decode(split(Buffer.from(hex, 'hex'), [1]));
      expect(entries.map(decodePacketEntry)).toEqual(['abc']);
    }
  });

  test.each([
    ['another type', '0600', 'bad-entry'],
    ['a length of eight bytes', '01c000000000000001', 'bad-entry'],
    ['padding that is too long', '005001', 'bad-entry'],
    ['a packet that is too long', '0280011171', 'too-large'],
  ])('%s is refused as soon as it is known', (_name, hex, problem) => {
    for (const chunks of [[Buffer.from(hex, 'hex')], split(Buffer.from(hex, 'hex'), [1])]) {
      const { entries, decoder } = decode(chunks);
      expect([entries.length, decoder.problem]).toEqual([0, problem]);
    }
  });

  test('an entry that is cut off is no boundary', () => {
    const bytes = encodePacketEntry('abc');
    for (let end = 1; end < bytes.length; end++) {
      expect(decode([bytes.subarray(0, end)]).decoder.isAtBoundary).toBe(false);
    }
  });

  test('any bytes give entries or a problem, the same for every cut (property)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), sizes, (bytes, cuts) => {
        const whole = decode([bytes], 100);
        const pieces = decode(split(bytes, cuts), 100);
        expect(pieces.entries).toEqual(whole.entries);
        expect(pieces.decoder.problem).toBe(whole.decoder.problem);
        expect(whole.entries.every(({ payload }) => payload.length <= 4_096)).toBe(true);
      }),
    );
  });
});

describe('what an entry carries', () => {
  test('is the empty packet, which is none, when it is not UTF-8 or no packet at all', () => {
    expect(decodePacketEntry({ type: EntryType.text, payload: Uint8Array.of(0xff) })).toBe('');
    expect(decodePacketEntry({ type: EntryType.ping, payload: new Uint8Array(0) })).toBe('');
  });

  test('keeps a mark in front and replaces lone surrogates', () => {
    const back = (text: string) =>
      decode([encodePacketEntry(text)])
        .entries.map(decodePacketEntry)
        .join('');
    expect(back('\uFEFFx')).toBe('\uFEFFx');
    expect(back('a\uD800b')).toBe('a\uFFFDb');
  });

  test.each([1000, 1001, 1009, 1011, 3000, 4999])('may be an end with %i', (code) => {
    const [entry] = decode([encodeCloseEntry(code, '够了')]).entries;
    expect(decodeClosePayload(entry?.payload ?? new Uint8Array(0))).toEqual({
      code,
      reason: '够了',
    });
  });

  test.each([0, 999, 1002, 1005, 1006, 1015, 2999, 5000, 65_535])('is no end with %i', (code) => {
    const [entry] = decode([encodeCloseEntry(code, '')]).entries;
    expect(decodeClosePayload(entry?.payload ?? new Uint8Array(0))).toBeUndefined();
  });

  test('is no end without a code, with a reason of 124 bytes, or one that is no UTF-8', () => {
    const head = [0x0f, 0xa0];
    for (const payload of [[], [0x0f], [...head, ...Array(124).fill(65)], [...head, 0xff]]) {
      expect(decodeClosePayload(Uint8Array.from(payload as number[]))).toBeUndefined();
    }
  });
});
