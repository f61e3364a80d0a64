import { expect, test } from 'vitest';
import { phoneEndingText } from '../../src/phone/phone-ending.ts';
import { en } from '../../src/text/messages.en.ts';

const context = { texts: en, locale: 'en', announce: () => {} };

test('a computer that was sought and did not come is told by name', () => {
  expect(phoneEndingText(context, 'lonely', 'studio').title).toBe('studio is not there');
});

test('other endings, and those of other links, have their own words', () => {
  expect(phoneEndingText(context, 'offline', 'studio')).toBe(en.reasons.offline);
  expect(phoneEndingText(context, 'lonely', undefined)).toBe(en.reasons.lonely);
  expect(phoneEndingText(context, 'crowded', undefined)).toBe(en.phoneReasons.crowded);
});
