import { isUtf8 } from 'node:buffer';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  decodeUtf8,
  encodeUtf8,
  encodeUtf8Into,
  utf8Length,
  Utf8Validator,
} from '../../src/protocol/utf8.ts';
import { anyText } from './support/any-text.ts';
import { hex, toText, utf8 } from './support/bytes.ts';
import { splits } from './support/split.ts';

/** Whether `bytes` can begin a valid text, and whether they can be all of it. */
function judgeSlowly(bytes: Uint8Array): { prefix: boolean; whole: boolean } {
  const accepts = (stream: boolean) => {
    try {
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream });
      return true;
    } catch {
      return false;
    }
  };
  return { prefix: accepts(true), whole: accepts(false) };
}

function judge(chunks: readonly Uint8Array[]): { prefix: boolean; whole: boolean } {
  const validator = new Utf8Validator();
  const prefix = chunks.every((chunk) => validator.push(chunk, 0, chunk.length));
  return { prefix, whole: prefix && validator.complete };
}

const INVALID = [
  ['a continuation byte alone', '80'],
  ['a continuation byte alone', 'bf'],
  ['an overlong slash in two bytes', 'c0af'],
  ['an overlong slash in three bytes', 'e080af'],
  ['an overlong slash in four bytes', 'f08080af'],
  ['an overlong U+007F', 'c1bf'],
  ['an overlong U+07FF', 'e09fbf'],
  ['an overlong U+FFFF', 'f08fbfbf'],
  ['the first surrogate', 'eda080'],
  ['the last surrogate', 'edbfbf'],
  ['a surrogate pair (CESU-8)', 'eda081edb080'],
  ['U+110000', 'f4908080'],
  ['a five-byte form', 'f888808080'],
  ['a six-byte form', 'fc8480808080'],
  ['FE', 'fe'],
  ['FF', 'ff'],
  ['a sequence broken by ASCII', 'e4bd41'],
  ['a sequence broken by another', 'e4bde4bda0'],
] as const;

const VALID = ['00', '7f', 'c280', 'dfbf', 'e0a080', 'ed9fbf', 'ee8080', 'efbfbf', 'f0908080'];

describe('Utf8Validator', () => {
  test.each(INVALID)('refuses %s: %s', (_, bytes) => {
    for (const { how, chunks } of splits(hex(bytes))) {
      expect(judge(chunks).prefix, how).toBe(false);
    }
  });

  test.each([...VALID, 'f48fbfbf', 'efbbbf', 'cebae1bdb9cf83cebcceb5'])('accepts %s', (bytes) => {
    for (const { how, chunks } of splits(hex(bytes))) {
      expect(judge(chunks), how).toEqual({ prefix: true, whole: true });
    }
  });

  test('knows a text that ends inside a sequence', () => {
    const bytes = utf8('😀');
    for (let end = 1; end < bytes.length; end++) {
      expect(judge([bytes.slice(0, end)])).toEqual({ prefix: true, whole: false });
    }
  });

  test('stops at the very byte that makes the text invalid', () => {
    // Autobahn 6.4: the code point would be too big, which the second byte already says.
    const validator = new Utf8Validator();
    expect(validator.push(hex('cebae1bdb9cf83cebcceb5f4'), 0, 12)).toBe(true);
    expect(validator.push(hex('90'), 0, 1)).toBe(false);
  });

  test('judges all lead bytes, with each kind of second byte, like a TextDecoder', () => {
    const misjudged: string[] = [];
    for (let first = 0x80; first < 0x100; first++) {
      for (const second of [0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]) {
        const bytes = Uint8Array.of(first, second);
        const ours = judge([bytes]);
        const expected = judgeSlowly(bytes);
        if (ours.prefix !== expected.prefix || ours.whole !== expected.whole) {
          misjudged.push(`${first} ${second}`);
        }
      }
    }
    expect(misjudged).toEqual([]);
  });

  test('judges any bytes in any split like a TextDecoder', () => {
    const almostUtf8 = fc
      .array(fc.oneof(anyText(4).map(utf8), fc.uint8Array({ maxLength: 3 })), { maxLength: 6 })
      .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));
    fc.assert(
      fc.property(almostUtf8, (bytes) => {
        const expected = judgeSlowly(bytes);
        for (const { how, chunks } of splits(bytes, 2)) {
          expect(judge(chunks), how).toEqual(expected);
        }
      }),
    );
  });

  test('starts anew after reset', () => {
    const validator = new Utf8Validator();
    validator.push(hex('e4'), 0, 1);
    validator.reset();
    expect(validator.complete).toBe(true);
    expect(validator.push(hex('41'), 0, 1)).toBe(true);
  });
});

