import { element, setText } from '../ui/element.ts';
import type { Screen } from '../ui/screen.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { createCodeEntry } from './code-entry.ts';

export interface EnterState {
  /** The link that led here had something after its #, but no whole code. */
  broken: boolean;
}

/** No code came with the link: scan, or type it. */
export function createEnterScreen(
  context: ViewContext,
  onGuid: (guid: string) => void,
): Screen<EnterState> {
  const { texts } = context;
  const heading = element('h1', { tabindex: -1 }, texts.enterHeading);
  const lead = element('p', { class: 'lead' });
  return {
    element: element(
      'div',
      { class: 'panel enter' },
      heading,
      lead,
      createCodeEntry(context, onGuid),
    ),
    update({ broken }) {
      setText(lead, broken ? texts.brokenLink : texts.enterLead);
      if (broken) {
        lead.dataset['testid'] = 'reason';
        lead.classList.add('is-problem');
      }
    },
    focus: () => heading.focus(),
  };
}
