import type { ConnectedState, Presence } from '@pairwire/pairing';
import { createButton } from '../ui/button.ts';
import { element, setText } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';

export interface PeerBar {
  readonly element: HTMLElement;
  update(state: ConnectedState): void;
  focus(): void;
}

/**
 * Who is at the other end, whether they are there, and the way out.
 *
 * @param facts - what else there is to say of the link, in a few words each
 */
export function createPeerBar(
  { texts, announce }: ViewContext,
  facts: readonly HTMLElement[],
  onDisconnect: () => void,
): PeerBar {
  const name = element('h1', { class: 'peer-name', 'data-testid': 'peer-name', tabindex: -1 });
  const presence = element('span', { class: 'presence', 'data-testid': 'presence' });
  const trouble = element('p', { class: 'trouble', 'data-testid': 'trouble', hidden: true });
  let before: { presence: Presence; online: boolean } | undefined;
  return {
    element: element(
      'div',
      { class: 'peer-bar' },
      element(
        'div',
        { class: 'peer' },
        name,
        element('div', { class: 'peer-facts' }, presence, ...facts),
      ),
      createButton({
        testId: 'disconnect',
        label: texts.disconnect,
        icon: 'unlink',
        onClick: onDisconnect,
      }),
      trouble,
    ),
    update(state) {
      setText(name, state.peerName);
      setText(presence, texts.presence[state.presence]);
      presence.dataset['presence'] = state.presence;
      // Without a relay, what it said last is no longer known to be true.
      presence.hidden = !state.online;
      const unsent = state.unsent > 0 && (!state.online || state.presence !== 'here');
      trouble.hidden = state.online && !unsent;
      setText(
        trouble,
        [!state.online && texts.reconnecting, unsent && texts.unsent(state.unsent)]
          .filter(Boolean)
          .join(' · '),
      );
      if (before !== undefined && before.online !== state.online) {
        announce(state.online ? texts.reconnected : texts.reconnecting);
      } else if (before !== undefined && before.presence !== state.presence) {
        announce(texts.presenceStatus[state.presence](state.peerName));
      }
      before = { presence: state.presence, online: state.online };
    },
    focus: () => name.focus(),
  };
}
