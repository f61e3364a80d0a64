import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { segmentField } from '../../src/conversation/field-segments.ts';

describe('showing the other side’s field', () => {
  test('cuts it at selection and composition, in code points', () => {
    const field = {
      text: '👍ni hao',
      selectionStart: 3,
      selectionEnd: 3,
      composing: { start: 1, end: 3 },
    };
    expect(segmentField(field)).toEqual({
      segments: [
        { text: '👍', selected: false, composing: false },
        { text: 'ni', selected: false, composing: true },
        { text: ' hao', selected: false, composing: false },
      ],
      caretBefore: 2,
    });
  });

  test('puts the caret at the end of the selection', () => {
    const { segments, caretBefore } = segmentField({
      text: 'abc',
      selectionStart: 0,
      selectionEnd: 2,
    });
    expect(segments).toEqual([
      { text: 'ab', selected: true, composing: false },
      { text: 'c', selected: false, composing: false },
    ]);
    expect(caretBefore).toBe(1);
  });

  test('of an empty field is nothing but the caret', () => {
    expect(segmentField({ text: '', selectionStart: 0, selectionEnd: 0 })).toEqual({
      segments: [],
      caretBefore: 0,
    });
  });

  test('never changes a letter, whatever the offsets', () => {
    const units = fc.constantFrom('a', 'ni', '好', '👍', '\u0301', '\ud83d', '\n');
    const texts = fc.array(units, { maxLength: 12 }).map((all) => all.join(''));
    const offset = fc.integer({ min: 0, max: 30 });
    fc.assert(
      fc.property(
        texts,
        offset,
        offset,
        fc.option(fc.record({ start: offset, end: offset }), { nil: undefined }),
        (text, selectionStart, selectionEnd, composing) => {
          const { segments, caretBefore } = segmentField({
            text,
            selectionStart,
            selectionEnd,
            composing,
          });
          expect(segments.map((segment) => segment.text).join('')).toBe(text);
          expect(segments.every((segment) => segment.text !== '')).toBe(true);
          expect(caretBefore).toBeGreaterThanOrEqual(0);
          expect(caretBefore).toBeLessThanOrEqual(segments.length);
        },
      ),
    );
  });
});
