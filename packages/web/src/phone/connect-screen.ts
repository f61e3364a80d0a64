import type { PhoneState } from '@pairwire/pairing';
import { formatAge } from '../text/duration.ts';
import { createButton } from '../ui/button.ts';
import { element, setText } from '../ui/element.ts';
import type { Screen } from '../ui/screen.ts';
import type { ViewContext } from '../ui/view-context.ts';

export interface ConnectScreenOptions {
  origin: string;
  trustLabel: HTMLElement;
  onConnect(): void;
}

/** Before the tap: where the code came from and how old it is. Nothing is connected yet. */
export function createConnectScreen(
  context: ViewContext,
  options: ConnectScreenOptions,
): Screen<Extract<PhoneState, { phase: 'idle' }>> {
  const { texts } = context;
  const heading = element('h1', { tabindex: -1 }, texts.connectHeading);
  const age = element('dd', { 'data-testid': 'age' }, texts.ageUnknown);
  let shownAtMs: number | undefined;
  const tick = () => {
    if (shownAtMs !== undefined) setText(age, formatAge(texts, performance.now() - shownAtMs));
  };
  const ticking = window.setInterval(tick, 1000);
  const connect = createButton({
    testId: 'connect',
    label: texts.connect,
    kind: 'primary',
    onClick() {
      connect.disabled = true;
      options.onConnect();
    },
  });
  connect.classList.add('button-large');
  return {
    element: element(
      'div',
      { class: 'panel connect' },
      heading,
      element('p', { class: 'lead' }, texts.connectLead),
      element(
        'dl',
        { class: 'facts' },
        element('dt', {}, texts.originLabel),
        element('dd', { 'data-testid': 'origin', translate: 'no' }, options.origin),
        element('dt', {}, texts.ageLabel),
        age,
      ),
      connect,
      element('p', { class: 'note' }, texts.connectNote),
      options.trustLabel,
    ),
    update({ ageMs }) {
      if (ageMs !== undefined) shownAtMs ??= performance.now() - ageMs;
      tick();
    },
    focus: () => heading.focus(),
    dispose: () => window.clearInterval(ticking),
  };
}
