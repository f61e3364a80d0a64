import type { EndedState, Ending } from '@pairwire/pairing';
import type { Conversation } from '../conversation/conversation.ts';
import { createTranscript } from '../conversation/transcript.ts';
import { rememberedWords } from '../remembered/text/remembered-words.ts';
import { createButton } from '../ui/button.ts';
import { element } from '../ui/element.ts';
import { createEndedPanel, type EndedPanel } from '../ui/ended-panel.ts';
import type { Screen } from '../ui/screen.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { createCodeEntry } from './code-entry.ts';
import { createComputerList, type ComputerListOptions } from './computer-list.ts';
import { phoneEndingText } from './phone-ending.ts';

/** The code itself is still good: the same one may be tried again. */
const WORTH_ANOTHER_TRY: ReadonlySet<Ending> = new Set(['offline', 'too-many']);

export interface PhoneEndedScreenOptions {
  conversation: Conversation;
  peerName: string;
  /** The computer that was to be met and has not been, if it was one. */
  sought: string | undefined;
  /** Absent when this phone remembers none. */
  computers: Omit<ComputerListOptions, 'onEmpty'> | undefined;
  onGuid(guid: string): void;
  onAgain(): void;
}

/** The link is over: why, what was said, and a way to start again. */
export function createPhoneEndedScreen(
  context: ViewContext,
  options: PhoneEndedScreenOptions,
): Screen<EndedState> {
  const { conversation, peerName, sought, computers, onGuid, onAgain } = options;
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
      const sameAgain = sought !== undefined || WORTH_ANOTHER_TRY.has(reason);
      panel = createEndedPanel(
        phoneEndingText(context, reason, sought),
        reason,
        sameAgain && again,
        createTranscript(context, conversation, peerName),
        !sameAgain && computers !== undefined && createReturn(context, computers),
        !WORTH_ANOTHER_TRY.has(reason) && createCodeEntry(context, onGuid),
      );
      frame.replaceChildren(panel.element);
    },
    focus: () => panel?.focus(),
  };
}

function createReturn(
  context: ViewContext,
  computers: Omit<ComputerListOptions, 'onEmpty'>,
): HTMLElement {
  const section = element(
    'section',
    { class: 'return' },
    element('h2', { class: 'divider' }, rememberedWords(context.locale).computersHeading),
    createComputerList(context, {
      ...computers,
      onEmpty() {
        section.hidden = true;
      },
    }),
  );
  return section;
}
