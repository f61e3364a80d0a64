import { parseGuid } from '@pairwire/pairing';
import { element, setText } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';

/** The field for typing the code by hand, or pasting a whole link. */
export function createCodeEntry(
  { texts }: ViewContext,
  onGuid: (guid: string) => void,
): HTMLElement {
  const field = element('input', {
    id: 'code',
    'data-testid': 'guid-input',
    class: 'code-field',
    autocomplete: 'off',
    autocapitalize: 'none',
    autocorrect: 'off',
    spellcheck: 'false',
    enterkeyhint: 'go',
    'aria-describedby': 'code-hint code-problem',
  });
  const problem = element('p', {
    class: 'field-problem',
    id: 'code-problem',
    role: 'alert',
    'data-testid': 'guid-problem',
  });
  const form = element(
    'form',
    { class: 'code-entry', novalidate: true },
    element('label', { for: 'code' }, texts.enterLabel),
    field,
    element('p', { class: 'note', id: 'code-hint' }, texts.enterHint),
    problem,
    element(
      'button',
      { type: 'submit', class: 'button button-primary button-large', 'data-testid': 'connect' },
      texts.connect,
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    // Input methods may type full-width letters and digits.
    const guid = parseGuid(field.value.normalize('NFKC').replace(/\s+/g, ''));
    if (guid === undefined) {
      setText(problem, texts.enterInvalid);
      field.setAttribute('aria-invalid', 'true');
      field.focus();
    } else {
      onGuid(guid);
    }
  });
  return form;
}
