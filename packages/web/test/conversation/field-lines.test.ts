import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changedLines, fieldLines } from '../../src/conversation/field-lines.ts';

const at = (text: string, start: number, end = start) => ({
  text,
  selectionStart: start,
  selectionEnd: end,
});
const plain = (text: string) => ({ text, selected: false, composing: false });

describe('the lines of a field', () => {
  test('an empty field is one line with the caret', () => {
    expect(fieldLines(at('', 0))).toEqual([{ parts: ['caret'], plain: undefined }]);
  });

  test('keep their line breaks, and only the line with the caret is marked', () => {
    expect(fieldLines(at('ab\n\ncd', 5))).toEqual([
      { parts: [plain('ab\n')], plain: 'ab\n' },
      { parts: [plain('\n')], plain: '\n' },
      { parts: [plain('c'), 'caret', plain('d')], plain: undefined },
    ]);
  });

  test('after the last line break comes a line for the caret', () => {
    expect(fieldLines(at('a\n', 2))).toEqual([
      { parts: [plain('a\n')], plain: 'a\n' },
      { parts: ['caret'], plain: undefined },
    ]);
  });

  test('a selection over a line break marks both lines', () => {
    const lines = fieldLines(at('ab\ncd\nef', 1, 4));
    expect(lines.map((line) => line.plain)).toEqual([undefined, undefined, 'ef']);
    expect(lines[0]?.parts[1]).toEqual({ text: 'b\n', selected: true, composing: false });
  });

  test('hold the whole text, and the caret once, wherever it stands', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', '\n', '😀'), maxLength: 20 });
    fc.assert(
      fc.property(texts, fc.nat(20), fc.nat(20), (text, a, b) => {
        const length = Array.from(text).length;
        const [start, end] = [Math.min(a, b, length), Math.min(Math.max(a, b), length)];
        const lines = fieldLines(at(text, start, end));
        const parts = lines.flatMap((line) => line.parts);
        const caret = parts.indexOf('caret');
        const join = (some: typeof parts) =>
          some.map((part) => (part === 'caret' ? '' : part.text)).join('');
        expect(join(parts)).toBe(text);
        expect(Array.from(join(parts.slice(0, caret)))).toHaveLength(end);
        expect(parts.filter((part) => part === 'caret')).toHaveLength(1);
        expect(lines).toHaveLength(text.split('\n').length);
      }),
    );
  });
});

describe('the lines that changed', () => {
  const lines = (text: string, caret: number) => fieldLines(at(text, caret));

  test('are those with a mark, before or after, and what lies between', () => {
    const before = lines('a\nb\nc\nd\ne', 2);
    expect(changedLines(before, lines('a\nbx\nc\nd\ne', 3))).toEqual({ start: 1, end: 3 });
    expect(changedLines(before, lines('a\nb\nc\nd\ne', 6))).toEqual({ start: 1, end: 1 });
    expect(changedLines([], before)).toEqual({ start: 0, end: 0 });
  });

  test('leave the rest as it was', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', '\n'), maxLength: 12 });
    fc.assert(
      fc.property(texts, texts, fc.nat(12), fc.nat(12), (old, young, a, b) => {
        const before = lines(old, Math.min(a, old.length));
        const after = lines(young, Math.min(b, young.length));
        const { start, end } = changedLines(before, after);
        const middle = after.slice(start, after.length - end);
        const rebuilt = [
          ...before.slice(0, start),
          ...middle,
          ...before.slice(before.length - end),
        ];
        expect(rebuilt).toEqual(after);
      }),
    );
  });
});
