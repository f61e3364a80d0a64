import type { ConfirmPolicy } from '@pairwire/pairing';
import { element } from '../ui/element.ts';
import { createIcon } from '../ui/icon.ts';
import type { ViewContext } from '../ui/view-context.ts';

export interface Steps {
  readonly element: HTMLElement;
  /** @param current - counted from 0; the ones before it are done */
  update(current: number): void;
}

/** The way from the code to the connection, with the place where one is now. */
export function createSteps({ texts }: ViewContext, confirm: ConfirmPolicy): Steps {
  const last = {
    match: [texts.stepNumber, texts.stepNumberHint],
    both: [texts.stepNumber, texts.stepNumberHint],
    type: [texts.stepType, texts.stepTypeHint],
    tap: [texts.stepStart, texts.stepStartHint],
  }[confirm];
  const items = [
    [texts.stepScan, texts.stepScanHint],
    [texts.stepTap, texts.stepTapHint],
    last,
  ].map(([title = '', hint = '']) => {
    const done = element(
      'span',
      { class: 'visually-hidden', hidden: true },
      ` (${texts.stepDone})`,
    );
    const item = element(
      'li',
      { class: 'step' },
      element('span', { class: 'step-badge', 'aria-hidden': 'true' }, createIcon('check')),
      element(
        'span',
        { class: 'step-words' },
        element('span', { class: 'step-title' }, title, done),
        element('span', { class: 'step-hint' }, hint),
      ),
    );
    return { item, done };
  });
  const list = element('ol', { class: 'steps', 'aria-label': texts.stepsLabel });
  list.append(...items.map(({ item }) => item));
  return {
    element: list,
    update(current) {
      items.forEach(({ item, done }, index) => {
        done.hidden = index >= current;
        item.classList.toggle('is-done', index < current);
        if (index === current) item.setAttribute('aria-current', 'step');
        else item.removeAttribute('aria-current');
      });
    },
  };
}
