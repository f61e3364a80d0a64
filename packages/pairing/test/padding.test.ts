import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_BODY_BYTES, MAX_CIPHERTEXT_BYTES, pad, TAG_BYTES, unpad } from '../src/padding.ts';
import { fromHex } from './hex.ts';

test.each([
  [0, 32],
  [31, 32],
  [32, 64],
  [63, 64],
  [64, 128],
  [255, 256],
  [511, 512],
  [512, 1024],
  [1023, 1024],
  [1024, 2048],
  [2048, 3072],
  [MAX_BODY_BYTES, MAX_CIPHERTEXT_BYTES - TAG_BYTES],
])('a body of %d bytes fills a bucket of %d', (length, bucket) => {
  expect(pad(new Uint8Array(length)).length).toBe(bucket);
});

test.each([
  [0, 1024],
  [1023, 1024],
  [1024, 2048],
])('a body of %d bytes that asks for 1024 at least fills %d', (length, bucket) => {
  const body = new Uint8Array(length).fill(7);
  expect(pad(body, 1024).length).toBe(bucket);
  expect(unpad(pad(body, 1024))).toEqual(body);
});

test('a body longer than a record is refused', () => {
  expect(() => pad(new Uint8Array(MAX_BODY_BYTES + 1))).toThrow(RangeError);
});

test('unpadding gives the body back, zeros and end marks in it included', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 0x80, 7)), (values) => {
      const body = Uint8Array.from(values);
      expect(unpad(pad(body))).toEqual(body);
    }),
  );
});

test.each(['', '00', '0000', '8001'])('%j has no end mark', (hex) => {
  expect(unpad(fromHex(hex))).toBeUndefined();
});
