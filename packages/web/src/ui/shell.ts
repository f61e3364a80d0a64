import {
  LANGUAGES,
  loadWords,
  LOCALES,
  SWITCH_LABELS,
  type Language,
  type Words,
} from '../text/language.ts';
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
  #words: Words;

  constructor(root: HTMLElement, words: Words, onLanguage: (language: Language) => void) {
    this.#words = words;
    this.#onLanguage = onLanguage;
    this.slot = new ScreenSlot(this.#main);
    root.replaceChildren(this.#header, this.#main, this.#voice);
    this.#showLanguage();
  }

  get context(): ViewContext {
    return {
      texts: this.#words.texts,
      locale: this.#words.locale,
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
    // The same words again are only spoken when the text differs.
    setText(this.#voice, this.#voice.textContent === text ? `${text}\u00A0` : text);
  }

  #showLanguage(): void {
    const { language, locale } = this.#words;
    const other = LANGUAGES.find((each) => each !== language) ?? language;
    const { name, action } = SWITCH_LABELS[other];
    document.documentElement.lang = locale;
    const button = createButton({
      testId: 'language',
      label: name,
      icon: 'globe',
      onClick: () => void this.#switchTo(other),
    });
    // The word is in the other language, so that it is found by those who need it.
    button.lang = LOCALES[other];
    button.setAttribute('aria-label', `${name}: ${action}`);
    const brand = element('div', { class: 'brand' }, createMark(), 'Pairwire');
    this.#header.replaceChildren(brand, button);
  }

  async #switchTo(language: Language): Promise<void> {
    try {
      this.#words = await loadWords(language);
    } catch {
      // The server is away. What is shown stays as it is, and the button may be tried again.
      return;
    }
    this.#showLanguage();
    this.slot.clear();
    this.#onLanguage(language);
    this.#header.querySelector('button')?.focus();
  }
}
