import { expect, test } from 'vitest';

import { toPrintable, toPrintableLine } from '../../src/simulator/printable.ts';

test('control characters become visible, line breaks and tabs stay', () => {
  expect(toPrintable('a\tb\r\nc\rd')).toBe('a\tb\nc\nd');
  expect(toPrintable('\x1b[2J\0\x07\x7f')).toBe('␛[2J␀␇␡');
  expect(toPrintable('\x9b31m')).toBe('\uFFFD31m');
});

test('other characters stay as they are', () => {
  const text = '你好 👩‍👩‍👧 e\u0301 שלום \u202Bx\u202C';
  expect(toPrintable(text)).toBe(text);
});

test('one line is one line', () => {
  expect(toPrintableLine('a\r\n\n b\u2028c\td')).toBe('a  b c d');
});
