import {
  parseGuid,
  type ConnectedState,
  type EndpointEvents,
  type PhoneState,
  type RememberedDevice,
  type RememberedDevices,
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
import { holdsAnything } from '../kept-devices.ts';
import type { KeptSettings } from '../kept-settings.ts';
import { keepLanguage, type Words } from '../text/language.ts';
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
  /** Goes to a computer that is remembered. @returns false when it no longer is */
  meet(id: string): boolean;
}

/** What the computer is told about this end. */
export interface PhoneIntroduction {
  /** Absent when there is no code: a link is taken up, or a computer is remembered. */
  guid: string | undefined;
  name: string;
  language: string;
  /** Absent where the browser keeps nothing. */
  remembered: RememberedDevices | undefined;
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
  /** Where the link is kept over a reload. */
  link: ResumeStore;
  /** Where the conversation is kept over a reload. */
  talk: ResumeStore;
  /** Where the computers are kept that are remembered; absent where the browser keeps nothing. */
  devices: ResumeStore | undefined;
  /** May be called again after it has failed. */
  loadLaterScreens(): Promise<LaterScreens>;
  createEndpoint(
    events: EndpointEvents<PhoneState>,
    introduction: PhoneIntroduction,
  ): PhonePageEndpoint;
}

/** A page with no code yet, or one of the states of a link. */
type PhonePageState = ({ phase: 'enter' } & EnterState) | PhoneState;

export type LaterScreens = typeof import('./later-screens.ts');

/** The server is away for a moment; what it serves is a few kilobytes. */
const LOAD_AGAIN_MS = 1000;

