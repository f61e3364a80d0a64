import { selectContents } from '../clipboard.ts';
import { createCopyButton } from '../ui/copy-button.ts';
import { element } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import type { Conversation } from './conversation.ts';
import { createMessageItem } from './message-item.ts';

/**
 * What was said over a link that is over, still there to be read and copied, with what was being
 * typed on either side when it ended.
 *
 * @returns false when there is nothing
 */
export function createTranscript(
  context: ViewContext,
  conversation: Conversation,
  peerName: string,
): HTMLElement | false {
  const { texts } = context;
  const items = conversation.entries.map(
    (entry) => createMessageItem(context, entry, peerName).element,
  );
  const { remoteField, draft } = conversation;
  if (remoteField.text !== '') {
    items.push(createLeftover(context, 'in', remoteField.text, texts.remoteLeft(peerName)));
  }
  if (draft !== '') items.push(createLeftover(context, 'out', draft, texts.draftLeft));
  if (items.length === 0) return false;
  return element(
    'section',
    { class: 'transcript', 'aria-label': texts.messagesLabel },
    element('p', { class: 'messages-note' }, texts.conversationKept),
    element('ol', { class: 'messages', 'data-testid': 'messages' }, ...items),
  );
}

/** A text that never became a message. */
function createLeftover(
  context: ViewContext,
  direction: 'in' | 'out',
  content: string,
  label: string,
): HTMLElement {
  const text = element('p', { class: 'message-text', dir: 'auto' }, content);
  return element(
    'li',
    { class: `message message-${direction} leftover`, 'data-testid': 'leftover' },
    text,
    element(
      'div',
      { class: 'message-foot' },
      label,
      createCopyButton(context, {
        testId: 'copy',
        label: context.texts.copyMessage,
        kind: 'icon',
        text: () => content,
        onFailure() {
          selectContents(text);
          context.announce(context.texts.copyFailed);
        },
      }),
    ),
  );
}
