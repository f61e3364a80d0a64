import type { EndpointEvents, PageState, RememberedDevices, ResumeStore } from '@pairwire/pairing';
import { tellConversation, type Conversation } from '../conversation/conversation.ts';
import {
  createConversationScreen,
  type ConversationEndpoint,
} from '../conversation/conversation-screen.ts';
import {
  createKeptConversation,
  forgetConversation,
  restoreConversation,
} from '../conversation/kept-conversation.ts';
import { warnBeforeLosing } from '../conversation/leave-warning.ts';
import type { KeptSettings } from '../kept-settings.ts';
import { withGivenName } from '../remembered/shown-name.ts';
import { keepLanguage, type Words } from '../text/language.ts';
import { reasonText } from '../text/reason.ts';
import { assessTrust, peerDelivery } from '../trust.ts';
import { Shell } from '../ui/shell.ts';
import { watchWakefulness } from '../wakefulness.ts';
import { createTrustLabel } from '../ui/trust-label.ts';
import { chooseAddresses, type AddressChoice } from './address.ts';
import { createClaimedScreen } from './claimed-screen.ts';
import { createEndedScreen } from './ended-screen.ts';
import type { Address, PageConfig } from './page-config.ts';
import { createRememberedPhones } from './remembered-phones.ts';
import { offText } from './text/off-text.ts';
import { createWaitingScreen } from './waiting-screen.ts';

/** The part of PageEndpoint that the page uses. */
export interface ComputerEndpoint extends ConversationEndpoint {
  readonly state: PageState;
  start(): void;
  newCode(): void;
  choose(number: number | null): void;
  forget(id: string): void;
}

export interface ComputerPageOptions {
  root: HTMLElement;
  config: PageConfig;
  settings: KeptSettings;
  /** The language to begin with. */
  words: Words;
  /** `location.origin` */
  origin: string;
  /** `isSecureContext` */
  secure: boolean;
  /** Where the conversation is kept over a reload. */
  talk: ResumeStore;
  /** The phones that are remembered; absent where the browser keeps nothing. */
  remembered: RememberedDevices | undefined;
  /** @param label - what the phone shows as the place it types into */
  createEndpoint(events: EndpointEvents<PageState>, label: string): ComputerEndpoint;
}

const ADDRESS_SETTING = 'address';

/** The computer page: shows a code, checks the number, then types to and fro with one phone. */
export class ComputerPage {
  readonly #options: ComputerPageOptions;
  readonly #shell: Shell;
  readonly #endpoint: ComputerEndpoint;
  #addresses: AddressChoice;
  #conversation: Conversation;
  #state: PageState;
  #peerName = '';
  #unread = 0;

