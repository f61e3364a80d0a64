import { element } from './element.ts';
import { createIcon, type IconName } from './icon.ts';

export interface ButtonOptions {
  testId: string;
  label: string;
  onClick(): void;
  kind?: 'primary' | 'quiet' | 'danger' | 'icon';
  icon?: IconName;
}

/** With `kind: 'icon'` the label is for screen readers and the tooltip only. */
export function createButton(options: ButtonOptions): HTMLButtonElement {
  const kind = options.kind ?? 'quiet';
  const iconOnly = kind === 'icon';
  const button = element(
    'button',
    {
      type: 'button',
      class: `button button-${kind}`,
      'data-testid': options.testId,
      title: iconOnly ? options.label : undefined,
    },
    options.icon !== undefined && createIcon(options.icon),
    element('span', { class: iconOnly ? 'visually-hidden' : 'button-label' }, options.label),
  );
  button.addEventListener('click', options.onClick);
  return button;
}
