import type { PageState } from '@pairwire/pairing';
import { createButton } from '../ui/button.ts';
import { element, setText } from '../ui/element.ts';
import { createNumberChoice } from '../ui/number-choice.ts';
import type { Screen } from '../ui/screen.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { createNumberEntry } from './number-entry.ts';

export type ClaimedState = Extract<PageState, { phase: 'claimed' }>;

export interface ClaimedScreenOptions {
  onChoice(number: number | null): void;
  onCancel(): void;
}

/** `ask`: the phone has shown that it knows the code, and its number is wanted. */
type Stage = 'prepare' | 'ask' | 'wait';

/** A phone has answered: is it the one in the person's hand? */
export function createClaimedScreen(
  context: ViewContext,
  options: ClaimedScreenOptions,
): Screen<ClaimedState> {
  const { texts, announce } = context;
  const heading = element('h1', { tabindex: -1 });
  const lead = element('p', { class: 'lead' });
  const body = element('div', { class: 'claimed-body' });
  let chosen = false;
  let shown: Stage | undefined;

  const question = ({ confirm, choices }: ClaimedState, onChoice: (n: number | null) => void) =>
    confirm === 'type'
      ? createNumberEntry(context, onChoice)
      : createNumberChoice({
          numbers: choices,
          describe: texts.chooseNumber,
          none: { label: texts.noneOfThese, hint: texts.noneOfTheseHint },
          onChoice,
        });
  const show = (stage: Stage, state: ClaimedState) => {
    // Built once for each stage: a second state must not take a half-typed number away.
    if (stage === shown) return;
    shown = stage;
    const phone = state.phoneName ?? texts.unnamedPhone;
    if (stage === 'ask') {
      setText(heading, state.confirm === 'type' ? texts.typeHeading : texts.claimedHeading);
      setText(lead, texts.claimedLead(phone));
      announce(texts.claimedStatus(phone));
    } else {
      setText(heading, stage === 'wait' ? texts.chosenHeading : texts.preparing);
      setText(lead, stage === 'wait' ? texts.chosenLead(phone) : texts.preparingLead);
    }
    const parts = [
      state.look !== undefined && createLookNumber(context, state.look, stage === 'ask'),
      stage === 'ask'
        ? question(state, (number) => {
            chosen = true;
            options.onChoice(number);
            show('wait', state);
          })
        : createWait(context, options.onCancel),
    ];
    body.replaceChildren(...parts.filter((part) => part !== false));
    (body.querySelector('input') ?? heading).focus();
  };
  return {
    element: element('div', { class: 'panel claimed' }, heading, lead, body),
    update(state) {
      const asks =
        state.phoneName !== undefined && (state.choices.length > 0 || state.confirm === 'type');
      if (chosen) show('wait', state);
      else show(asks ? 'ask' : 'prepare', state);
    },
    focus: () => (body.querySelector('input') ?? heading).focus(),
  };
}

function createWait({ texts }: ViewContext, onCancel: () => void): HTMLElement {
  return element(
    'div',
    {},
    element('div', { class: 'spinner', 'aria-hidden': 'true' }),
    createButton({ testId: 'cancel', label: texts.cancel, onClick: onCancel }),
  );
}

/** Policy `both`: a number that the phone's person has to find here. */
function createLookNumber({ texts }: ViewContext, look: number, asks: boolean): HTMLElement {
  return element(
    'div',
    { class: 'look' },
    element('p', {}, texts.lookFirst),
    element('p', { class: 'big-number', 'data-testid': 'look-number' }, String(look)),
    asks && element('p', {}, texts.lookThen),
  );
}
