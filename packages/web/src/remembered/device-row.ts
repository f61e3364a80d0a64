import type { RememberedDevice } from '@pairwire/pairing';
import { createButton } from '../ui/button.ts';
import { element } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { createForgetQuestion } from './forget-question.ts';
import { formatLastMet } from './last-met.ts';
import { createRenameForm } from './rename-form.ts';
import { shownName } from './shown-name.ts';
import { rememberedWords } from './text/remembered-words.ts';

export interface DeviceRowOptions {
  /** For a device without a name. */
  unnamed: string;
  onRename(id: string, name: string): void;
  onForget(id: string): void;
  /** On a phone: goes to that computer. */
  onConnect?: ((device: RememberedDevice) => void) | undefined;
}

/** One device of a list: who it is, then a form for its name or the question before it is forgotten. */
export function createDeviceRow(
  context: ViewContext,
  device: RememberedDevice,
  { unnamed, onRename, onForget, onConnect }: DeviceRowOptions,
): HTMLElement {
  const words = rememberedWords(context.locale);
  const name = shownName(device, unnamed);
  const row = element('li', { class: 'device', 'data-testid': 'device' });

  const showDevice = () => {
    row.replaceChildren(
      createFacts(),
      element(
        'div',
        { class: 'device-actions' },
        createAction('rename', words.rename, words.renameOf(name), showRename),
        createAction('forget', words.forget, words.forgetOf(name), showQuestion),
      ),
    );
  };
  const goBack = (to: 'rename' | 'forget') => () => {
    showDevice();
    row.querySelector<HTMLElement>(`[data-testid=${to}]`)?.focus();
  };
  const showRename = () => {
    row.replaceChildren(
      createRenameForm(context, device, {
        name,
        unnamed,
        onName: (text) => onRename(device.id, text),
        onCancel: goBack('rename'),
      }),
    );
    row.querySelector('input')?.select();
  };
  const showQuestion = () => {
    row.replaceChildren(
      createForgetQuestion(words, {
        name,
        onForget: () => onForget(device.id),
        onKeep: goBack('forget'),
      }),
    );
    row.querySelector('button')?.focus();
  };
  const createFacts = (): HTMLElement => {
    const own = device.givenName && device.name ? `${device.name} · ` : '';
    const lastMet = words.lastMet(formatLastMet(context.locale, device.lastUsedAtMs, Date.now()));
    const lines = [
      element('span', { class: 'device-name', 'data-testid': 'device-name' }, name),
      element('span', { class: 'note' }, own + lastMet),
    ];
    if (onConnect === undefined) return element('div', { class: 'device-facts' }, ...lines);
    const button = element(
      'button',
      { type: 'button', class: 'device-facts device-connect', 'data-testid': 'meet' },
      ...lines,
    );
    button.addEventListener('click', () => onConnect(device));
    return button;
  };
  showDevice();
  return row;
}

function createAction(testId: string, label: string, aria: string, onClick: () => void) {
  const button = createButton({ testId, label, onClick });
  button.classList.add('button-small');
  button.setAttribute('aria-label', aria);
  return button;
}
