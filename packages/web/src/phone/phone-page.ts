import {
  parseGuid,
  type EndpointEvents,
  type PhoneState,
  type ResumeStore,
} from '@pairwire/pairing';
import { tellConversation, type Conversation } from '../conversation/conversation.ts';
import type { ConversationEndpoint } from '../conversation/conversation-screen.ts';
import {
  createKeptConversation,
  forgetConversation,
  restoreConversation,
} from '../conversation/kept-conversation.ts';
import { warnBeforeLosing } from '../conversation/leave-warning.ts';
import type { KeptSettings } from '../kept-settings.ts';
import { keepLanguage, type Words } from '../text/language.ts';
import { reasonText } from '../text/reason.ts';
import { assessTrust, peerDelivery } from '../trust.ts';
import { Shell } from '../ui/shell.ts';
import { watchWakefulness } from '../wakefulness.ts';
import { createTrustLabel } from '../ui/trust-label.ts';
import { createConnectScreen } from './connect-screen.ts';
import { createConnectingScreen } from './connecting-screen.ts';
import { deviceName } from './device-name.ts';
import { createEnterScreen, type EnterState } from './enter-screen.ts';

/** The part of PhoneEndpoint that the page uses. */
export interface PhonePageEndpoint extends ConversationEndpoint {
  readonly state: PhoneState;
  visit(): void;
  claim(): void;
  chooseLook(number: number | null): void;
  stop(): void;
  /** Takes up a link of the page's life before. @returns false when there is none */
  resume(): boolean;
}

/** What the computer is told about this end. */
export interface PhoneIntroduction {
  /** Absent when a link is taken up that has no code any more. */
  guid: string | undefined;
  name: string;
  language: string;
}

export interface PhonePageOptions {
  root: HTMLElement;
  settings: KeptSettings;
  /** The language to begin with. */
  words: Words;
  userAgent: string;
  touchPoints: number;
  /** `location.origin` */
  origin: string;
  /** `isSecureContext` */
  secure: boolean;
  /** Where the conversation is kept over a reload. */
  talk: ResumeStore;
  /** May be called again after it has failed. */
  loadLaterScreens(): Promise<LaterScreens>;
  createEndpoint(
    events: EndpointEvents<PhoneState>,
    introduction: PhoneIntroduction,
  ): PhonePageEndpoint;
}

/** A page with no code yet, or one of the states of a link. */
type PhonePageState = ({ phase: 'enter' } & EnterState) | PhoneState;

type LaterState = Extract<PhoneState, { phase: 'confirm' | 'connected' | 'ended' }>;
export type LaterScreens = typeof import('./later-screens.ts');

/** The server is away for a moment; what it serves is a few kilobytes. */
const LOAD_AGAIN_MS = 1000;

/** The phone page: waits for a tap, shows the number, then types to and fro with one computer. */
export class PhonePage {
  readonly #options: PhonePageOptions;
  readonly #shell: Shell;
  #endpoint: PhonePageEndpoint | undefined;
  #guid = '';
  #conversation: Conversation;
  #state: PhonePageState = { phase: 'enter', broken: false };
  #peerName = '';
  #unread = 0;
  #later: LaterScreens | undefined;

