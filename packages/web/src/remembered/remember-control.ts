import type { ConnectedState, RememberState } from '@pairwire/pairing';
import { createButton } from '../ui/button.ts';
import { createDisclosure } from '../ui/disclosure.ts';
import { element, setText } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { createForgetQuestion } from './forget-question.ts';
import { rememberedWords } from './text/remembered-words.ts';

export interface RememberControl {
  readonly element: HTMLElement;
  update(state: ConnectedState): void;
}

export interface RememberControlOptions {
  /** What is at the other end. */
  peerKind: 'phone' | 'computer';
  onRemember(wanted: boolean): void;
}

/** Off, and then the other end ceased to want it: that is not the same as never having wanted it. */
type Shown = Exclude<RememberState, 'unavailable'> | 'lost' | 'lost for good';

/**
 * Whether the two ends remember each other, and the means to change that. Off until both people
 * have asked for it. Where it cannot be had (no storage, an end of before), it is not shown.
 */
export function createRememberControl(
  context: ViewContext,
  { peerKind, onRemember }: RememberControlOptions,
): RememberControl {
  const words = rememberedWords(context.locale);
  const label = element('span', { 'data-testid': 'remember-state' });
  const summary = element('summary', { class: 'trust-summary' }, label);
  const panel = element('div', { class: 'trust-panel' });
  const control = createDisclosure('trust remember', summary, panel);
  control.dataset['testid'] = 'remember';
  let shown: Shown | undefined;
  let peer = '';

  const set = (wanted: boolean) => () => onRemember(wanted);
  const button = (testId: string, text: string, kind: 'primary' | 'quiet', onClick: () => void) =>
    createButton({ testId, label: text, kind, onClick });
  const show = (...parts: (string | HTMLElement)[]) => {
    const hadFocus = panel.contains(document.activeElement);
    const buttons = parts.filter((part) => typeof part !== 'string');
    const sentences = parts.filter((part) => typeof part === 'string');
    panel.replaceChildren(
      ...sentences.map((sentence) => element('p', {}, sentence)),
      element('div', { class: 'device-actions' }, ...buttons),
    );
    if (hadFocus) summary.focus();
  };
  const wantButton = () => button('remember-yes', words.remember[peerKind], 'primary', set(true));
  const askForget = () => {
    panel.replaceChildren(
      createForgetQuestion(words, { name: peer, onForget: set(false), onKeep: showPanel }),
    );
    panel.querySelector('button')?.focus();
  };
  const showPanel = () => {
    switch (shown) {
      case 'off':
        return show(words.meaning, words.bothAgree(peer), wantButton());
      case 'asking':
        return show(words.asking(peer), button('remember-no', words.takeBack, 'quiet', set(false)));
      case 'asked':
        return show(
          words.asked(peer),
          words.meaning,
          wantButton(),
          button('remember-later', words.notNow, 'quiet', () => {
            control.open = false;
            summary.focus();
          }),
        );
      case 'on':
        return show(
          words.on(peer),
          button('forget', words.forgetThis[peerKind], 'quiet', askForget),
        );
      case 'lost':
        return show(words.lost(peer), words.meaning, wantButton());
      case 'lost for good':
        return show(words.lost(peer), words.lostForGood);
      case undefined:
        return;
    }
  };
  const speak = () => {
    if (shown === 'asked') context.announce(words.asked(peer));
    if (shown === 'on') context.announce(words.chip.on);
    if (shown === 'lost' || shown === 'lost for good') context.announce(words.lost(peer));
  };

  return {
    element: control,
    update({ remember, peerName }) {
      const next = whatToShow(remember, shown);
      control.hidden = next === undefined;
      if (next === shown && peerName === peer) return;
      const arrived = shown !== undefined && next !== shown;
      shown = next;
      peer = peerName;
      if (next === undefined) return;
      control.dataset['state'] = next;
      setText(label, words.chip[next === 'lost for good' ? 'lost' : next]);
      showPanel();
      if (arrived) speak();
    },
  };
}

function whatToShow(state: RememberState | undefined, before: Shown | undefined) {
  const wasOn = before === 'on' || before === 'lost' || before === 'lost for good';
  if (state === 'off') return wasOn ? 'lost' : 'off';
  if (state === 'unavailable') return wasOn ? 'lost for good' : undefined;
  return state;
}
