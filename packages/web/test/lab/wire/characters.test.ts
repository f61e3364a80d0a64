import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitCharacters, visible } from '../../../src/lab/wire/characters.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

test('a text is split into its characters, whatever their length', () => {
  const text = 'aé您👋';
  expect(splitCharacters(bytesOf(text))).toEqual([
    { start: 0, length: 1, character: 'a' },
    { start: 1, length: 2, character: 'é' },
    { start: 3, length: 3, character: '您' },
    { start: 6, length: 4, character: '👋' },
  ]);
});

test('bytes that are no character stand for themselves', () => {
  const bytes = Uint8Array.of(0xc3, 0x28, 0xff, 0xe6, 0x82);
  expect(splitCharacters(bytes).map(({ character }) => character)).toEqual([
    undefined,
    '(',
    undefined,
    undefined,
    undefined,
  ]);
});

test('every byte belongs to exactly one character', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      let end = 0;
      for (const { start, length } of splitCharacters(bytes)) {
        expect(start).toBe(end);
        end += length;
      }
      expect(end).toBe(bytes.length);
    }),
  );
});

test('what cannot be seen is shown by a sign', () => {
  expect([' ', '\r', '\n', '\0', 'x', undefined].map(visible)).toEqual([
    '␣',
    '\\r',
    '\\n',
    '·',
    'x',
    '·',
  ]);
});
