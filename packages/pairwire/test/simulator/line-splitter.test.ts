import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LineSplitter } from '../../src/simulator/line-splitter.ts';

function split(chunks: readonly (Uint8Array | string)[], maxLineUnits = 1000): string[] {
  const splitter = new LineSplitter(maxLineUnits);
  const lines = chunks.flatMap((chunk) => splitter.push(chunk));
  const last = splitter.end();
  return last === undefined ? lines : [...lines, last];
}

test('lines end with a line feed, a carriage return before it belongs to the end', () => {
  expect(split(['a\nb\r\n\nc'])).toEqual(['a', 'b', '', 'c']);
  expect(split(['a\n'])).toEqual(['a']);
  expect(split([])).toEqual([]);
});

test('nothing else ends a line', () => {
  expect(split(['a\rb\u2028c\u2029d\ve\n'])).toEqual(['a\rb\u2028c\u2029d\ve']);
});

test('however the bytes are cut, the lines are the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''))),
      fc.array(fc.nat(20)),
      (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        expect(split(chunks)).toEqual(lines);
      },
    ),
  );
});

test('a line without an end is handed out in pieces, so that it does not fill the memory', () => {
  expect(split(['x'.repeat(8), 'x'.repeat(8), '\n'], 10)).toEqual(['x'.repeat(16), '']);
});