/** The phone page: waits for a tap, shows the number, then types to and fro with one computer. */
export class PhonePage {
  readonly #options: PhonePageOptions;
  readonly #shell: Shell;
  #endpoint: PhonePageEndpoint | undefined;
  /** Begins anew what is under way; absent for a link that was taken up: its code is not kept. */
  #again: (() => void) | undefined;
  #conversation: Conversation;
  #state: PhonePageState = { phase: 'enter', broken: false };
  #peerName = '';
  #unread = 0;
  /** The computer that this phone is on its way to, without a code. */
  #sought: RememberedDevice | undefined;
  #remembered: RememberedDevices | undefined;
  #later: LaterScreens | undefined;
  #loading: Promise<void> | undefined;

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
    const { link, devices } = this.#options;
    if (guid !== undefined) {
      this.#enter({ phase: 'idle' });
      this.#whenLoaded(() => this.#begin(guid).visit());
    } else if (fragment === '' && holdsAnything(link)) {
      this.#whenLoaded(() => this.#takeUp() || this.#enter({ phase: 'enter', broken: false }));
    } else {
      const enter = () => this.#enter({ phase: 'enter', broken: fragment !== '' });
      // A list that came up late would move what is about to be tapped.
      if (holdsAnything(devices)) this.#whenLoaded(enter);
      else enter();
    }
  }

  /** Loads what is shown after the first view, and goes on trying until it is there. */
  prepare(): Promise<void> {
    return (this.#loading ??= this.#load());
  }

  async #load(): Promise<void> {
    const { loadLaterScreens, devices } = this.#options;
    while (this.#later === undefined) {
      try {
        this.#later = await loadLaterScreens();
      } catch {
        await new Promise((resolve) => window.setTimeout(resolve, LOAD_AGAIN_MS));
      }
    }
    this.#remembered = devices && new this.#later.RememberedDevices(devices, () => Date.now());
  }

  /** An end says at once all that it can do, so none begins before the page can do it. */
  #whenLoaded(run: () => void): void {
    if (this.#later === undefined) void this.prepare().then(run);
    else run();
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
    this.#startAnew();
    this.#again = () => this.#begin(guid).visit();
    const endpoint = this.#create(guid);
    this.#use(endpoint);
    return endpoint;
  }

  /** There may be no such computer any more: another window has forgotten it. */
  readonly #meet = (computer: RememberedDevice): void => {
    this.#startAnew();
    const endpoint = this.#create(undefined);
    if (!endpoint.meet(computer.id)) return this.#enter({ phase: 'enter', broken: false });
    this.#sought = computer;
    this.#again = () => this.#meet(computer);
    this.#use(endpoint);
  };

  #startAnew(): void {
    this.#endpoint?.stop();
    this.#sought = undefined;
    this.#again = undefined;
    this.#peerName = '';
    forgetConversation(this.#options.talk);
    this.#conversation = createKeptConversation(this.#options.talk);
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
      {
        guid,
        name: deviceName(texts, userAgent, touchPoints),
        language: locale,
        remembered: this.#remembered,
      },
    );
  }

  #enter(told: PhonePageState): void {
    const state = told.phase === 'connected' ? this.#nameAsGiven(told) : told;
    if (state.phase === 'ended' && state.reason === 'rejected' && this.#sought !== undefined) {
      this.#sought = undefined;
      return this.#enter({ phase: 'enter', broken: false });
    }
    const arrived = state.phase !== this.#state.phase;
    this.#state = state;
    if (state.phase === 'confirm') this.#peerName = state.pageLabel;
    if (state.phase === 'connected') {
      this.#peerName = state.peerName;
      this.#sought = undefined;
    }
    if (state.phase === 'ended') {
      this.#conversation.forgetSecrets();
      forgetConversation(this.#options.talk);
    }
    this.#show();
    const { context } = this.#shell;
    if (arrived && state.phase === 'connected') {
      context.announce(context.texts.connectedStatus(state.peerName));
    }
    if (arrived && state.phase === 'ended') {
      const { phoneEndingText } = this.#laterScreens;
      context.announce(phoneEndingText(context, state.reason, this.#soughtName).title);
    }
  }

  #nameAsGiven(state: ConnectedState): ConnectedState {
    return this.#laterScreens.withGivenName(state, this.#remembered, 'phone');
  }

  get #soughtName(): string | undefined {
    const { texts } = this.#shell.context;
    return this.#sought && this.#laterScreens.shownName(this.#sought, texts.thisComputer);
  }

  #show(): void {
    const { slot } = this.#shell;
    const state = this.#state;
    this.#shell.phase = state.phase;
    switch (state.phase) {
      case 'enter':
        slot.show(this.#remembersAny ? this.#createRemembered : this.#createEnter, state);
        break;
      case 'idle':
        slot.show(this.#createConnect, state);
        break;
      case 'connecting':
        slot.show(this.#createConnecting, state);
        break;
      case 'confirm':
        slot.show(this.#createConfirm, state);
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

  get #remembersAny(): boolean {
    return (this.#remembered?.list('phone').length ?? 0) > 0;
  }

  #showTitle(): void {
    const { texts } = this.#shell.context;
    const connected = this.#state.phase === 'connected';
    const title = connected ? texts.connectedTitle(this.#peerName) : texts.phoneTitle;
    this.#shell.title = this.#unread > 0 ? texts.unreadTitle(this.#unread, title) : title;
  }

  /** The code was typed and Connect was tapped: that is the tap. */
  readonly #connectTo = (guid: string) => this.#whenLoaded(() => this.#begin(guid).claim());

  readonly #cancel = () => this.#endpoint?.disconnect();

  readonly #createEnter = () => createEnterScreen(this.#shell.context, this.#connectTo);

  readonly #createRemembered = () =>
    this.#laterScreens.createRememberedScreen(this.#shell.context, {
      computers: { ...this.#computers, onEmpty: () => this.#show() },
      onGuid: this.#connectTo,
    });

  get #computers() {
    return {
      list: () => this.#remembered?.list('phone') ?? [],
      rename: (id: string, name: string) => this.#remembered?.rename(id, 'phone', name),
      forget: (id: string) => this.#remembered?.forget(id, 'phone'),
      onConnect: this.#meet,
    };
  }

  readonly #createConnect = () =>
    createConnectScreen(this.#shell.context, {
      origin: this.#options.origin,
      trustLabel: this.#createTrustLabel(),
      onConnect: () => this.#whenLoaded(() => this.#endpoint?.claim()),
    });

  readonly #createConnecting = () => {
    const { context } = this.#shell;
    const name = this.#soughtName;
    const words = this.#later?.rememberedWords(context.locale);
    return createConnectingScreen(context, {
      heading: (name && words?.meetingHeading(name)) ?? context.texts.connectingHeading,
      lead: (name && words?.meetingLead) ?? context.texts.connectingLead,
      onCancel: this.#cancel,
    });
  };

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
      peerKind: 'computer',
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
      sought: this.#soughtName,
      computers: this.#remembersAny ? this.#computers : undefined,
      onGuid: this.#connectTo,
      onAgain: this.#again,
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
