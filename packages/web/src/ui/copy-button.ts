import { copyText } from '../clipboard.ts';
import { createButton, type ButtonOptions } from './button.ts';
import { setText } from './element.ts';
import { createIcon } from './icon.ts';
import type { ViewContext } from './view-context.ts';

/** How long the button says "Copied". */
const FEEDBACK_MS = 2000;

export interface CopyButtonOptions extends Pick<ButtonOptions, 'testId' | 'label' | 'kind'> {
  /** Read at the click. */
  text(): string;
  onCopied?(): void;
  /** The text could not be copied; say so, and help to do it by hand. */
  onFailure(): void;
}

/** A button that copies, and shows on itself and tells aloud that it did. */
export function createCopyButton(
  { texts, announce }: ViewContext,
  options: CopyButtonOptions,
): HTMLButtonElement {
  let reset = 0;
  const showCopied = (copied: boolean) => {
    button.classList.toggle('is-copied', copied);
    button.querySelector('.icon')?.replaceWith(createIcon(copied ? 'check' : 'copy'));
    const label = button.querySelector('span');
    if (label !== null) setText(label, copied ? texts.copied : options.label);
  };
  const button = createButton({
    testId: options.testId,
    label: options.label,
    kind: options.kind ?? 'quiet',
    icon: 'copy',
    onClick() {
      void copyText(options.text()).then((copied) => {
        if (!copied) {
          options.onFailure();
          return;
        }
        announce(texts.copied);
        options.onCopied?.();
        showCopied(true);
        window.clearTimeout(reset);
        reset = window.setTimeout(() => showCopied(false), FEEDBACK_MS);
      });
    },
  });
  return button;
}
