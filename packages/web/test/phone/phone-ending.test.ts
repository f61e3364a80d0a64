import { expect, test } from 'vitest';
import { phoneEndingText } from '../../src/phone/phone-ending.ts';
import { en } from '../../src/text/messages.en.ts';
import { phoneReasonsEnglish, reasonsEnglish } from '../../src/text/reasons.en.ts';

const context = { texts: en, locale: 'en', announce: () => {} };

test('a computer that was sought and did not come is told by name', () => {
  expect(phoneEndingText(context, 'lonely', 'studio').title).toBe('studio is not there');
});

test('other endings, and those of other links, have their own words', () => {
  expect(phoneEndingText(context, 'offline', 'studio')).toBe(reasonsEnglish.offline);
  expect(phoneEndingText(context, 'lonely', undefined)).toBe(reasonsEnglish.lonely);
  expect(phoneEndingText(context, 'crowded', undefined)).toBe(phoneReasonsEnglish.crowded);
});
