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

/** The code, or what is remembered, is still good: the same may be tried again. */
const WORTH_ANOTHER_TRY: ReadonlySet<Ending> = new Set(['offline', 'too-many']);

export interface PhoneEndedScreenOptions {
  conversation: Conversation;
  peerName: string;
  /** The computer that was to be met and has not been, if it was one. */
  sought: string | undefined;
  /** Absent when this phone remembers none. */
  computers: Omit<ComputerListOptions, 'onEmpty'> | undefined;
  onGuid(guid: string): void;
  /** Absent when there is nothing that could be tried again. */
  onAgain: (() => void) | undefined;
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
      const worthIt = onAgain !== undefined && WORTH_ANOTHER_TRY.has(reason);
      const again = worthIt || sought !== undefined ? onAgain : undefined;
      panel = createEndedPanel(
        phoneEndingText(context, reason, sought),
        reason,
        again !== undefined && createAgain(context, again),
        createTranscript(context, conversation, peerName),
        again === undefined && computers !== undefined && createReturn(context, computers),
        !worthIt && createCodeEntry(context, onGuid),
      );
      frame.replaceChildren(panel.element);
    },
    focus: () => panel?.focus(),
  };
}

function createAgain({ texts }: ViewContext, onClick: () => void): HTMLElement {
  const button = createButton({
    testId: 'again',
    label: texts.tryAgain,
    icon: 'refresh',
    kind: 'primary',
    onClick,
  });
  button.classList.add('button-large');
  return button;
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
