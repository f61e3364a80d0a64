import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter, decodeU64, encodeU64, equalBytes } from '../src/bytes.ts';
import { decodeUtf8, encodeUtf8 } from '../src/utf8.ts';
import { fromHex, toHex } from './hex.ts';
import { anyText } from './arbitraries.ts';

const anyNumber = fc.maxSafeNat();

test('numbers in clear are eight bytes in network order', () => {
  expect(toHex(encodeU64(1))).toBe('0000000000000001');
  expect(toHex(encodeU64(Number.MAX_SAFE_INTEGER))).toBe('001fffffffffffff');
  fc.assert(fc.property(anyNumber, (n) => decodeU64(encodeU64(n)) === n));
});

test('numbers beyond 2^53−1 and short ones are refused', () => {
  expect(decodeU64(fromHex('0020000000000000'))).toBeUndefined();
  expect(decodeU64(fromHex('ffffffffffffffff'))).toBeUndefined();
  expect(decodeU64(fromHex('00000000000001'))).toBeUndefined();
});

test.each([
  [0, '00'],
  [127, '7f'],
  [128, '8001'],
  [300, 'ac02'],
  [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
])('the varint of %d is %s', (value, hex) => {
  expect(toHex(new ByteWriter().varint(value).finish())).toBe(hex);
  expect(new ByteReader(fromHex(hex)).varint()).toBe(value);
});

test.each(['', '80', '8000', 'ff00', 'ffffffffffffff1f', 'ffffffffffffffffff01'])(
  'the varint %j is refused',
  (hex) => {
    const reader = new ByteReader(fromHex(hex));
    expect(reader.varint()).toBe(0);
    expect(reader.failed).toBe(true);
  },
);

test('fields are read as they were written, and nothing beyond them', () => {
  fc.assert(
    fc.property(anyNumber, fc.uint8Array(), fc.nat(255), (number, bytes, byte) => {
      const written = new ByteWriter().varint(number).sized(bytes).byte(byte).finish();
      const reader = new ByteReader(written);
      expect([reader.varint(), reader.sized(), reader.byte()]).toEqual([number, bytes, byte]);
      expect([reader.atEnd, reader.failed]).toEqual([true, false]);
      reader.byte();
      expect(reader.failed).toBe(true);
    }),
  );
});

test('a size beyond the end fails, and everything after it is empty', () => {
  const reader = new ByteReader(fromHex('05aabb'));
  expect(reader.sized()).toEqual(new Uint8Array());
  expect(reader.failed).toBe(true);
  expect([reader.byte(), reader.varint(), reader.rest(), reader.atEnd]).toEqual([
    0,
    0,
    new Uint8Array(),
    true,
  ]);
});

test('bytes are equal only at the same length', () => {
  expect(equalBytes(fromHex('0102'), fromHex('0102'))).toBe(true);
  expect(equalBytes(fromHex('0102'), fromHex('010203'))).toBe(false);
  expect(equalBytes(fromHex('0102'), fromHex('0103'))).toBe(false);
});

test('text survives UTF-8 unchanged, a leading byte order mark too', () => {
  expect(decodeUtf8(encodeUtf8('\ufeff你好'))).toBe('\ufeff你好');
  fc.assert(
    fc.property(anyText, (text) => {
      expect(decodeUtf8(encodeUtf8(text))).toBe(text);
    }),
  );
});

test.each(['ff', 'c080', 'eda080', 'f4908080', 'e282'])('%s is not UTF-8', (hex) => {
  expect(decodeUtf8(fromHex(hex))).toBeUndefined();
});
