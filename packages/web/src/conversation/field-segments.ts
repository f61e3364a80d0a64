import { toUtf16Offset, type FieldState } from '@pairwire/pairing';

/** A stretch of the other side's text that looks the same throughout. */
export interface Segment {
  text: string;
  selected: boolean;
  composing: boolean;
}

export interface FieldSegments {
  segments: Segment[];
  /** The caret stands before the segment of this index; `segments.length`: at the end. */
  caretBefore: number;
}

/** Cuts a field where its selection, its composition and its caret begin and end. */
export function segmentField(field: FieldState): FieldSegments {
  const { text } = field;
  const at = (codePointOffset: number) => toUtf16Offset(text, codePointOffset);
  const selection = { start: at(field.selectionStart), end: at(field.selectionEnd) };
  const composing = field.composing
    ? { start: at(field.composing.start), end: at(field.composing.end) }
    : { start: 0, end: 0 };
  const cuts = [0, selection.start, selection.end, composing.start, composing.end, text.length]
    .sort((a, b) => a - b)
    .filter((cut, i, all) => cut !== all[i - 1]);
  const segments = cuts.slice(1).map((end, i) => {
    const start = cuts[i] ?? 0;
    return {
      text: text.slice(start, end),
      selected: selection.start <= start && end <= selection.end,
      composing: composing.start <= start && end <= composing.end,
    };
  });
  return { segments, caretBefore: cuts.indexOf(selection.end) };
}
