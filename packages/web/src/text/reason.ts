import type { Ending } from '@pairwire/pairing';
import type { Messages, ReasonText } from './messages.en.ts';

/** Why a link ended, in words for the person at that end. */
export function reasonText(texts: Messages, end: 'computer' | 'phone', ending: Ending): ReasonText {
  return (end === 'phone' ? texts.phoneReasons[ending] : undefined) ?? texts.reasons[ending];
}
