import type { KeptSettings } from '../kept-settings.ts';
import { keepLanguage, type Language, type Words } from '../text/language.ts';
import { createButton } from '../ui/button.ts';
import { element } from '../ui/element.ts';
import type { Screen } from '../ui/screen.ts';
import { Shell } from '../ui/shell.ts';
import type { WatchedEvent } from './lab-events.ts';
import { ComparePart } from './compare/compare-part.ts';
import { DoctorPart } from './doctor/doctor-part.ts';
import { KeyboardPart } from './keyboard/keyboard-part.ts';
import { PART_NAMES, type LabContext, type LabPart, type PartName } from './lab-part.ts';
import { LabSession } from './lab-session.ts';
import { loadLabMessages, type LabMessages } from './text/lab-language.ts';
import { WirePart } from './wire/wire-part.ts';

export interface LabPageOptions {
  readonly root: HTMLElement;
  readonly settings: KeptSettings;
  readonly words: Words;
  readonly labMessages: LabMessages;
  readonly origin: string;
}

/** The page `/lab`: one session with the server, and the parts that show what it tells. */
export class LabPage {
  readonly #options: LabPageOptions;
  readonly #shell: Shell;
  readonly #session: LabSession;
  readonly #wire: WirePart;
  readonly #parts: Readonly<Record<PartName, LabPart>>;
  readonly #createScreen = (): Screen<PartName> => this.#build();
  #messages: LabMessages;
  /** What is wrong with the session, if anything. */
  #trouble: 'lost' | 'refused' | undefined;

  constructor(options: LabPageOptions) {
    this.#options = options;
    this.#messages = options.labMessages;
    this.#session = new LabSession(options.origin, {
      ready: () => this.#sessionChanged(undefined),
      lost: (wasReady) => this.#sessionChanged(wasReady ? 'lost' : 'refused'),
      watched: (event: WatchedEvent) => this.#wire.watched(event),
      metered: (readings) => transports.metered(readings),
    });
    this.#wire = new WirePart(this.#session);
    const transports = new ComparePart(this.#session);
    this.#parts = {
      wire: this.#wire,
      doctor: new DoctorPart(this.#session),
      transports,
      keyboard: new KeyboardPart(),
    };
    this.#shell = new Shell(options.root, options.words, (language) => {
      void this.#languageChanged(language);
    });
  }

  start(): void {
    window.addEventListener('hashchange', () => this.#show());
    this.#show();
    this.#session.open();
  }

  #show(): void {
    this.#shell.phase = 'lab';
    this.#shell.title = this.#messages.title;
    this.#shell.slot.show(this.#createScreen, partOf(location.hash));
  }

  #build(): Screen<PartName> {
    const texts = this.#messages;
    const context: LabContext = { texts, view: this.#shell.context };
    const links = new Map(
      PART_NAMES.map((name) => [
        name,
        element('a', { href: `#${name}`, 'data-testid': `nav-${name}` }, texts.parts[name]),
      ]),
    );
    const views = new Map(PART_NAMES.map((name) => [name, this.#parts[name].render(context)]));
    const banner = element('div', { class: 'banner-slot' });
    this.#drawBanner = () => banner.replaceChildren(...this.#createBanner());
    this.#drawBanner();
    return {
      element: element(
        'div',
        { class: 'lab' },
        element('h1', { tabindex: -1 }, texts.heading),
        element('p', { class: 'lead' }, texts.lead),
        element('nav', { class: 'lab-nav', 'aria-label': texts.navLabel }, ...links.values()),
        banner,
        ...views.values(),
      ),
      update(shown) {
        for (const [name, link] of links) {
          if (name === shown) link.setAttribute('aria-current', 'page');
          else link.removeAttribute('aria-current');
        }
        for (const [name, view] of views) view.hidden = name !== shown;
      },
    };
  }

  #drawBanner: () => void = () => {};

  #createBanner(): Node[] {
    const texts = this.#messages;
    if (this.#trouble === undefined) return [];
    const again = createButton({
      testId: 'session-again',
      label: texts.sessionAgain,
      onClick: () => {
        this.#wire.forget();
        this.#session.open();
      },
    });
    const text = this.#trouble === 'lost' ? texts.sessionLost : texts.sessionRefused;
    const banner = element('div', { class: 'banner', 'data-testid': 'session-trouble' });
    banner.append(element('p', {}, text), again);
    return [banner];
  }

  #sessionChanged(trouble: 'lost' | 'refused' | undefined): void {
    this.#trouble = trouble;
    this.#drawBanner();
    for (const name of PART_NAMES) this.#parts[name].sessionChanged();
    if (trouble === undefined) return;
    const { sessionLost, sessionRefused } = this.#messages;
    this.#shell.announce(trouble === 'lost' ? sessionLost : sessionRefused);
  }

  async #languageChanged(language: Language): Promise<void> {
    this.#messages = await loadLabMessages(language);
    keepLanguage(this.#options.settings, language);
    this.#show();
  }
}

function partOf(hash: string): PartName {
  return PART_NAMES.find((name) => `#${name}` === hash) ?? PART_NAMES[0];
}
