import { element } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { portOf } from './address.ts';

/** A phone that is at hand has opened the page by then. */
export const CHECKLIST_AFTER_MS = 20_000;

/** Why a phone may fail to open the page; folded up until it is likely to be wanted. */
export function createChecklist(
  { texts }: ViewContext,
  address: string | undefined,
  hasOthers: boolean,
): HTMLDetailsElement {
  const checks = [
    texts.checkWifi,
    hasOthers && texts.checkAddress,
    texts.checkGuest,
    address !== undefined && texts.checkFirewall(portOf(address)),
    texts.checkVpn,
  ];
  return element(
    'details',
    { class: 'checklist', 'data-testid': 'checklist' },
    element('summary', {}, texts.checklistSummary),
    element('ul', {}, ...checks.map((check) => check !== false && element('li', {}, check))),
  );
}
