import { LANGUAGES, LOCALES, MESSAGES, type Language } from '../text/language.ts';
import { createButton } from './button.ts';
import { element, setText } from './element.ts';
import { ScreenSlot } from './screen.ts';
import type { ViewContext } from './view-context.ts';
import { createMark } from './mark.ts';

/**
 * What stays while views come and go: the header with the language switch, `<main>`, and the
 * voice for screen readers.
 */
export class Shell {
  readonly slot: ScreenSlot;
  readonly #main = element('main', { 'data-testid': 'phase' });
  readonly #header = element('header', { class: 'shell-header' });
  // It has to be in the page, empty, before it is spoken through.
  readonly #voice = element('div', { class: 'visually-hidden', role: 'status' });
  readonly #onLanguage: (language: Language) => void;
  #language: Language;

  constructor(root: HTMLElement, language: Language, onLanguage: (language: Language) => void) {
    this.#language = language;
    this.#onLanguage = onLanguage;
    this.slot = new ScreenSlot(this.#main);
    root.replaceChildren(this.#header, this.#main, this.#voice);
    this.#showLanguage();
  }

  get context(): ViewContext {
    return {
      texts: MESSAGES[this.#language],
      locale: LOCALES[this.#language],
      announce: (text) => this.announce(text),
    };
  }

  /** Names the state for styles and for those who test. */
  set phase(phase: string) {
    this.#main.dataset['phase'] = phase;
    document.body.dataset['phase'] = phase;
  }

  set title(title: string) {
    if (document.title !== title) document.title = title;
  }

  announce(text: string): void {
    setText(this.#voice, text);
  }

  #showLanguage(): void {
    const other = LANGUAGES.find((language) => language !== this.#language) ?? this.#language;
    const texts = MESSAGES[other];
    document.documentElement.lang = LOCALES[this.#language];
    const button = createButton({
      testId: 'language',
      label: texts.languageName,
      icon: 'globe',
      onClick: () => this.#switchTo(other),
    });
    // The word is in the other language, so that it is found by those who need it.
    button.lang = LOCALES[other];
    button.setAttribute('aria-label', `${texts.languageName}: ${texts.switchTo}`);
    const brand = element('div', { class: 'brand' }, createMark(), 'Pairwire');
    this.#header.replaceChildren(brand, button);
  }

  #switchTo(language: Language): void {
    this.#language = language;
    this.#showLanguage();
    this.slot.clear();
    this.#onLanguage(language);
    this.#header.querySelector('button')?.focus();
  }
}
