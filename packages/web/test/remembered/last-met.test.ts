import { expect, test } from 'vitest';
import { formatLastMet } from '../../src/remembered/last-met.ts';

const at = (day: number, hours: number, minutes = 0) =>
  new Date(2026, 2, day, hours, minutes).getTime();
const spaced = (text: string) => text.replace(/\s/gu, ' ');

test.each([
  ['en', at(10, 14, 3), 'today 2:03 PM'],
  ['zh-CN', at(10, 14, 3), '今天 14:03'],
  ['en', at(9, 23, 59), 'yesterday'],
  ['zh-CN', at(9, 0, 1), '昨天'],
  ['en', at(1, 12), '9 days ago'],
])('%s: by the days of the calendar, today with the time', (locale, atMs, shown) => {
  expect(spaced(formatLastMet(locale, atMs, at(10, 18)))).toBe(shown);
});

test('a clock that was set back does not make it the future', () => {
  expect(formatLastMet('en', at(12, 12), at(10, 18))).toContain('today');
});