  constructor(options: PhonePageOptions) {
    this.#options = options;
    this.#conversation = createKeptConversation(options.talk);
    this.#shell = new Shell(options.root, options.words, (language) => {
      keepLanguage(options.settings, language);
      this.#show();
    });
    warnBeforeLosing(() => this.#state);
    watchWakefulness(() => this.#endpoint);
  }

  /**
   * The page was opened with this after its `#`, or the person followed another link in the same
   * tab. Binds nothing; a link that is alive is not given up for it.
   */
  openFragment(fragment: string): void {
    if (this.#state.phase === 'confirm' || this.#state.phase === 'connected') return;
    const guid = parseGuid(decodeFragment(fragment));
    if (guid === undefined) {
      if (fragment === '' && this.#takeUp()) return;
      this.#enter({ phase: 'enter', broken: fragment !== '' });
    } else {
      this.#begin(guid).visit();
    }
  }

  /** Loads what is shown after the tap, and goes on trying until it is there. */
  async prepare(): Promise<void> {
    if (this.#later !== undefined) return;
    try {
      this.#later = await this.#options.loadLaterScreens();
      this.#show();
    } catch {
      window.setTimeout(() => void this.prepare(), LOAD_AGAIN_MS);
    }
  }

  /** Goes on where this page was before it was loaded anew. @returns false when there is nothing */
  #takeUp(): boolean {
    const endpoint = this.#create(undefined);
    if (!endpoint.resume()) return false;
    this.#conversation = restoreConversation(this.#options.talk);
    this.#use(endpoint);
    return true;
  }

  #begin(guid: string): PhonePageEndpoint {
    this.#endpoint?.stop();
    this.#guid = guid;
    forgetConversation(this.#options.talk);
    this.#conversation = createKeptConversation(this.#options.talk);
    const endpoint = this.#create(guid);
    this.#use(endpoint);
    return endpoint;
  }

  #use(endpoint: PhonePageEndpoint): void {
    this.#endpoint = endpoint;
    endpoint.setVisible(document.visibilityState === 'visible');
    this.#enter(endpoint.state);
  }

  #create(guid: string | undefined): PhonePageEndpoint {
    const { texts, locale } = this.#shell.context;
    const { userAgent, touchPoints } = this.#options;
    return this.#options.createEndpoint(
      {
        state: (state) => this.#enter(state),
        ...tellConversation(() => this.#conversation),
      },
      { guid, name: deviceName(texts, userAgent, touchPoints), language: locale },
    );
  }

  #enter(state: PhonePageState): void {
    const arrived = state.phase !== this.#state.phase;
    this.#state = state;
    if (state.phase === 'confirm') this.#peerName = state.pageLabel;
    if (state.phase === 'connected') this.#peerName = state.peerName;
    if (state.phase === 'ended') {
      this.#conversation.forgetSecrets();
      forgetConversation(this.#options.talk);
    }
    this.#show();
    const { texts, announce } = this.#shell.context;
    if (arrived && state.phase === 'connected') announce(texts.connectedStatus(state.peerName));
    if (arrived && state.phase === 'ended') {
      announce(reasonText(texts, 'phone', state.reason).title);
    }
  }

  #show(): void {
    const { slot } = this.#shell;
    const state = this.#state;
    this.#shell.phase = state.phase;
    switch (state.phase) {
      case 'enter':
        slot.show(this.#createEnter, state);
        break;
      case 'idle':
        slot.show(this.#createConnect, state);
        break;
      case 'connecting':
        slot.show(this.#createConnecting, state);
        break;
      case 'confirm':
      case 'connected':
      case 'ended':
        this.#showLater(state, this.#later);
        break;
    }
    this.#showTitle();
  }

  #showLater(state: LaterState, later: LaterScreens | undefined): void {
    const { slot } = this.#shell;
    if (later === undefined) slot.show(this.#createConnecting, state);
    else if (state.phase === 'confirm') slot.show(this.#createConfirm, state);
    else if (state.phase === 'connected') slot.show(this.#createConversation, state);
    else slot.show(this.#createEnded, state);
  }

  #showTitle(): void {
    const { texts } = this.#shell.context;
    const connected = this.#state.phase === 'connected';
    const title = connected ? texts.connectedTitle(this.#peerName) : texts.phoneTitle;
    this.#shell.title = this.#unread > 0 ? texts.unreadTitle(this.#unread, title) : title;
  }

  /** The code was typed and Connect was tapped: that is the tap. */
  readonly #connectTo = (guid: string) => this.#begin(guid).claim();

  readonly #cancel = () => this.#endpoint?.disconnect();

  readonly #createEnter = () => createEnterScreen(this.#shell.context, this.#connectTo);

  readonly #createConnect = () =>
    createConnectScreen(this.#shell.context, {
      origin: this.#options.origin,
      trustLabel: this.#createTrustLabel(),
      onConnect: () => this.#endpoint?.claim(),
    });

  readonly #createConnecting = () => createConnectingScreen(this.#shell.context, this.#cancel);

  readonly #createConfirm = () =>
    this.#laterScreens.createConfirmScreen(this.#shell.context, {
      onLook: (number) => this.#endpoint?.chooseLook(number),
      onCancel: this.#cancel,
    });

  readonly #createConversation = () => {
    if (!this.#endpoint) throw new TypeError('connected without an endpoint');
    return this.#laterScreens.createConversationScreen(this.#shell.context, {
      endpoint: this.#endpoint,
      conversation: this.#conversation,
      peerName: this.#peerName,
      trustLabel: this.#createTrustLabel(),
      startAt: 'heading',
      onUnread: (count) => {
        this.#unread = count;
        this.#showTitle();
      },
    });
  };

  readonly #createEnded = () =>
    this.#laterScreens.createPhoneEndedScreen(this.#shell.context, {
      conversation: this.#conversation,
      peerName: this.#peerName,
      onGuid: this.#connectTo,
      onAgain: () => this.#begin(this.#guid).visit(),
    });

  get #laterScreens(): LaterScreens {
    if (this.#later === undefined) throw new TypeError('shown before it was loaded');
    return this.#later;
  }

  #createTrustLabel(): HTMLElement {
    const { secure } = this.#options;
    const { texts } = this.#shell.context;
    const trust = assessTrust({
      sealed: true,
      own: secure ? 'protected' : 'plain',
      peer: peerDelivery(this.#state),
    });
    const off = secure ? [] : [{ what: texts.offClipboardName, why: texts.offClipboard }];
    return createTrustLabel(this.#shell.context, { trust, off });
  }
}

/** Some scanners escape what they pass on. */
function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
