import { QueueFullError, TextTooLongError, type FieldState } from '@pairwire/pairing';
import { element, setText } from '../ui/element.ts';
import { createIcon } from '../ui/icon.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { readField, sameField, type Composition } from './field-reader.ts';

export interface ComposerOptions {
  peerName: string;
  draft: string;
  /** A keyboard on glass has no Shift + Enter: there Enter makes a new line and the button sends. */
  enterSends: boolean;
  /** The field or its selection changed. May throw TextTooLongError. */
  onField(field: FieldState): void;
  /** May throw TextTooLongError or QueueFullError; the text then stays in the field. */
  onSend(text: string): void;
}

export interface Composer {
  readonly element: HTMLElement;
  /** What is in the field now. */
  readonly draft: string;
  /** To be called once the field has a size. */
  fit(): void;
  focus(): void;
  dispose(): void;
}

/**
 * The own text field. What counts is what it holds after each change, never which key was pressed:
 * input methods, autocorrect, swiping and emoji panels all end up here the same way.
 */
export function createComposer({ texts }: ViewContext, options: ComposerOptions): Composer {
  const hint = options.enterSends ? texts.fieldHint : texts.fieldHintTouch;
  const note = element('p', { class: 'composer-hint', id: 'field-hint' }, hint);
  const alarm = element('p', {
    class: 'composer-alarm',
    role: 'alert',
    'data-testid': 'field-alarm',
  });
  const field = element('textarea', {
    id: 'field',
    'data-testid': 'field',
    rows: 1,
    dir: 'auto',
    autocomplete: 'off',
    'aria-describedby': 'field-hint',
    placeholder: texts.fieldPlaceholder,
    enterkeyhint: options.enterSends ? 'send' : 'enter',
  });
  field.value = options.draft;
  const send = element(
    'button',
    { type: 'submit', class: 'button button-send', 'data-testid': 'send', title: texts.send },
    createIcon('arrowUp'),
    element('span', { class: 'visually-hidden' }, texts.send),
  );
  const form = element(
    'form',
    { class: 'composer' },
    element(
      'label',
      { class: 'visually-hidden', for: 'field' },
      texts.fieldLabel(options.peerName),
    ),
    element('div', { class: 'composer-row' }, field, send),
    note,
    alarm,
  );

  let composition: Composition | undefined;
  let published: FieldState | undefined;

  const guarded = (action: () => void): boolean => {
    try {
      action();
      setText(alarm, '');
      return true;
    } catch (error) {
      setText(alarm, problemText(error));
      return false;
    }
  };
  const problemText = (error: unknown): string => {
    if (error instanceof TextTooLongError) {
      return texts.fieldTooLong(`${Math.floor(error.limitBytes / 1024)} KiB`);
    }
    if (error instanceof QueueFullError) return texts.queueFull;
    throw error;
  };
  const publish = () => {
    fitHeight(field);
    const state = readField(field, composition);
    if (published !== undefined && sameField(published, state)) return;
    published = state;
    guarded(() => options.onField(state));
  };
  const submit = () => {
    const text = field.value;
    if (text.trim() === '') return;
    if (!guarded(() => options.onSend(text))) return;
    composition = undefined;
    field.value = '';
    publish();
  };

  field.addEventListener('input', publish);
  field.addEventListener('compositionstart', () => {
    composition = { start: field.selectionStart, text: '' };
  });
  field.addEventListener('compositionupdate', (event) => {
    if (composition !== undefined) composition.text = event.data;
    // The field itself changes right after this event, and `input` follows.
  });
  field.addEventListener('compositionend', () => {
    composition = undefined;
    publish();
  });
  field.addEventListener('keydown', (event) => {
    if (!options.enterSends || event.key !== 'Enter' || event.shiftKey) return;
    // Safari ends the composition before the Enter that confirmed it; 229 tells.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  // Pressing the button must not take the focus: the phone's keyboard would fold away.
  send.addEventListener('pointerdown', (event) => event.preventDefault());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  const onSelection = () => {
    if (document.activeElement === field) publish();
  };
  document.addEventListener('selectionchange', onSelection);

  return {
    element: form,
    get draft() {
      return field.value;
    },
    fit: () => fitHeight(field),
    focus: () => field.focus(),
    dispose() {
      document.removeEventListener('selectionchange', onSelection);
    },
  };
}

/** Grows the field with its text; the stylesheet sets the limit. */
function fitHeight(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
}
