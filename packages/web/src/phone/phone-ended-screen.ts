import type { EndedState, Ending } from '@pairwire/pairing';
import type { Conversation } from '../conversation/conversation.ts';
import { createTranscript } from '../conversation/transcript.ts';
import { createButton } from '../ui/button.ts';
import { element } from '../ui/element.ts';
import { createEndedPanel, type EndedPanel } from '../ui/ended-panel.ts';
import type { Screen } from '../ui/screen.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { createCodeEntry } from './code-entry.ts';

/** The code itself is still good: the same one may be tried again. */
const WORTH_ANOTHER_TRY: ReadonlySet<Ending> = new Set(['offline', 'too-many']);

export interface PhoneEndedScreenOptions {
  conversation: Conversation;
  peerName: string;
  onGuid(guid: string): void;
  onAgain(): void;
}

/** The link is over: why, what was said, and a way to start again. */
export function createPhoneEndedScreen(
  context: ViewContext,
  { conversation, peerName, onGuid, onAgain }: PhoneEndedScreenOptions,
): Screen<EndedState> {
  const frame = element('div', { class: 'panel' });
  let panel: EndedPanel | undefined;
  return {
    element: frame,
    update({ reason }) {
      const again = createButton({
        testId: 'again',
        label: context.texts.tryAgain,
        icon: 'refresh',
        kind: 'primary',
        onClick: onAgain,
      });
      again.classList.add('button-large');
      panel = createEndedPanel(
        context,
        'phone',
        reason,
        WORTH_ANOTHER_TRY.has(reason) && again,
        createTranscript(context, conversation, peerName),
        !WORTH_ANOTHER_TRY.has(reason) && createCodeEntry(context, onGuid),
      );
      frame.replaceChildren(panel.element);
    },
    focus: () => panel?.focus(),
  };
}
