import { element, setText } from '../../ui/element.ts';
import type { LabMessages } from '../text/lab-messages.en.ts';

/** What is said about the field that somebody points at. */
export interface Detail {
  readonly name: string;
  /** Which bits or bytes, and what they hold. */
  readonly where: string;
  readonly meanings: readonly string[];
  /** `§5.2`, of RFC 6455 unless it names another one. */
  readonly section?: string | undefined;
}

/** Buttons that stand for fields, and one place where the field pointed at is explained. */
export class FieldPicker {
  readonly panel = element('div', { class: 'field-detail', 'data-testid': 'field-detail' });
  readonly #texts: LabMessages;
  #picked: HTMLElement | undefined;

  constructor(texts: LabMessages) {
    this.#texts = texts;
  }

  /** Pointing at the button, focusing it or pressing it explains it. */
  add(button: HTMLButtonElement, detail: Detail): void {
    button.setAttribute('aria-label', spoken(detail));
    for (const type of ['pointerenter', 'focus', 'click']) {
      button.addEventListener(type, () => this.pick(button, detail));
    }
  }

  pick(button: HTMLElement, detail: Detail): void {
    if (this.#picked === button) return;
    this.#picked?.classList.remove('is-picked');
    this.#picked = button;
    button.classList.add('is-picked');
    const { section } = detail;
    this.panel.replaceChildren(
      element(
        'p',
        { class: 'field-detail-head' },
        element('strong', {}, detail.name),
        element('span', {}, detail.where),
        section !== undefined && createSectionLink(this.#texts, section),
      ),
      ...detail.meanings.map((meaning) => element('p', {}, meaning)),
    );
  }
}

/** To the place in the RFC. Followed only when somebody asks for it. */
export function createSectionLink(texts: LabMessages, section: string): HTMLAnchorElement {
  const [, number = '6455'] = /RFC (\d+)/.exec(section) ?? [];
  const [, place = ''] = /§([\d.]+)/.exec(section) ?? [];
  const href = `https://www.rfc-editor.org/rfc/rfc${number}#section-${place}`;
  const link = element('a', { href, target: '_blank', rel: 'noreferrer', class: 'section-link' });
  setText(link, texts.section(section.startsWith('RFC') ? section : `RFC 6455 ${section}`));
  return link;
}

function spoken({ name, where, meanings }: Detail): string {
  return `${name}, ${where}. ${meanings.join(' ')}`;
}
