import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_TEXT_BYTES, type StateEdit } from '../src/edit.ts';
import { TextTooLongError } from '../src/errors.ts';
import {
  checkText,
  difference,
  EMPTY_FIELD,
  FieldReader,
  FieldWriter,
  type FieldState,
} from '../src/text-field.ts';
import { anyText } from './arbitraries.ts';

const at = (text: string, selectionStart = 0, selectionEnd = selectionStart): FieldState => ({
  text,
  selectionStart,
  selectionEnd,
});

const edit = (part: Partial<StateEdit>): StateEdit => ({
  type: 'state',
  rev: 1,
  start: 0,
  del: 0,
  ins: '',
  selectionStart: 0,
  selectionEnd: 0,
  ...part,
});

describe('the difference of two texts', () => {
  test.each([
    ['', '', { start: 0, del: 0, ins: '' }],
    ['ab', 'axb', { start: 1, del: 0, ins: 'x' }],
    ['aa', 'aaa', { start: 2, del: 0, ins: 'a' }],
    ['hello', '', { start: 0, del: 5, ins: '' }],
    ['nihao', '你好', { start: 0, del: 5, ins: '你好' }],
    // Same high surrogate, and same low surrogate, on both sides of the change.
    ['😀', '😁', { start: 0, del: 1, ins: '😁' }],
    ['😀x', '🐀x', { start: 0, del: 1, ins: '🐀' }],
    ['e', 'e\u0301', { start: 1, del: 0, ins: '\u0301' }],
  ])('%j → %j', (before, after, expected) => {
    expect(difference(before, after)).toEqual(expected);
  });

  test('is never longer than the new text and rebuilds it from the old one', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, anyText, (head, tail, old, young) => {
        const before = head + old + tail;
        const after = head + young + tail;
        const { start, del, ins } = difference(before, after);
        const points = Array.from(before);
        expect(points.toSpliced(start, del, ins).join('')).toBe(after);
        expect(Array.from(ins).length).toBeLessThanOrEqual(Array.from(young).length);
      }),
    );
  });
});

test('reader has the writer’s field after every edit, however many were skipped', () => {
  const field = fc
    .tuple(anyText, fc.nat(30), fc.nat(30), fc.option(fc.tuple(fc.nat(30), fc.nat(30))))
    .map(([text, a, b, composing]): FieldState => {
      const length = Array.from(text).length;
      const inside = (x: number, y: number): [number, number] => {
        const low = Math.min(x, y, length);
        return [low, Math.min(Math.max(x, y), length)];
      };
      const [selectionStart, selectionEnd] = inside(a, b);
      const state: FieldState = { text, selectionStart, selectionEnd };
      if (composing) {
        const [start, end] = inside(...composing);
        state.composing = { start, end };
      }
      return state;
    });
  fc.assert(
    fc.property(fc.array(fc.tuple(field, fc.constantFrom('send', 'skip', 'final'))), (steps) => {
      const writer = new FieldWriter();
      const reader = new FieldReader();
      for (const [state, step] of steps) {
        writer.set(state);
        if (step === 'skip') continue;
        if (step === 'final') {
          writer.empty();
          reader.empty();
        } else if (writer.changed) {
          reader.apply(writer.takeEdit());
        }
        expect(writer.changed).toBe(false);
        expect(reader.field).toEqual(step === 'final' ? EMPTY_FIELD : state);
      }
    }),
  );
});

test('an unchanged field makes no edit', () => {
  const writer = new FieldWriter();
  expect(writer.changed).toBe(false);
  writer.set(at('a', 1));
  writer.takeEdit();
  writer.set(at('a', 1));
  expect(writer.changed).toBe(false);
  writer.set(at('a', 0));
  expect(writer.changed).toBe(true);
});

test('offsets outside the text, turned round or no numbers are moved to where they can be', () => {
  const writer = new FieldWriter();
  writer.set({ ...at('ab😀', 9, -1), composing: { start: Number.NaN, end: 2.7 } });
  expect(writer.takeEdit()).toMatchObject({
    selectionStart: 0,
    selectionEnd: 3,
    composing: { start: 0, end: 2 },
  });
});

test('lone surrogates become U+FFFD before they are compared', () => {
  const writer = new FieldWriter();
  writer.set(at('a\ud83d', 2));
  expect(writer.takeEdit()).toMatchObject({ ins: 'a\ufffd', selectionStart: 2 });
});

test('a text longer than the limit is refused and the field stays', () => {
  const writer = new FieldWriter();
  writer.set(at('old'));
  expect(() => writer.set(at('😀'.repeat(MAX_TEXT_BYTES / 4 + 1)))).toThrow(TextTooLongError);
  expect(() => checkText('好'.repeat(400), 1024)).toThrow(RangeError);
  expect(() => checkText('a secret'.repeat(MAX_TEXT_BYTES), MAX_TEXT_BYTES)).not.toThrow(/secret/);
  expect(writer.takeEdit().ins).toBe('old');
});

test('the longest text there may be is one edit', () => {
  const writer = new FieldWriter();
  const reader = new FieldReader();
  const text = 'a'.repeat(MAX_TEXT_BYTES);
  writer.set(at(text));
  expect(reader.apply(writer.takeEdit())?.text).toBe(text);
});

describe('reader refuses', () => {
  const reader = (): FieldReader => {
    const fresh = new FieldReader();
    fresh.apply(edit({ ins: 'abc' }));
    return fresh;
  };

  test.each([
    ['a revision again', { rev: 1 }],
    ['a revision too early', { rev: 3 }],
    ['a start beyond the end', { rev: 2, start: 4 }],
    ['a deletion beyond the end', { rev: 2, start: 1, del: 3 }],
    ['a huge deletion', { rev: 2, start: 1, del: Number.MAX_SAFE_INTEGER }],
    ['a selection beyond the end', { rev: 2, selectionStart: 1, selectionEnd: 4 }],
    ['a selection turned round', { rev: 2, selectionStart: 2, selectionEnd: 1 }],
    ['composing beyond the end', { rev: 2, composing: { start: 0, end: 4 } }],
    ['a text grown too long', { rev: 2, ins: 'a'.repeat(MAX_TEXT_BYTES - 2) }],
  ])('%s', (_, part) => {
    const field = reader();
    expect(field.apply(edit(part))).toBeUndefined();
    expect(field.field.text).toBe('abc');
  });
});

test('a final text empties the field', () => {
  const reader = new FieldReader();
  expect(reader.empty()).toBe(false);
  reader.apply(edit({ ins: 'a' }));
  expect(reader.empty()).toBe(true);
  expect(reader.field).toEqual(EMPTY_FIELD);
});
