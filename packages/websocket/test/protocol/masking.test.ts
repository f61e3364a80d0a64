import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { applyMask, isAscii, rotateMaskingKey, viewWords } from '../../src/protocol/masking.ts';
import { pattern } from './support/bytes.ts';

/** §5.3 as it is written: octet i of the data is XORed with octet i modulo 4 of the key. */
function maskSlowly(bytes: Uint8Array, key: number): Uint8Array {
  return bytes.map((byte, index) => byte ^ ((key >>> ((index % 4) * 8)) & 0xff));
}

const KEY = 0x9d21fa37 | 0;

describe('applyMask', () => {
  test('equals the slow reference at every alignment of memory and every short length', () => {
    const memory = pattern(4 + 300);
    for (let offset = 0; offset < 4; offset++) {
      for (let length = 0; length <= 300; length++) {
        const bytes = memory.slice();
        applyMask(bytes, offset, offset + length, KEY);
        const expected = memory.slice();
        expected.set(maskSlowly(memory.slice(offset, offset + length), KEY), offset);
        expect(Buffer.compare(bytes, expected), `offset ${offset}, length ${length}`).toBe(0);
      }
    }
  });

  test('equals the slow reference with a view over the words of a larger memory', () => {
    const memory = pattern(1024);
    for (let base = 0; base < 4; base++) {
      for (let start = 0; start < 4; start++) {
        for (const length of [0, 31, 32, 33, 127, 128, 129, 500]) {
          const all = memory.slice();
          const bytes = all.subarray(base, 900);
          applyMask(bytes, start, start + length, KEY, viewWords(bytes));
          const expected = memory.slice();
          const from = base + start;
          expected.set(maskSlowly(memory.slice(from, from + length), KEY), from);
          const where = `base ${base}, start ${start}, length ${length}`;
          expect(Buffer.compare(all, expected), where).toBe(0);
        }
      }
    }
  });

  test('is its own inverse, and tells ASCII from anything else', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.integer(),
        fc.nat(5),
        fc.boolean(),
        (payload, key, offset, ascii) => {
          if (ascii) payload = payload.map((byte) => byte & 0x7f);
          const bytes = new Uint8Array(offset + payload.length);
          bytes.set(payload, offset);
          applyMask(bytes, offset, bytes.length, key);
          const isPure = applyMask(bytes, offset, bytes.length, key);
          expect(bytes.subarray(offset)).toEqual(payload);
          expect(isPure).toBe(payload.every((byte) => byte < 0x80));
          expect(isAscii(bytes, offset, bytes.length)).toBe(isPure);
        },
      ),
    );
  });

  test('continues in the middle of a payload with a rotated key', () => {
    const payload = pattern(50);
    const whole = maskSlowly(payload, KEY);
    for (let cut = 0; cut <= payload.length; cut++) {
      const bytes = payload.slice();
      applyMask(bytes, 0, cut, KEY);
      applyMask(bytes, cut, bytes.length, rotateMaskingKey(KEY, cut));
      expect(bytes, `cut at ${cut}`).toEqual(whole);
    }
  });

  test('finds one byte that is not ASCII wherever it stands', () => {
    for (const length of [1, 2, 3, 4, 31, 32, 127, 128, 131, 257]) {
      for (let place = 0; place < length; place++) {
        const bytes = new Uint8Array(length + 1).fill(0x41);
        bytes[1 + place] = 0x80;
        expect(isAscii(bytes, 1, length + 1)).toBe(false);
        expect(isAscii(bytes, 1, length + 1, viewWords(bytes))).toBe(false);
        expect(applyMask(bytes, 1, length + 1, 0)).toBe(false);
      }
    }
  });
});
