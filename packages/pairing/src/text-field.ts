/**
 * A live text field with one writer: this side's own, or the other side's as it arrives.
 * docs/protocol/pairing.md §9.1. All offsets count code points.
 */
import { countCodePoints, toUtf16Offset, toWellFormed } from './code-points.ts';
import { MAX_TEXT_BYTES, type StateEdit } from './edit.ts';
import { TextTooLongError } from './errors.ts';
import { encodeUtf8 } from './utf8.ts';

/** One live text field as its writer sees it. All offsets count code points. */
export interface FieldState {
  text: string;
  selectionStart: number;
  selectionEnd: number;
  /** The part an input method is still composing, if any. */
  composing?: { start: number; end: number } | undefined;
}

export const EMPTY_FIELD: FieldState = Object.freeze({
  text: '',
  selectionStart: 0,
  selectionEnd: 0,
});

/**
 * The text as it will travel: lone surrogates, which no encoding can carry, become U+FFFD.
 *
 * @throws TextTooLongError
 */
export function checkText(text: string, limitBytes: number): string {
  if (isLongerThan(text, limitBytes)) throw new TextTooLongError(limitBytes);
  return toWellFormed(text);
}

/** A UTF-16 unit is at least one byte and at most three, so most texts need no counting. */
function isLongerThan(text: string, limitBytes: number): boolean {
  if (text.length > limitBytes) return true;
  return text.length * 3 > limitBytes && encodeUtf8(text).length > limitBytes;
}

/** This side's field: compares what it is with what the other side was last told. */
export class FieldWriter {
  #told: FieldState = EMPTY_FIELD;
  #current: FieldState = EMPTY_FIELD;
  #rev = 0;
  readonly #limitBytes: number;

  constructor(limitBytes = MAX_TEXT_BYTES) {
    this.#limitBytes = limitBytes;
  }

  /**
   * Replaces the field. Offsets outside the text are moved to its ends.
   *
   * @throws TextTooLongError; the field is then unchanged.
   */
  set(field: FieldState): void {
    const text = checkText(field.text, this.#limitBytes);
    const length = countCodePoints(text);
    const [selectionStart, selectionEnd] = orderedWithin(
      length,
      field.selectionStart,
      field.selectionEnd,
    );
    const next: FieldState = { text, selectionStart, selectionEnd };
    if (field.composing !== undefined) {
      const [start, end] = orderedWithin(length, field.composing.start, field.composing.end);
      next.composing = { start, end };
    }
    this.#current = next;
  }

  get field(): FieldState {
    return this.#current;
  }

  /** The other side starts anew with an empty copy. */
  restart(): void {
    this.#told = EMPTY_FIELD;
    this.#rev = 0;
  }

  /** A final text was queued: both sides' copies are empty after it. */
  empty(): void {
    this.#told = EMPTY_FIELD;
    this.#current = EMPTY_FIELD;
  }

  /** No edit of this field will be longer than this. */
  get longestEditBytes(): number {
    return Math.min(this.#current.text.length * 3, MAX_TEXT_BYTES) + 32;
  }

  get changed(): boolean {
    return !equalFields(this.#told, this.#current);
  }

  /** The edit that brings the other side up to date. It must reach the other side. */
  takeEdit(): StateEdit {
    this.#rev += 1;
    const { text, selectionStart, selectionEnd, composing } = this.#current;
    const edit: StateEdit = {
      type: 'state',
      rev: this.#rev,
      ...difference(this.#told.text, text),
      selectionStart,
      selectionEnd,
    };
    if (composing !== undefined) edit.composing = composing;
    this.#told = this.#current;
    return edit;
  }
}

/** The other side's field. */
export class FieldReader {
  #field: FieldState = EMPTY_FIELD;
  #rev = 0;

  get field(): FieldState {
    return this.#field;
  }

  /** @returns undefined when the edit does not fit the field: wrong revision, offsets outside, too long. */
  apply(edit: StateEdit): FieldState | undefined {
    if (edit.rev !== this.#rev + 1) return undefined;
    const before = this.#field.text;
    const length = countCodePoints(before);
    if (edit.start + edit.del > length) return undefined;
    const from = toUtf16Offset(before, edit.start);
    const to = from + toUtf16Offset(before.slice(from), edit.del);
    const text = before.slice(0, from) + edit.ins + before.slice(to);
    const newLength = countCodePoints(text);
    const { selectionStart, selectionEnd, composing } = edit;
    if (!isRange(selectionStart, selectionEnd, newLength)) return undefined;
    if (composing && !isRange(composing.start, composing.end, newLength)) return undefined;
    if (isLongerThan(text, MAX_TEXT_BYTES)) return undefined;
    this.#rev = edit.rev;
    const field: FieldState = { text, selectionStart, selectionEnd };
    if (composing !== undefined) field.composing = Object.freeze({ ...composing });
    this.#field = Object.freeze(field);
    return this.#field;
  }

  /** A final text came. @returns whether the field held anything. */
  empty(): boolean {
    const changed = !equalFields(this.#field, EMPTY_FIELD);
    this.#field = EMPTY_FIELD;
    return changed;
  }
}

/** The one replacement that turns `before` into `after`, both well-formed. */
export function difference(
  before: string,
  after: string,
): { start: number; del: number; ins: string } {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before.charCodeAt(head) === after.charCodeAt(head)) head += 1;
  if (splitsPair(before, head) || splitsPair(after, head)) head -= 1;
  let tail = 0;
  while (
    tail < shorter - head &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  ) {
    tail += 1;
  }
  if (splitsPair(before, before.length - tail) || splitsPair(after, after.length - tail)) tail -= 1;
  return {
    start: countCodePoints(before.slice(0, head)),
    del: countCodePoints(before.slice(head, before.length - tail)),
    ins: after.slice(head, after.length - tail),
  };
}

function splitsPair(text: string, at: number): boolean {
  return at > 0 && (text.codePointAt(at - 1) ?? 0) > 0xffff;
}

function isRange(start: number, end: number, length: number): boolean {
  return start <= end && end <= length;
}

function orderedWithin(length: number, a: number, b: number): [number, number] {
  const within = (offset: number): number => Math.min(Math.max(Math.trunc(offset) || 0, 0), length);
  return [Math.min(within(a), within(b)), Math.max(within(a), within(b))];
}

function equalFields(a: FieldState, b: FieldState): boolean {
  return (
    a.text === b.text &&
    a.selectionStart === b.selectionStart &&
    a.selectionEnd === b.selectionEnd &&
    a.composing?.start === b.composing?.start &&
    a.composing?.end === b.composing?.end
  );
}
