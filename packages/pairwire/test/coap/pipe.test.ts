import { expect, test } from 'vitest';

import { formatClose, parseClose } from '../../src/coap/pipe.ts';

test.each([
  [{ code: 1000, reason: '' }, '1000'],
  [{ code: 4001, reason: 'slow consumer' }, '4001 slow consumer'],
  [{ code: 4100, reason: '已被替换' }, '4100 已被替换'],
])('a close goes to text and back', (close, text) => {
  expect(formatClose(close)).toBe(text);
  expect(parseClose(text)).toEqual(close);
});

test('a reason is cut at 123 bytes, between characters', () => {
  expect(formatClose({ code: 4000, reason: '长'.repeat(50) })).toBe(`4000 ${'长'.repeat(41)}`);
});

test.each(['', 'no such resource', '99', '9999 x', '4000x'])('%j is no close', (text) => {
  expect(parseClose(text)).toBeUndefined();
});
