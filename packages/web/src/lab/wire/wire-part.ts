import { createButton, type ButtonOptions } from '../../ui/button.ts';
import { element } from '../../ui/element.ts';
import type { LabContext, LabPart } from '../lab-part.ts';
import type { WatchedEvent } from '../lab-events.ts';
import type { LabSession } from '../lab-session.ts';
import { ChatClient } from './chat-client.ts';
import { TapView } from './tap-view.ts';

/** Connections on the page at a time. */
const MAX_TAPS = 3;
/** Enough to build the page again in the other language. */
const MAX_EVENTS = 400;

/** The tutorial's page, and below it every byte of what its buttons do. */
export class WirePart implements LabPart {
  readonly #session: LabSession;
  readonly #chat = new ChatClient(() => this.#drawLog());
  #events: WatchedEvent[] = [];
  #taps = new Map<number, TapView>();
  #context: LabContext | undefined;
  #log = element('div');
  #tapList = element('div');
  #needSession: HTMLButtonElement[] = [];
  #name: string | undefined;

  constructor(session: LabSession) {
    this.#session = session;
  }

  render(context: LabContext): HTMLElement {
    const { texts } = context;
    this.#context = context;
    const name = element('input', {
      id: 'chat-name',
      'data-testid': 'chat-name',
      maxlength: 200,
      autocomplete: 'off',
    });
    name.value = this.#name ?? texts.nameDefault;
    name.addEventListener('input', () => (this.#name = name.value));
    const button = (testId: string, label: string, kind: ButtonOptions['kind'], run: () => void) =>
      createButton({ testId, label, ...(kind && { kind }), onClick: run });
    const connect = button('chat-connect', texts.connect, 'primary', () => {
      this.#chat.connect(this.#session.chatUrl);
    });
    const ping = button('chat-ping', texts.pingServer, undefined, () => {
      this.#session.request({ type: 'ping' });
    });
    const closeServer = button('chat-close-server', texts.closeServer, undefined, () => {
      this.#session.request({ type: 'close' });
    });
    this.#needSession = [connect, ping, closeServer];
    this.#log = element('div', {
      class: 'chat-log',
      'data-testid': 'chat-log',
      role: 'log',
      'aria-label': texts.logLabel,
      tabindex: 0,
    });
    this.#tapList = element('div', { class: 'taps' });
    this.#taps = new Map();
    for (const event of this.#events) this.#show(event);
    this.#drawLog();
    this.sessionChanged();
    return element(
      'section',
      { class: 'part', 'data-testid': 'part-wire' },
      element('h2', {}, texts.wireHeading),
      element('p', { class: 'lead' }, texts.wireLead),
      element(
        'div',
        { class: 'chat card' },
        element(
          'div',
          { class: 'chat-name' },
          element('label', { for: 'chat-name' }, texts.nameLabel),
          name,
        ),
        element(
          'div',
          { class: 'chat-buttons' },
          connect,
          button('chat-send', texts.sendName, undefined, () => this.#chat.send(name.value)),
          button('chat-state', texts.seeState, undefined, () => this.#chat.sayState()),
        ),
        element(
          'div',
          { class: 'chat-buttons chat-more' },
          ping,
          button('chat-close', texts.closeClient, undefined, () => this.#chat.close()),
          closeServer,
        ),
        element('p', { class: 'log-label', 'aria-hidden': 'true' }, texts.logLabel),
        this.#log,
      ),
      this.#tapList,
    );
  }

  sessionChanged(): void {
    for (const button of this.#needSession) button.disabled = !this.#session.isReady;
  }

  /** The numbers of another session begin at 1 again. */
  forget(): void {
    this.#events = [];
    this.#taps.clear();
    this.#tapList.replaceChildren();
  }

  watched(event: WatchedEvent): void {
    this.#events.push(event);
    this.#show(event);
    if (this.#events.length > MAX_EVENTS) this.#dropOldestTap();
  }

  #show(event: WatchedEvent): void {
    if (this.#context === undefined) return;
    let view = this.#taps.get(event.tap);
    if (view === undefined) {
      // What is left of a connection that has gone from the page.
      if (event.type !== 'request') return;
      view = new TapView(this.#context.texts, event);
      for (const other of this.#taps.values()) other.element.open = false;
      this.#taps.set(event.tap, view);
      this.#tapList.prepend(view.element);
      if (this.#taps.size > MAX_TAPS) this.#dropOldestTap();
    }
    view.show(event);
  }

  #dropOldestTap(): void {
    const [oldest] = this.#taps.keys();
    if (oldest === undefined || this.#taps.size === 1) {
      this.#events = this.#events.slice(-MAX_EVENTS);
      return;
    }
    this.#taps.get(oldest)?.element.remove();
    this.#taps.delete(oldest);
    this.#events = this.#events.filter(({ tap }) => tap !== oldest);
  }

  #drawLog(): void {
    const texts = this.#context?.texts;
    if (texts === undefined) return;
    const entries = this.#chat.log.map((entry) => element('p', {}, entry(texts)));
    const none = element('p', { class: 'note' }, texts.logEmpty);
    this.#log.replaceChildren(...(entries.length > 0 ? entries : [none]));
    this.#log.scrollTop = this.#log.scrollHeight;
  }
}
