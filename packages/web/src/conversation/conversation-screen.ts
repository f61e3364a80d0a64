import type { ConnectedState, FieldState } from '@pairwire/pairing';
import { element } from '../ui/element.ts';
import type { Screen } from '../ui/screen.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { createRememberControl } from '../remembered/remember-control.ts';
import { createComposer } from './composer.ts';
import type { Conversation, Entry } from './conversation.ts';
import { createMessageList } from './message-list.ts';
import { createPeerBar } from './peer-bar.ts';
import { ShownReporter } from './shown-reporter.ts';

/** A secret that has been on a visible screen is kept so long, unless it was copied before. */
const SECRET_LIFE_MS = 120_000;

/** What both kinds of endpoint can do once they are connected. */
export interface ConversationEndpoint {
  setField(field: FieldState): void;
  sendMessage(text: string): string;
  sendSecret(text: string): string;
  markShown(id: string): void;
  disconnect(): void;
  /** Whether the two ends shall remember each other. */
  remember(wanted: boolean): void;
  /** The own live field as it was kept over a reload. */
  readonly field: FieldState;
  wake(): void;
  setVisible(visible: boolean): void;
}

export interface ConversationScreenOptions {
  endpoint: ConversationEndpoint;
  conversation: Conversation;
  peerName: string;
  /** What is at the other end. */
  peerKind: 'phone' | 'computer';
  trustLabel: HTMLElement;
  /** Which part gets the focus: on a phone, focusing the field would put the keyboard over the view. */
  startAt: 'field' | 'heading';
  onUnread(count: number): void;
}

/** The connected state, the same on both pages: who is there, what was said, what is being typed. */
export function createConversationScreen(
  context: ViewContext,
  options: ConversationScreenOptions,
): Screen<ConnectedState> {
  const { endpoint, conversation, peerName } = options;
  const reporter = new ShownReporter<Entry>((entry) => {
    entry.seen = true;
    // A mask on the screen tells nobody the secret: that counts as shown when it is revealed.
    if (entry.secret) window.setTimeout(() => conversation.forget(entry), SECRET_LIFE_MS);
    else endpoint.markShown(entry.id);
    options.onUnread(reporter.unread);
  });
  const list = createMessageList(context, {
    conversation,
    peerName,
    onIncoming(node, entry) {
      reporter.watch(node, entry);
      if (document.visibilityState !== 'visible') options.onUnread(reporter.unread);
    },
    onRevealed: (entry) => endpoint.markShown(entry.id),
  });
  const composer = createComposer(context, {
    peerName,
    draft: conversation.draft || endpoint.field.text,
    enterSends: !window.matchMedia('(pointer: coarse)').matches,
    onField: (field) => endpoint.setField(field),
    onSend(text) {
      conversation.addOwn(endpoint.sendMessage(text), text, Date.now());
    },
    onSecret(text) {
      conversation.addOwn(endpoint.sendSecret(text), '', Date.now(), true);
    },
  });
  const remember = createRememberControl(context, {
    peerKind: options.peerKind,
    onRemember: (wanted) => endpoint.remember(wanted),
  });
  const bar = createPeerBar(context, [options.trustLabel, remember.element], () =>
    endpoint.disconnect(),
  );
  return {
    element: element('div', { class: 'conversation' }, bar.element, list.element, composer.element),
    update(state) {
      bar.update(state);
      remember.update(state);
      list.setAwake(state.online && state.presence === 'here');
      composer.allowSecrets(state.peerTakesSecrets);
    },
    attached() {
      composer.fit();
      list.scrollToEnd();
    },
    focus() {
      if (options.startAt === 'field') composer.focus();
      else bar.focus();
    },
    dispose() {
      conversation.draft = composer.draft;
      composer.dispose();
      list.dispose();
      reporter.stop();
    },
  };
}
