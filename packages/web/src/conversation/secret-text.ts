import { selectContents } from '../clipboard.ts';
import { createButton } from '../ui/button.ts';
import { createCopyButton } from '../ui/copy-button.ts';
import { element, setText } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import type { Entry } from './conversation.ts';
import type { MessageText } from './message-item.ts';

/** Always as long, whatever it hides. */
const MASK = '••••••••';

/** What the person does with a secret that came. */
export interface SecretUse {
  /** It was read, or copied. */
  revealed?(): void;
  /** It was copied: it need not be kept any longer. */
  copied?(): void;
}

/** A secret in the list of messages: masked until the person asks, gone once it was copied. */
export function createSecretText(
  context: ViewContext,
  entry: Entry,
  use: SecretUse & { copyFailed(): void },
): MessageText {
  const { texts } = context;
  const shown = element('span', { class: 'message-secret', dir: 'auto' });
  const text = element(
    'p',
    { class: 'message-text', 'data-testid': 'message-text', tabindex: -1 },
    element('span', { class: 'visually-hidden' }, texts.secret),
    shown,
  );
  const setRevealed = (revealed: boolean) => {
    reveal.setAttribute('aria-pressed', String(revealed));
    shown.setAttribute('aria-hidden', String(!revealed));
    setText(shown, revealed ? entry.text : MASK);
    if (revealed) use.revealed?.();
  };
  const reveal = createButton({
    testId: 'reveal',
    label: texts.secretReveal,
    kind: 'icon',
    icon: 'eye',
    onClick: () => setRevealed(reveal.getAttribute('aria-pressed') !== 'true'),
  });
  const copy = createCopyButton(context, {
    testId: 'copy',
    label: texts.secretCopy,
    kind: 'icon',
    text: () => entry.text,
    onCopied() {
      use.revealed?.();
      use.copied?.();
    },
    onFailure: use.copyFailed,
  });
  const forget = () => {
    const focused = document.activeElement;
    setText(text, texts.secretGone);
    // The button that had the focus goes; whoever works without a mouse stays where they were.
    if (focused === reveal || focused === copy) text.focus();
    reveal.remove();
    copy.remove();
  };
  setRevealed(false);
  const own = entry.direction === 'out';
  if (!own && entry.text === '') forget();
  return {
    element: text,
    buttons: entry.text === '' ? [] : [reveal, copy],
    select() {
      setRevealed(true);
      selectContents(shown);
    },
    forget,
  };
}
