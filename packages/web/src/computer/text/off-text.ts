import { LOCALES } from '../../text/language.ts';
import type { OffText } from '../../ui/trust-label.ts';
import { offEnglish, type OffMessages } from './off-messages.en.ts';
import { offChinese } from './off-messages.zh.ts';

/**
 * What the server says is off, in the language of the page where it knows the code
 * (docs/reference/cli.md lists them), else in the server's own words: it may be newer.
 *
 * @param locale - as in `ViewContext`
 */
export function offText(locale: string, { code, ...said }: OffText & { code: string }): OffText {
  const messages = locale === LOCALES.zh ? offChinese : offEnglish;
  return isKnown(messages, code) ? messages[code] : said;
}

function isKnown(messages: OffMessages, code: string): code is keyof OffMessages {
  return Object.hasOwn(messages, code);
}
