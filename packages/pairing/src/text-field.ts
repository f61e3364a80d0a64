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
