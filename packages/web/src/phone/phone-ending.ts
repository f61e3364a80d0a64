import type { Ending } from '@pairwire/pairing';
import { rememberedWords } from '../remembered/text/remembered-words.ts';
import type { ReasonText } from '../text/messages.en.ts';
import { reasonText } from '../text/reason.ts';
import type { ViewContext } from '../ui/view-context.ts';

/**
 * Why it is over, for the person with the phone.
 *
 * @param sought - the computer that was to be met and has not been, if it was one
 */
export function phoneEndingText(
  { texts, locale }: ViewContext,
  reason: Ending,
  sought: string | undefined,
): ReasonText {
  if (sought === undefined || reason !== 'lonely') return reasonText(texts, 'phone', reason);
  const { absentTitle, absentDetail } = rememberedWords(locale);
  return { title: absentTitle(sought), detail: absentDetail };
}
