import { countCodePoints } from '@pairwire/pairing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { locateComposition, readField } from '../../src/conversation/field-reader.ts';

function at(value: string, start = value.length, end = start) {
  return { value, selectionStart: start, selectionEnd: end };
}

describe('reading the text field', () => {
  test('counts code points, not UTF-16 units', () => {
    expect(readField(at('👍好a', 3), undefined)).toEqual({
      text: '👍好a',
      selectionStart: 2,
      selectionEnd: 2,
    });
  });

  test('tells the part that an input method is composing', () => {
    const field = readField(at('👍ping guo'), { start: 2, text: 'ping guo' });
    expect(field.composing).toEqual({ start: 1, end: 9 });
  });

  test('tells no composition before its first letter', () => {
    expect(readField(at('abc'), { start: 3, text: '' })).not.toHaveProperty('composing');
  });

  test('finds a finished word that a keyboard takes up again, around the caret', () => {
    // SwiftKey and Gboard report the caret, not where the word begins.
    expect(locateComposition('say hello', { start: 9, text: 'hello' }, 9)).toEqual({
      start: 4,
      end: 9,
    });
    expect(locateComposition('say hello now', { start: 6, text: 'hello' }, 6)).toEqual({
      start: 4,
      end: 9,
    });
  });

  test('finds nothing while the field does not hold the composed text yet', () => {
    expect(locateComposition('say', { start: 3, text: 'ni' }, 3)).toBeUndefined();
    // The same letters far from the caret are something else.
    expect(locateComposition('ni hao x', { start: 8, text: 'ni' }, 8)).toBeUndefined();
  });

  test('gives offsets inside the text, in order, for any text and any composition', () => {
    const units = fc.constantFrom('a', 'ni', '好', '👍', '\u0301', '\ud83d', '\n');
    const texts = fc.array(units, { maxLength: 12 }).map((all) => all.join(''));
    fc.assert(
      fc.property(texts, texts, fc.nat(25), fc.nat(25), (value, text, start, caret) => {
        const end = Math.min(caret, value.length);
        const field = readField(at(value, Math.min(start, end), end), { start, text });
        const length = countCodePoints(value);
        expect(field.selectionStart).toBeLessThanOrEqual(field.selectionEnd);
        expect(field.selectionEnd).toBeLessThanOrEqual(length);
        const composing = field.composing ?? { start: 0, end: length };
        expect(composing.start).toBeLessThanOrEqual(composing.end);
        expect(composing.end).toBeLessThanOrEqual(length);
      }),
    );
  });
});
