import { element } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import type { Conversation } from './conversation.ts';
import { createMessageItem } from './message-item.ts';

/** The messages of a link that is over, still there to be read and copied. */
export function createTranscript(
  context: ViewContext,
  conversation: Conversation,
  peerName: string,
): HTMLElement | false {
  if (conversation.entries.length === 0) return false;
  const list = element('ol', { class: 'messages', 'data-testid': 'messages' });
  for (const entry of conversation.entries) {
    list.append(createMessageItem(context, entry, peerName).element);
  }
  return element(
    'section',
    { class: 'transcript', 'aria-label': context.texts.messagesLabel },
    element('p', { class: 'messages-note' }, context.texts.conversationKept),
    list,
  );
}
