import { LOCALES } from '../../text/language.ts';
import { rememberedEnglish, type RememberedMessages } from './remembered-messages.en.ts';
import { rememberedChinese } from './remembered-messages.zh.ts';

export type { RememberedMessages } from './remembered-messages.en.ts';

/**
 * Both languages come at once, after the first view: few words, and only their views need them.
 *
 * @param locale - as in `ViewContext`
 */
export function rememberedWords(locale: string): RememberedMessages {
  return locale === LOCALES.zh ? rememberedChinese : rememberedEnglish;
}
