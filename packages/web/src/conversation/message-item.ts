import type { MessageStatus } from '@pairwire/pairing';
import { selectContents } from '../clipboard.ts';
import { createCopyButton } from '../ui/copy-button.ts';
import { element, setText } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import type { Entry } from './conversation.ts';
import { createSecretText, type SecretUse } from './secret-text.ts';

/** A tick for "on the other device", two for "shown there". */
const MARKS: Record<MessageStatus, string> = { queued: '○', sent: '✓', shown: '✓✓' };

export interface MessageItem {
  readonly element: HTMLElement;
  showStatus(status: MessageStatus): void;
  /** The text of a secret is no longer there. */
  forget(): void;
}

/** What a message looks like, and what can be done with it. */
export interface MessageText {
  readonly element: HTMLElement;
  readonly buttons: readonly HTMLElement[];
  /** Makes the text ready for copying by hand. */
  select(): void;
  forget?(): void;
}

export function createMessageItem(
  context: ViewContext,
  entry: Entry,
  peerName: string,
  use: SecretUse = {},
): MessageItem {
  const { texts } = context;
  const own = entry.direction === 'out';
  const mark = element('span', { 'aria-hidden': 'true', class: 'message-mark' });
  const meaning = element('span', { class: 'visually-hidden' });
  const problem = element('p', { class: 'message-problem', hidden: true }, texts.copyFailed);
  const onCopyFailure = () => {
    text.select();
    context.announce(texts.copyFailed);
    problem.hidden = false;
  };
  const text = entry.secret
    ? createSecretText(context, entry, { ...use, copyFailed: onCopyFailure })
    : createPlainText(context, entry, onCopyFailure);
  const item = element(
    'li',
    {
      class: `message message-${entry.direction}`,
      'data-testid': 'message',
      'data-direction': entry.direction,
    },
    element('span', { class: 'visually-hidden' }, `${own ? texts.messageFromYou : peerName}: `),
    text.element,
    element(
      'div',
      { class: 'message-foot' },
      createTime(context, entry.atMs),
      own && element('span', { class: 'message-status' }, mark, meaning),
      ...text.buttons,
    ),
    problem,
  );
  const showStatus = (status: MessageStatus) => {
    item.dataset['status'] = status;
    setText(mark, MARKS[status]);
    const meanings = {
      queued: texts.statusQueued,
      sent: texts.statusSent,
      shown: texts.statusShown,
    };
    setText(meaning, meanings[status]);
    mark.title = meanings[status];
  };
  if (entry.status !== undefined) showStatus(entry.status);
  return { element: item, showStatus, forget: () => text.forget?.() };
}

function createPlainText(context: ViewContext, entry: Entry, onFailure: () => void): MessageText {
  const text = element(
    'p',
    { class: 'message-text', 'data-testid': 'message-text', dir: 'auto' },
    entry.text,
  );
  const copy = createCopyButton(context, {
    testId: 'copy',
    label: context.texts.copyMessage,
    kind: 'icon',
    text: () => entry.text,
    onFailure,
  });
  return { element: text, buttons: [copy], select: () => selectContents(text) };
}

function createTime({ locale }: ViewContext, atMs: number): HTMLElement {
  const at = new Date(atMs);
  const format = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  return element('time', { datetime: at.toISOString() }, format.format(at));
}