  constructor(options: ComputerPageOptions) {
    this.#options = options;
    this.#conversation = restoreConversation(options.talk);
    this.#addresses = chooseAddresses(
      options.config,
      options.origin,
      options.settings.get(ADDRESS_SETTING),
    );
    this.#shell = new Shell(options.root, options.words, (language) => {
      keepLanguage(options.settings, language);
      this.#show();
    });
    this.#endpoint = options.createEndpoint(
      {
        state: (state) => this.#enter(state),
        ...tellConversation(() => this.#conversation),
      },
      options.config.label || this.#shell.context.texts.thisComputer,
    );
    this.#state = this.#endpoint.state;
    warnBeforeLosing(() => this.#state);
    watchWakefulness(() => this.#endpoint);
  }

  start(): void {
    this.#show();
    this.#endpoint.setVisible(document.visibilityState === 'visible');
    this.#endpoint.start();
  }

  #enter(told: PageState): void {
    const state = withGivenName(told, this.#options.remembered, 'page');
    const arrived = state.phase !== this.#state.phase;
    this.#state = state;
    if (state.phase === 'connected') {
      this.#peerName = state.peerName;
      if (arrived) this.#keepAddress();
    } else if (state.phase === 'ended') {
      this.#conversation.forgetSecrets();
      forgetConversation(this.#options.talk);
    } else if (arrived) {
      // A new link has nothing of the old one, not even a draft: it may lead to somebody else.
      forgetConversation(this.#options.talk);
      this.#conversation = createKeptConversation(this.#options.talk);
    }
    this.#show();
    const { texts, locale } = this.#shell.context;
    if (arrived && state.phase === 'connected') {
      this.#shell.announce(texts.connectedStatus(state.peerName));
    }
    if (arrived && state.phase === 'ended') {
      this.#shell.announce(reasonText(locale, 'computer', state.reason).title);
    }
  }

  #show(): void {
    const { slot } = this.#shell;
    const state = this.#state;
    this.#shell.phase = state.phase;
    switch (state.phase) {
      case 'connecting':
      case 'waiting':
      case 'paused':
        slot.show(this.#createWaiting, state);
        break;
      case 'claimed':
        slot.show(this.#createClaimed, state);
        break;
      case 'connected':
        slot.show(this.#createConversation, state);
        break;
      case 'ended':
        slot.show(this.#createEnded, state);
        break;
    }
    this.#showTitle();
  }

  #showTitle(): void {
    const { texts } = this.#shell.context;
    const { phase } = this.#state;
    const title =
      phase === 'connected' ? texts.connectedTitle(this.#peerName) : texts.computerTitle;
    this.#shell.title = this.#unread > 0 ? texts.unreadTitle(this.#unread, title) : title;
  }

  readonly #createWaiting = () =>
    createWaitingScreen(this.#shell.context, {
      confirm: this.#options.config.confirm,
      addresses: this.#addresses,
      pageOrigin: this.#options.origin,
      trustLabel: this.#createTrustLabel(),
      hasLab: this.#options.config.lab,
      phones: this.#createPhones(),
      onAddress: (address) => this.#chooseAddress(address),
      onNewCode: () => this.#endpoint.newCode(),
    });

  #createPhones(): HTMLElement | undefined {
    const { remembered } = this.#options;
    return (
      remembered &&
      createRememberedPhones(this.#shell.context, {
        list: () => remembered.list('page'),
        rename: (id, name) => remembered.rename(id, 'page', name),
        forget: (id) => this.#endpoint.forget(id),
      })
    );
  }

  readonly #createClaimed = () =>
    createClaimedScreen(this.#shell.context, {
      onChoice: (number) => this.#endpoint.choose(number),
      onCancel: () => this.#endpoint.disconnect(),
    });

  readonly #createConversation = () =>
    createConversationScreen(this.#shell.context, {
      endpoint: this.#endpoint,
      conversation: this.#conversation,
      peerName: this.#peerName,
      peerKind: 'phone',
      trustLabel: this.#createTrustLabel(),
      startAt: 'field',
      onUnread: (count) => {
        this.#unread = count;
        this.#showTitle();
      },
    });

  readonly #createEnded = () =>
    createEndedScreen(this.#shell.context, {
      conversation: this.#conversation,
      peerName: this.#peerName,
      hasPhones: (this.#options.remembered?.list('page').length ?? 0) > 0,
      onNewCode: () => this.#endpoint.newCode(),
    });

  #createTrustLabel(): HTMLElement {
    const { secure, config } = this.#options;
    const address = this.#addresses.preferred?.url;
    const trust = assessTrust({
      sealed: true,
      own: secure ? 'protected' : 'plain',
      peer: peerDelivery(this.#state),
      linkIsPlain: address?.startsWith('http:') ?? false,
    });
    const { texts, locale } = this.#shell.context;
    const clipboardOff = secure ? [] : [{ what: texts.offClipboardName, why: texts.offClipboard }];
    const serverOff = config.off.map((entry) => offText(locale, entry));
    return createTrustLabel(this.#shell.context, { trust, off: [...clipboardOff, ...serverOff] });
  }

  #chooseAddress(preferred: Address): void {
    this.#addresses = { ...this.#addresses, preferred };
  }

  /** It brought a phone here, so it is a good guess for the next time. */
  #keepAddress(): void {
    const { preferred } = this.#addresses;
    if (preferred !== undefined) this.#options.settings.set(ADDRESS_SETTING, preferred.url);
  }
}
