import type { FieldState } from '@pairwire/pairing';
import { element } from '../ui/element.ts';
import type { ViewContext } from '../ui/view-context.ts';
import { readField, sameField, type Composition } from './field-reader.ts';

export interface LiveFieldOptions {
  draft: string;
  /** A keyboard on glass has no Shift + Enter: there Enter makes a new line and the button sends. */
  enterSends: boolean;
  /** The field, its selection or its composition changed. */
  onField(field: FieldState): void;
  onEnter(): void;
}

export interface LiveField {
  readonly element: HTMLTextAreaElement;
  /** To be called once the field has a size. */
  fit(): void;
  clear(): void;
  dispose(): void;
}

/**
 * The own text field, seen on the other side as it is typed. What counts is what it holds after
 * each change, never which key was pressed: input methods, autocorrect, swiping, undo and emoji
 * panels all end up here the same way.
 *
 * Keyboards make one change out of several events (delete the word, insert the corrected one), and
 * in different orders. So the field is read once these are over, and no half-way state is told.
 */
export function createLiveField({ texts }: ViewContext, options: LiveFieldOptions): LiveField {
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

  let composition: Composition | undefined;
  let told: FieldState | undefined;
  let due = 0;

  const tell = () => {
    due = 0;
    fitHeight(field);
    const state = readField(field, composition);
    if (told !== undefined && sameField(told, state)) return;
    told = state;
    options.onField(state);
  };
  const changed = () => {
    if (due === 0) due = window.setTimeout(tell, 0);
  };

  field.addEventListener('input', changed);
  field.addEventListener('compositionstart', (event) => {
    // The data is the text that is taken up again, if any: nothing changes but that.
    composition = { start: field.selectionStart, text: event.data };
    changed();
  });
  field.addEventListener('compositionupdate', (event) => {
    if (composition !== undefined) composition.text = event.data;
    changed();
  });
  field.addEventListener('compositionend', () => {
    composition = undefined;
    changed();
  });
  field.addEventListener('keydown', (event) => {
    if (!options.enterSends || event.key !== 'Enter' || event.shiftKey) return;
    // Safari ends the composition before the Enter that confirmed it; 229 tells.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    options.onEnter();
  });
  const onSelection = () => {
    if (document.activeElement === field) changed();
  };
  document.addEventListener('selectionchange', onSelection);

  return {
    element: field,
    fit: () => fitHeight(field),
    clear() {
      composition = undefined;
      field.value = '';
      changed();
    },
    dispose() {
      document.removeEventListener('selectionchange', onSelection);
      if (due === 0) return;
      window.clearTimeout(due);
      tell();
    },
  };
}

/**
 * Grows the field with its text; the stylesheet sets the limit. Only where the stylesheet cannot
 * do that by itself: it lays out the whole text twice, which is felt in a long one.
 */
function fitHeight(field: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
}
