import type { RememberedDevice } from '@pairwire/pairing';
import { createButton } from '../ui/button.ts';
import { element } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { rememberedWords } from './text/remembered-words.ts';

/** As an endpoint keeps of a name (`toDisplayName`). */
const MAX_NAME_LENGTH = 64;

export interface RenameFormOptions {
  /** What the device is called here now. */
  name: string;
  unnamed: string;
  onName(name: string): void;
  onCancel(): void;
}

/** Another name for a device, on this one only. */
export function createRenameForm(
  context: ViewContext,
  device: RememberedDevice,
  { name, unnamed, onName, onCancel }: RenameFormOptions,
): HTMLElement {
  const words = rememberedWords(context.locale);
  const field = element('input', {
    id: `name-${device.id}`,
    'data-testid': 'name-input',
    value: name,
    placeholder: device.name || unnamed,
    maxlength: MAX_NAME_LENGTH,
    autocomplete: 'off',
    enterkeyhint: 'done',
    'aria-describedby': `name-hint-${device.id}`,
  });
  const form = element(
    'form',
    { class: 'rename' },
    element('label', { for: field.id }, words.newName(name)),
    field,
    element('p', { class: 'note', id: `name-hint-${device.id}` }, words.nameHint),
    element(
      'div',
      { class: 'device-actions' },
      element(
        'button',
        { type: 'submit', class: 'button button-primary', 'data-testid': 'rename-save' },
        words.save,
      ),
      createButton({ testId: 'rename-cancel', label: context.texts.cancel, onClick: onCancel }),
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    onName(field.value);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing) onCancel();
  });
  return form;
}
