import { toCodePointOffset, type FieldState } from '@pairwire/pairing';

/** A browser's text field, as far as it is read here. Offsets in UTF-16. */
export interface TextControl {
  readonly value: string;
  readonly selectionStart: number;
  readonly selectionEnd: number;
}

/** What an input method is putting together: where it began, and its text so far. */
export interface Composition {
  start: number;
  text: string;
}

/** The field as the other side is to see it, in code points. */
export function readField(control: TextControl, composition: Composition | undefined): FieldState {
  const { value } = control;
  const offset = (utf16Offset: number) => toCodePointOffset(value, utf16Offset);
  const field: FieldState = {
    text: value,
    selectionStart: offset(control.selectionStart),
    selectionEnd: offset(control.selectionEnd),
  };
  const range = composition && locateComposition(value, composition, control.selectionEnd);
  if (range === undefined) return field;
  return { ...field, composing: { start: offset(range.start), end: offset(range.end) } };
}

/**
 * Finds the composed text in the field.
 *
 * Most input methods begin at the caret. Those that take up a finished word again (Gboard,
 * SwiftKey) report the caret, which may be anywhere in that word, so the text is looked for around
 * the caret when it is not where it began.
 *
 * @returns undefined when the text is not there (yet): the events of one change come in several
 * orders
 */
export function locateComposition(
  value: string,
  { start, text }: Composition,
  caret: number,
): { start: number; end: number } | undefined {
  if (text === '') return undefined;
  if (value.startsWith(text, start)) return { start, end: start + text.length };
  const found = value.lastIndexOf(text, caret);
  if (found === -1 || found + text.length < caret) return undefined;
  return { start: found, end: found + text.length };
}

export function sameField(a: FieldState, b: FieldState): boolean {
  return (
    a.text === b.text &&
    a.selectionStart === b.selectionStart &&
    a.selectionEnd === b.selectionEnd &&
    a.composing?.start === b.composing?.start &&
    a.composing?.end === b.composing?.end
  );
}
