import { createButton } from '../ui/button.ts';
import { element } from '../ui/element.ts';
import type { Screen } from '../ui/screen.ts';
import type { ViewContext } from '../ui/view-context.ts';

/** After the tap, until the computer has answered. */
export function createConnectingScreen(
  { texts }: ViewContext,
  onCancel: () => void,
): Screen<unknown> {
  const heading = element('h1', { tabindex: -1 }, texts.connectingHeading);
  return {
    element: element(
      'div',
      { class: 'panel connecting' },
      element('div', { class: 'spinner', 'aria-hidden': 'true' }),
      heading,
      element('p', { class: 'lead' }, texts.connectingLead),
      createButton({ testId: 'cancel', label: texts.cancel, onClick: onCancel }),
    ),
    update() {},
    focus: () => heading.focus(),
  };
}
