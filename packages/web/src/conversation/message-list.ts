import type { FieldState } from '@pairwire/pairing';
import { createButton } from '../ui/button.ts';
import { element } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import type { Conversation, ConversationView, Entry } from './conversation.ts';
import { createMessageItem, type MessageItem } from './message-item.ts';
import { createRemoteFieldView } from './remote-field-view.ts';

/** Nearer to the end than this counts as "at the end": new text then keeps scrolling in. */
const END_TOLERANCE_PX = 80;

export interface MessageListOptions {
  conversation: Conversation;
  peerName: string;
  /** An incoming message got its place in the list. */
  onIncoming?(node: Element, entry: Entry): void;
  /** A secret was read or copied. */
  onRevealed?(entry: Entry): void;
}

export interface MessageList {
  readonly element: HTMLElement;
  scrollToEnd(): void;
  /** Whether the other side can be typing at all. */
  setAwake(awake: boolean): void;
  dispose(): void;
}

/** Everything said over the link, and below it what the other side is typing. */
export function createMessageList(context: ViewContext, options: MessageListOptions): MessageList {
  const { texts } = context;
  const { conversation, peerName } = options;
  const items = new Map<Entry, MessageItem>();
  const list = element('ol', { class: 'messages', 'data-testid': 'messages' });
  const older = element('p', { class: 'messages-note', hidden: true }, texts.olderRemoved);
  const empty = element(
    'div',
    { class: 'messages-empty' },
    element('p', { class: 'messages-empty-title' }, texts.emptyHeading),
    element('p', {}, texts.emptyLead(peerName)),
  );
  const remote = createRemoteFieldView(context, peerName);
  const scroller = element(
    'div',
    { class: 'scroller', tabindex: 0, role: 'region', 'aria-label': texts.conversationLabel },
    element(
      'div',
      { class: 'scroller-content' },
      empty,
      older,
      // Additions only: a tick that changes is not worth an interruption.
      element(
        'div',
        { role: 'log', 'aria-relevant': 'additions', 'aria-label': texts.messagesLabel },
        list,
      ),
      remote.element,
    ),
  );
  const jump = createButton({
    testId: 'new-messages',
    label: texts.newMessages,
    icon: 'arrowDown',
    onClick: () => scrollToEnd(),
  });
  jump.classList.add('jump');
  jump.hidden = true;

  const isAtEnd = () =>
    scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < END_TOLERANCE_PX;
  const scrollToEnd = () => {
    scroller.scrollTop = scroller.scrollHeight;
    jump.hidden = true;
  };
  /** Changes the content and stays at the end if it was there. */
  const keepingEnd = (change: () => void, onElsewhere?: () => void) => {
    const atEnd = isAtEnd();
    change();
    if (atEnd) scrollToEnd();
    else onElsewhere?.();
  };
  const append = (entry: Entry) => {
    const item = createMessageItem(context, entry, peerName, {
      revealed: () => options.onRevealed?.(entry),
      copied: () => conversation.forget(entry),
    });
    items.set(entry, item);
    list.append(item.element);
    if (!entry.seen) options.onIncoming?.(item.element, entry);
  };
  const showEmptiness = (field: FieldState) => {
    empty.hidden = items.size > 0 || field.text !== '';
  };

  const view: ConversationView = {
    added(entry) {
      keepingEnd(
        () => {
          append(entry);
          showEmptiness(conversation.remoteField);
        },
        () => {
          if (entry.direction === 'out') scrollToEnd();
          else jump.hidden = false;
        },
      );
    },
    statusChanged(entry) {
      if (entry.status !== undefined) items.get(entry)?.showStatus(entry.status);
    },
    forgotten(entry) {
      items.get(entry)?.forget();
    },
    dropped(entry) {
      items.get(entry)?.element.remove();
      items.delete(entry);
      older.hidden = false;
    },
    remoteFieldChanged(field) {
      keepingEnd(() => {
        remote.update(field);
        showEmptiness(field);
      });
    },
  };

  conversation.entries.forEach(append);
  older.hidden = !conversation.shortened;
  remote.update(conversation.remoteField);
  showEmptiness(conversation.remoteField);
  scroller.addEventListener('scroll', () => {
    if (isAtEnd()) jump.hidden = true;
  });
  conversation.attach(view);

  return {
    element: element('div', { class: 'scroller-frame' }, scroller, jump),
    scrollToEnd,
    setAwake: (awake) => remote.setAwake(awake),
    dispose: () => conversation.attach(undefined),
  };
}
