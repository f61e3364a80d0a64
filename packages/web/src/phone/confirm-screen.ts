import type { PhoneState } from '@pairwire/pairing';
import { createButton } from '../ui/button.ts';
import { element, setText } from '../ui/element.ts';
import { createNumberChoice } from '../ui/number-choice.ts';
import type { Screen } from '../ui/screen.ts';
import type { ViewContext } from '../ui/view-context.ts';

export type ConfirmState = Extract<PhoneState, { phase: 'confirm' }>;

export interface ConfirmScreenOptions {
  onLook(number: number | null): void;
  onCancel(): void;
}

/** The number that the computer's person has to find here; with policy `both`, theirs to be found first. */
export function createConfirmScreen(
  context: ViewContext,
  { onLook, onCancel }: ConfirmScreenOptions,
): Screen<ConfirmState> {
  const { texts, announce } = context;
  const heading = element('h1', { tabindex: -1 });
  const lead = element('p', { class: 'lead' });
  const body = element('div', { class: 'confirm-body' });
  let shown = '';
  return {
    element: element('div', { class: 'panel confirm' }, heading, lead, body),
    update({ pageLabel, confirm, number, lookChoices }) {
      const page = pageLabel || texts.unnamedPage;
      const question = `${number} ${lookChoices?.join()}`;
      if (question === shown) return;
      const again = shown !== '';
      shown = question;
      if (lookChoices === undefined) {
        setText(heading, confirm === 'type' ? texts.confirmTypeHeading : texts.confirmHeading);
        setText(lead, texts.confirmLead(page));
        body.replaceChildren(
          element('p', { class: 'big-number', 'data-testid': 'number' }, String(number)),
          createButton({ testId: 'cancel', label: texts.cancel, onClick: onCancel }),
        );
        announce(texts.confirmStatus(number));
      } else {
        setText(heading, texts.lookHeading);
        setText(lead, texts.lookLead(page));
        body.replaceChildren(
          createNumberChoice({
            numbers: lookChoices,
            describe: texts.lookChoice,
            none: { label: texts.lookNone, hint: texts.lookNoneHint },
            onChoice: onLook,
          }),
        );
      }
      if (again) heading.focus();
    },
    focus: () => heading.focus(),
  };
}