describe('Utf8Validator with the check of the platform', () => {
  /** Long enough for the platform; `count` shifts where the ends cut through a character. */
  const longText = (character: string, count: number) => utf8(character.repeat(count));

  const pieces = fc.array(
    fc.oneof(
      fc
        .tuple(fc.constantFrom('a', 'é', '您', '😀'), fc.integer({ min: 120, max: 140 }))
        .map(([character, count]) => longText(character, count)),
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom(...INVALID.map(([, bytes]) => hex(bytes)), ...VALID.map(hex)),
    ),
    { maxLength: 4 },
  );

  test('judges long texts in any split like our own loop, piece by piece', () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(600), { maxLength: 3 }), (parts, cuts) => {
        const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
        const ours = new Utf8Validator();
        const platform = new Utf8Validator(isUtf8);
        const bounds = [...cuts.filter((cut) => cut < bytes.length), bytes.length];
        let start = 0;
        for (const end of bounds.toSorted((a, b) => a - b)) {
          const expected = ours.push(bytes, start, end);
          expect(platform.push(bytes, start, end)).toBe(expected);
          if (!expected) return;
          expect(platform.complete).toBe(ours.complete);
          start = end;
        }
      }),
      { numRuns: 500 },
    );
  });

  test('finds one changed byte wherever it is', () => {
    const text = longText('您😀é', 30);
    for (let index = 0; index < text.length; index++) {
      for (const byte of [0x41, 0x80, 0xc0, 0xe4, 0xff]) {
        const bytes = text.slice();
        bytes[index] = byte;
        const ours = new Utf8Validator();
        const platform = new Utf8Validator(isUtf8);
        const expected = ours.push(bytes, 0, bytes.length);
        expect(platform.push(bytes, 0, bytes.length)).toBe(expected);
        expect(platform.complete || !expected).toBe(ours.complete || !expected);
      }
    }
  });

  test('leaves short pieces to the loop', () => {
    const asked: number[] = [];
    const validator = new Utf8Validator((bytes) => {
      asked.push(bytes.length);
      return isUtf8(bytes);
    });
    expect(validator.push(longText('您', 42), 0, 126)).toBe(true);
    expect(asked).toEqual([]);
    expect(validator.push(longText('您', 100), 0, 299)).toBe(true);
    expect(asked).toEqual([297]);
    expect(validator.complete).toBe(false);
  });
});

describe('encoding text', () => {
  test('equals TextEncoder on any string, lone surrogates included', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText(30),
          fc.array(fc.integer({ min: 0xd700, max: 0xe000 })).map((u) => String.fromCharCode(...u)),
        ),
        (text) => {
          const expected = new TextEncoder().encode(text);
          expect(utf8Length(text)).toBe(expected.length);
          expect(encodeUtf8(text)).toEqual(expected);
        },
      ),
    );
  });

  test('writes at the offset and nowhere else', () => {
    const target = new Uint8Array(8);
    expect(encodeUtf8Into('é', target, 3)).toBe(2);
    expect(target).toEqual(hex('000000c3a9000000'));
  });
});

test('decodeUtf8 gives back every valid text', () => {
  fc.assert(
    fc.property(anyText(30), (text) => {
      const bytes = utf8(text);
      expect(decodeUtf8(bytes, 0, bytes.length)).toBe(toText(bytes));
    }),
  );
});
