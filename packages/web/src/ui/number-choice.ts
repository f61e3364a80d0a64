import { createButton } from './button.ts';
import { element } from './element.ts';

export interface NumberChoiceOptions {
  numbers: readonly number[];
  /** What choosing a number says, for screen readers: "My phone shows 47". */
  describe(number: number): string;
  none: { label: string; hint: string };
  /** null: none of these. */
  onChoice(number: number | null): void;
}

/** Numbers to choose from, and the way out when none is right. Used once: then it is switched off. */
export function createNumberChoice(options: NumberChoiceOptions): HTMLElement {
  const choose = (number: number | null) => {
    for (const button of all) button.disabled = true;
    options.onChoice(number);
  };
  const choices = options.numbers.map((number) => {
    const button = element(
      'button',
      {
        type: 'button',
        class: 'number-choice',
        'data-testid': 'choice',
        'data-number': number,
        'aria-label': options.describe(number),
      },
      String(number),
    );
    button.addEventListener('click', () => choose(number));
    return button;
  });
  const none = createButton({
    testId: 'choice-none',
    label: options.none.label,
    kind: 'danger',
    onClick: () => choose(null),
  });
  none.setAttribute('aria-describedby', 'choice-none-hint');
  const all = [...choices, none];
  return element(
    'div',
    { class: 'number-choices' },
    element('div', { class: 'number-row' }, ...choices),
    none,
    element('p', { class: 'number-hint', id: 'choice-none-hint' }, options.none.hint),
  );
}
