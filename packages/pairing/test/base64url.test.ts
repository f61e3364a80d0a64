import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64url, encodeBase64url } from '../src/base64url.ts';

test.each([
  ['', ''],
  ['f', 'Zg'],
  ['fo', 'Zm8'],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg'],
  ['fooba', 'Zm9vYmE'],
  ['foobar', 'Zm9vYmFy'],
])('RFC 4648 §10: %j is %j', (plain, encoded) => {
  const bytes = Uint8Array.from(plain, (character) => character.charCodeAt(0));
  expect(encodeBase64url(bytes)).toBe(encoded);
  expect(decodeBase64url(encoded)).toEqual(bytes);
});

test('decoding gives back what was encoded, as Node does it', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = encodeBase64url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64url'));
      expect(decodeBase64url(text)).toEqual(bytes);
    }),
  );
});

test.each(['A', 'Zg==', 'Zm9+', 'Zm9/', 'Zh', 'Zm9v ', '你好'])('%j is refused', (text) => {
  expect(decodeBase64url(text)).toBeUndefined();
});
