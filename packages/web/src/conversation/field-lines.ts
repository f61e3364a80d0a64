import type { FieldState } from '@pairwire/pairing';
import { segmentField } from './field-segments.ts';

/** A stretch of a line that looks the same throughout, or the caret. */
export type LinePart = 'caret' | { text: string; selected: boolean; composing: boolean };

/** One line of the field, with its line break. */
export interface FieldLine {
  parts: LinePart[];
  /** A line in which nothing is to be marked: its text says all there is. */
  plain: string | undefined;
}

/** Cuts the field into lines. There is always one; after a line break there is another one. */
export function fieldLines(field: FieldState): FieldLine[] {
  const { segments, caretBefore } = segmentField(field);
  let line: FieldLine = { parts: [], plain: '' };
  const lines = [line];
  segments.forEach(({ text, selected, composing }, index) => {
    if (index === caretBefore) addCaret(line);
    // Each piece ends with a line break, but for the last, which may be empty.
    text.split(/(?<=\n)/).forEach((piece) => {
      line.parts.push({ text: piece, selected, composing });
      const marked = selected || composing || line.plain === undefined;
      line.plain = marked ? undefined : line.plain + piece;
      if (!piece.endsWith('\n')) return;
      line = { parts: [], plain: '' };
      lines.push(line);
    });
  });
  if (caretBefore === segments.length) addCaret(line);
  return lines;
}

function addCaret(line: FieldLine): void {
  line.parts.push('caret');
  line.plain = undefined;
}

/** The lines that differ: all before `start`, and the last `end` ones, are as they were. */
export function changedLines(
  before: readonly FieldLine[],
  after: readonly FieldLine[],
): { start: number; end: number } {
  const shorter = Math.min(before.length, after.length);
  const same = (a: FieldLine | undefined, b: FieldLine | undefined) =>
    a?.plain !== undefined && a.plain === b?.plain;
  let start = 0;
  while (start < shorter && same(before[start], after[start])) start += 1;
  let end = 0;
  while (end < shorter - start && same(before.at(-1 - end), after.at(-1 - end))) end += 1;
  return { start, end };
}
