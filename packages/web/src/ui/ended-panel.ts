import type { Ending } from '@pairwire/pairing';
import type { ReasonText } from '../text/reason.ts';
import { element } from './element.ts';
import { createIcon } from './icon.ts';

export interface EndedPanel {
  readonly element: HTMLElement;
  focus(): void;
}

/** Tells in plain words that the link is over and why; `actions` say what can be done now. */
export function createEndedPanel(
  { title, detail }: ReasonText,
  reason: Ending,
  ...actions: (Node | false)[]
): EndedPanel {
  const heading = element('h1', { tabindex: -1 }, title);
  const panel = element(
    'div',
    { class: 'ended', 'data-testid': 'reason', 'data-reason': reason },
    element('span', { class: 'ended-sign' }, createIcon(reason === 'happy' ? 'check' : 'unlink')),
    heading,
    element('p', { class: 'lead' }, detail),
  );
  return {
    element: element('div', { class: 'ended-frame' }, panel, ...actions),
    focus: () => heading.focus(),
  };
}
