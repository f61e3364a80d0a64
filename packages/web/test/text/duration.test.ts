import { describe, expect, test } from 'vitest';
import { formatAge, formatCountdown } from '../../src/text/duration.ts';
import { en } from '../../src/text/messages.en.ts';

describe('durations', () => {
  test('a countdown shows minutes and seconds and reaches 0:00 only at the end', () => {
    expect(formatCountdown(60_000)).toBe('1:00');
    expect(formatCountdown(59_001)).toBe('1:00');
    expect(formatCountdown(9_000)).toBe('0:09');
    expect(formatCountdown(1)).toBe('0:01');
    expect(formatCountdown(0)).toBe('0:00');
    expect(formatCountdown(-5)).toBe('0:00');
  });

  test('an age is told in seconds, then in minutes', () => {
    expect(formatAge(en, 0)).toBe('0 seconds ago');
    expect(formatAge(en, 1999)).toBe('1 second ago');
    expect(formatAge(en, 119_999)).toBe('119 seconds ago');
    expect(formatAge(en, 120_000)).toBe('2 minutes ago');
    expect(formatAge(en, -1)).toBe('0 seconds ago');
  });
});
