import { createButton } from '../ui/button.ts';
import { element } from '../ui/element.ts';
import type { RememberedMessages } from './text/remembered-words.ts';

export interface ForgetQuestionOptions {
  name: string;
  onForget(): void;
  onKeep(): void;
}

/** Forgetting cannot be undone by this end alone: it is asked once more. */
export function createForgetQuestion(
  words: RememberedMessages,
  { name, onForget, onKeep }: ForgetQuestionOptions,
): HTMLElement {
  return element(
    'div',
    { class: 'forget-question', role: 'group', 'aria-label': words.forgetOf(name) },
    element('p', {}, words.forgetQuestion(name)),
    element(
      'div',
      { class: 'device-actions' },
      createButton({
        testId: 'forget-yes',
        label: words.forget,
        kind: 'danger',
        onClick: onForget,
      }),
      createButton({ testId: 'forget-no', label: words.keep, onClick: onKeep }),
    ),
  );
}
