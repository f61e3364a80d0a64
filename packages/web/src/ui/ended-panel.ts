import type { Ending } from '@pairwire/pairing';
import { reasonText } from '../text/reason.ts';
import { element } from './element.ts';
import { createIcon } from './icon.ts';
import type { ViewContext } from './view-context.ts';

export interface EndedPanel {
  readonly element: HTMLElement;
  focus(): void;
}

/** Tells in plain words that the link is over and why; `actions` say what can be done now. */
export function createEndedPanel(
  { texts }: ViewContext,
  end: 'computer' | 'phone',
  reason: Ending,
  ...actions: (Node | false)[]
): EndedPanel {
  const { title, detail } = reasonText(texts, end, reason);
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
