import { createButton } from '../ui/button.ts';
import { element } from '../ui/element.ts';
import type { Screen } from '../ui/screen.ts';
import type { ViewContext } from '../ui/view-context.ts';

export interface ConnectingScreenOptions {
  heading: string;
  lead: string;
  onCancel(): void;
}

/** After the tap, until the computer has answered. */
export function createConnectingScreen(
  { texts }: ViewContext,
  options: ConnectingScreenOptions,
): Screen<unknown> {
  const heading = element('h1', { tabindex: -1 }, options.heading);
  return {
    element: element(
      'div',
      { class: 'panel connecting' },
      element('div', { class: 'spinner', 'aria-hidden': 'true' }),
      heading,
      element('p', { class: 'lead' }, options.lead),
      createButton({ testId: 'cancel', label: texts.cancel, onClick: options.onCancel }),
    ),
    update() {},
    focus: () => heading.focus(),
  };
}
