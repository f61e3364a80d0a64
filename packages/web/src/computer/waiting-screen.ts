import type { ConfirmPolicy, PageState } from '@pairwire/pairing';
import { element, setText } from '../ui/element.ts';
import type { Screen } from '../ui/screen.ts';
import type { ViewContext } from '../ui/view-context.ts';
import type { AddressChoice } from './address.ts';
import { createAddressChooser } from './address-chooser.ts';
import { CHECKLIST_AFTER_MS, createChecklist } from './checklist.ts';
import { createCodeCard, type Code } from './code-card.ts';
import type { Address } from './page-config.ts';
import { createSteps } from './steps.ts';

export type WaitingState = Extract<PageState, { phase: 'connecting' | 'waiting' | 'paused' }>;

export interface WaitingScreenOptions {
  confirm: ConfirmPolicy;
  addresses: AddressChoice;
  pageOrigin: string;
  trustLabel: HTMLElement;
  hasLab: boolean;
  /** The phones that need no code, where they can be remembered. */
  phones: HTMLElement | undefined;
  onAddress(address: Address): void;
  onNewCode(): void;
}

/** The first view of the computer page: the code, and what to do with it. */
export function createWaitingScreen(
  context: ViewContext,
  options: WaitingScreenOptions,
): Screen<WaitingState> {
  const { texts, announce } = context;
  const { addresses } = options.addresses;
  let address = options.addresses.preferred;
  let code: Code | undefined;
  let statusBefore = '';
  let patience = 0;

  const card = createCodeCard(context, options.onNewCode);
  const steps = createSteps(context, options.confirm);
  const statusText = element('span');
  const status = element('p', { class: 'status' }, statusText);
  const heading = element('h1', { tabindex: -1 }, texts.waitingHeading);
  const checklist = createChecklist(context, address?.url, addresses.length > 1);
  const labLink = element(
    'p',
    { class: 'note' },
    element('a', { href: '/lab', 'data-testid': 'lab-link' }, texts.labLink),
  );
  const chooser =
    address !== undefined &&
    addresses.length > 1 &&
    createAddressChooser(context, addresses, address, options.pageOrigin, (chosen) => {
      address = chosen;
      options.onAddress(chosen);
      if (code !== undefined) card.update((code = { ...code, address: chosen.url }));
    });

  const becomeImpatient = () => {
    checklist.open = true;
    announce(texts.checklistStatus);
  };
  const showStatus = (state: WaitingState) => {
    const opened = state.phase === 'waiting' && state.opened;
    const text = {
      connecting: texts.connectingToServer,
      waiting: opened ? texts.openedStatus : texts.waitingStatus,
      paused: texts.pausedStatus,
    }[state.phase];
    setText(statusText, text);
    status.dataset['state'] = opened ? 'opened' : state.phase;
    if (opened) status.dataset['testid'] = 'opened-note';
    else delete status.dataset['testid'];
    if (text !== statusBefore && (statusBefore !== '' || opened)) announce(text);
    statusBefore = text;
    steps.update(opened ? 1 : 0);
  };

  return {
    element: element(
      'div',
      { class: 'waiting' },
      element(
        'div',
        { class: 'waiting-intro' },
        heading,
        element('p', { class: 'lead' }, texts.waitingLead),
      ),
      element('div', { class: 'waiting-code' }, card.element, chooser),
      element('div', { class: 'waiting-steps' }, steps.element, status),
      element(
        'div',
        { class: 'waiting-help' },
        options.phones,
        checklist,
        options.trustLabel,
        options.hasLab && labLink,
      ),
    ),
    update(state) {
      if (state.phase === 'waiting') {
        if (code?.guid !== state.guid) {
          code = {
            guid: state.guid,
            address: address?.url,
            nextAtMs: performance.now() + state.expiresInMs,
            lifeMs: Math.max(1, state.expiresInMs),
          };
        }
        card.update(code);
      } else {
        code = undefined;
        card.update(state.phase === 'paused' ? 'paused' : undefined);
      }
      showStatus(state);
      if (state.phase === 'waiting' && !state.opened) {
        patience ||= window.setTimeout(becomeImpatient, CHECKLIST_AFTER_MS);
      } else {
        window.clearTimeout(patience);
        patience = 0;
      }
      if (state.phase === 'waiting' && state.opened) checklist.open = false;
    },
    focus: () => heading.focus(),
    dispose() {
      window.clearTimeout(patience);
      card.dispose();
    },
  };
}
