import type { Ending } from '@pairwire/pairing';
import { LOCALES } from './language.ts';
import { phoneReasonsEnglish, reasonsEnglish, type ReasonText } from './reasons.en.ts';
import { phoneReasonsChinese, reasonsChinese } from './reasons.zh.ts';

export type { ReasonText } from './reasons.en.ts';

/**
 * Why a link ended, in words for the person at that end. Apart from the other words, because a
 * phone needs none of it for its first view.
 *
 * @param locale - as in `ViewContext`
 */
export function reasonText(locale: string, end: 'computer' | 'phone', ending: Ending): ReasonText {
  const chinese = locale === LOCALES.zh;
  const own = end === 'phone' ? (chinese ? phoneReasonsChinese : phoneReasonsEnglish) : {};
  return own[ending] ?? (chinese ? reasonsChinese : reasonsEnglish)[ending];
}
