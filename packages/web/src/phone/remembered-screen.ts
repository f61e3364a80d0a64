import { rememberedWords } from '../remembered/text/remembered-words.ts';
import { element, setText } from '../ui/element.ts';
import type { Screen } from '../ui/screen.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { createCodeEntry } from './code-entry.ts';
import { createComputerList, type ComputerListOptions } from './computer-list.ts';
import type { EnterState } from './enter-screen.ts';

export interface RememberedScreenOptions {
  computers: ComputerListOptions;
  onGuid(guid: string): void;
}

/** No code came with the link, but there are computers to go to without one. */
export function createRememberedScreen(
  context: ViewContext,
  { computers, onGuid }: RememberedScreenOptions,
): Screen<EnterState> {
  const words = rememberedWords(context.locale);
  const heading = element('h1', { tabindex: -1 }, words.computersHeading);
  const problem = element('p', { class: 'lead is-problem', 'data-testid': 'reason' });
  return {
    element: element(
      'div',
      { class: 'panel enter' },
      heading,
      element('p', { class: 'lead' }, words.computersLead),
      createComputerList(context, computers),
      element('h2', { class: 'divider' }, words.anotherHeading),
      problem,
      createCodeEntry(context, onGuid),
    ),
    update({ broken }) {
      problem.hidden = !broken;
      setText(problem, broken ? context.texts.brokenLink : '');
    },
    focus: () => heading.focus(),
  };
}
