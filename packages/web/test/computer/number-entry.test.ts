import { describe, expect, test } from 'vitest';
import { parseTwoDigits } from '../../src/computer/number-entry.ts';

describe('the typed number', () => {
  test('is two digits, also as an input method types them', () => {
    expect(parseTwoDigits('47')).toBe(47);
    expect(parseTwoDigits(' 10 ')).toBe(10);
    expect(parseTwoDigits('４７')).toBe(47);
  });

  test.each(['', '4', '07', '470', '4a', '-4', '4.', 'NaN'])('%j is not', (text) => {
    expect(parseTwoDigits(text)).toBeUndefined();
  });
});
