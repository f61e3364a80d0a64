import type { EndedState } from '@pairwire/pairing';
import type { Conversation } from '../conversation/conversation.ts';
import { createTranscript } from '../conversation/transcript.ts';
import { rememberedWords } from '../remembered/text/remembered-words.ts';
import { reasonText } from '../text/reason.ts';
import { createButton } from '../ui/button.ts';
import { element } from '../ui/element.ts';
import { createEndedPanel, type EndedPanel } from '../ui/ended-panel.ts';
import type { Screen } from '../ui/screen.ts';
import type { ViewContext } from '../ui/view-context.ts';

export interface EndedScreenOptions {
  conversation: Conversation;
  peerName: string;
  /** There are phones that need no code to come back. */
  hasPhones: boolean;
  onNewCode(): void;
}

/** The link is over: why, what was said, and a way to start again. */
export function createEndedScreen(
  context: ViewContext,
  { conversation, peerName, hasPhones, onNewCode }: EndedScreenOptions,
): Screen<EndedState> {
  const { texts } = context;
  const frame = element('div', { class: 'panel' });
  let panel: EndedPanel | undefined;
  return {
    element: frame,
    update({ reason }) {
      const again = createButton({
        testId: 'new-code',
        label: reason === 'offline' ? texts.tryAgain : texts.newCode,
        icon: 'refresh',
        kind: 'primary',
        onClick: onNewCode,
      });
      panel = createEndedPanel(
        reasonText(context.locale, 'computer', reason),
        reason,
        again,
        hasPhones && element('p', { class: 'note' }, rememberedWords(context.locale).phonesAgain),
        createTranscript(context, conversation, peerName),
      );
      frame.replaceChildren(panel.element);
    },
    focus: () => panel?.focus(),
  };
}
