import type { Messages } from '../text/messages.en.ts';
import type { Trust, TrustLevel } from '../trust.ts';
import { createDisclosure } from './disclosure.ts';
import { element } from './element.ts';
import { createIcon, type IconName } from './icon.ts';
import type { ViewContext } from './view-context.ts';

const ICONS: Record<TrustLevel, IconName> = {
  private: 'lock',
  'private-from-listeners': 'shield',
  'not-private': 'unlock',
};

/** Something that does not work here, with the reason. */
export interface OffText {
  what: string;
  why: string;
}

export interface TrustLabelOptions {
  trust: Trust;
  /** Features that do not work here, with the reason. */
  off?: readonly OffText[];
}

/** Says in two words how private the link is, and in a few sentences what that means. */
export function createTrustLabel(
  { texts }: ViewContext,
  { trust, off = [] }: TrustLabelOptions,
): HTMLElement {
  const label = element(
    'summary',
    { class: 'trust-summary', title: texts.trustSummaryHint },
    createIcon(ICONS[trust.level]),
    element('span', { 'data-testid': 'privacy-label' }, trustName(texts, trust.level)),
  );
  const panel = element(
    'div',
    { class: 'trust-panel' },
    ...trustSentences(texts, trust).map((sentence) => element('p', {}, sentence)),
    ...(off.length === 0 ? [] : [element('h2', {}, texts.offHeading), offList(off)]),
  );
  const details = createDisclosure('trust', label, panel);
  details.dataset['level'] = trust.level;
  return details;
}

function trustName(texts: Messages, level: TrustLevel): string {
  if (level === 'private') return texts.trustPrivate;
  return level === 'not-private' ? texts.trustNone : texts.trustListeners;
}

/** Why it is no better first, then what it is worth all the same. */
function trustSentences(texts: Messages, { level, weaknesses, restsOnWord }: Trust): string[] {
  if (level === 'private') {
    return [texts.trustPrivateDetail, ...(restsOnWord ? [texts.trustRestsOnWord] : [])];
  }
  if (level === 'not-private') return [texts.trustNoneDetail];
  const why = {
    'own-plain': texts.trustOwnPlain,
    'link-plain': texts.trustLinkPlain,
    'peer-plain': texts.trustPeerPlain,
    'peer-unknown': texts.trustPeerUnknown,
  };
  return [...weaknesses.map((weakness) => why[weakness]), texts.trustListenersDetail];
}

function offList(off: readonly OffText[]): HTMLElement {
  const list = element('dl', {});
  for (const { what, why } of off) {
    list.append(element('dt', {}, what), element('dd', {}, why));
  }
  return list;
}
