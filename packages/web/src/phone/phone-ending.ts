import type { Ending } from '@pairwire/pairing';
import { rememberedWords } from '../remembered/text/remembered-words.ts';
import { reasonText, type ReasonText } from '../text/reason.ts';
import type { ViewContext } from '../ui/view-context.ts';

/**
 * Why it is over, for the person with the phone.
 *
 * @param sought - the computer that was to be met and has not been, if it was one
 */
export function phoneEndingText(
  { locale }: ViewContext,
  reason: Ending,
  sought: string | undefined,
): ReasonText {
  if (sought === undefined || reason !== 'lonely') return reasonText(locale, 'phone', reason);
  const { absentTitle, absentDetail } = rememberedWords(locale);
  return { title: absentTitle(sought), detail: absentDetail };
}
