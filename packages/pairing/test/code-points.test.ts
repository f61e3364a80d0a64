import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  countCodePoints,
  toCodePointOffset,
  toUtf16Offset,
  toWellFormed,
} from '../src/code-points.ts';
import { anyText } from './arbitraries.ts';

test('an emoji is one code point, an offset inside it counts it whole', () => {
  const text = 'a😀b';
  expect([0, 1, 2, 3, 4].map((at) => toCodePointOffset(text, at))).toEqual([0, 1, 2, 2, 3]);
  expect([0, 1, 2, 3, 9].map((at) => toUtf16Offset(text, at))).toEqual([0, 1, 3, 4, 4]);
});

test('offsets go there and back at every code point', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const points = Array.from(text);
      expect(countCodePoints(text)).toBe(points.length);
      points.forEach((_, i) => {
        expect(toUtf16Offset(text, i)).toBe(points.slice(0, i).join('').length);
        expect(toCodePointOffset(text, toUtf16Offset(text, i))).toBe(i);
      });
    }),
  );
});

test('lone surrogates become U+FFFD, everything else stays', () => {
  expect(toWellFormed('a\ud83db\ude00😀')).toBe('a\ufffdb\ufffd😀');
  fc.assert(
    fc.property(anyText, (text) => {
      expect(toWellFormed(text)).toBe(text);
    }),
  );
});
