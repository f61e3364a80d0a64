import { createButton } from '../ui/button.ts';
import { element, setText } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';

/** The field for policy `type`: the phone's number is typed, not chosen. */
export function createNumberEntry(
  { texts }: ViewContext,
  onChoice: (number: number | null) => void,
): HTMLElement {
  const field = element('input', {
    id: 'number',
    'data-testid': 'type-number',
    class: 'number-field',
    inputmode: 'numeric',
    autocomplete: 'off',
    maxlength: 2,
    'aria-describedby': 'number-problem',
  });
  const problem = element('p', { class: 'field-problem', id: 'number-problem', role: 'alert' });
  const form = element(
    'form',
    { class: 'number-entry', novalidate: true },
    element('label', { for: 'number' }, texts.typeLabel),
    field,
    problem,
    element(
      'button',
      { type: 'submit', class: 'button button-primary', 'data-testid': 'type-submit' },
      texts.typeSubmit,
    ),
    createButton({
      testId: 'choice-none',
      label: texts.typeNone,
      kind: 'danger',
      onClick: () => onChoice(null),
    }),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const number = parseTwoDigits(field.value);
    setText(problem, number === undefined ? texts.typeInvalid : '');
    if (number === undefined) {
      field.setAttribute('aria-invalid', 'true');
      field.focus();
    } else {
      onChoice(number);
    }
  });
  return form;
}

/** Also takes the full-width digits that Chinese and Japanese input methods type. */
export function parseTwoDigits(text: string): number | undefined {
  const digits = text.normalize('NFKC').trim();
  return /^[1-9]\d$/.test(digits) ? Number(digits) : undefined;
}
