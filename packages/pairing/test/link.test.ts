import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeBase64url } from '../src/base64url.ts';
import { createGuid, deriveLink, formatLink, parseGuid } from '../src/link.ts';
import { seededBytes } from './fake-environment.ts';
import { toHex } from './hex.ts';
import vectors from './vectors/pairing-1.json' with { type: 'json' };
import { anyText } from './arbitraries.ts';

const GUID = '00112233-4455-4677-8899-aabbccddeeff';

test('a GUID is a UUIDv4 in lower case, whatever the random bytes are', () => {
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  for (let seed = 0; seed < 100; seed += 1) expect(createGuid(seededBytes(seed))).toMatch(form);
  expect(createGuid((length) => new Uint8Array(length))).toBe(
    '00000000-0000-4000-8000-000000000000',
  );
  expect(createGuid((length) => new Uint8Array(length).fill(0xff))).toBe(
    'ffffffff-ffff-4fff-bfff-ffffffffffff',
  );
});

test.each([
  GUID,
  GUID.toUpperCase(),
  `{${GUID}}`,
  `  ${GUID}\n`,
  GUID.replaceAll('-', ''),
  `http://192.168.1.7:1818/p#${GUID}`,
  `https://example.org/p#{${GUID.toUpperCase()}} `,
])('a person may give the GUID as %j', (text) => {
  expect(parseGuid(text)).toBe(GUID);
});

test.each([
  '',
  'hello',
  GUID.slice(1),
  `${GUID}0`,
  `${GUID} ${GUID}`,
  'http://192.168.1.7:1818/p',
  'http://192.168.1.7:1818/p#',
  `http://example.org/${GUID}`,
  `g${GUID.slice(1)}`,
  GUID.padEnd(10_000),
])('%j holds no GUID', (text) => {
  expect(parseGuid(text)).toBeUndefined();
});

test('any text gives a GUID or nothing', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const guid = parseGuid(text);
      expect(guid === undefined || /^[0-9a-f-]{36}$/.test(guid)).toBe(true);
    }),
  );
});

test('link id and psk of a GUID are those of the frozen vectors (§2)', () => {
  const { linkId, psk } = deriveLink(vectors.guid);
  expect(toHex(linkId)).toBe(vectors.linkId);
  expect(encodeBase64url(linkId)).toBe(vectors.linkIdBase64url);
  expect(toHex(psk)).toBe(vectors.psk);
});

test('every form of a GUID leads to the same link', () => {
  expect(deriveLink(`{${GUID.toUpperCase()}}`)).toEqual(deriveLink(GUID));
});

test('what is no GUID is refused without being repeated in the error', () => {
  expect(() => deriveLink('a secret with a typo')).toThrow(TypeError);
  expect(() => deriveLink('a secret with a typo')).not.toThrow(/secret/);
});

test('the link has the GUID in its fragment, which no server sees', () => {
  expect(formatLink('http://192.168.1.7:1818', GUID)).toBe(`http://192.168.1.7:1818/p#${GUID}`);
  expect(formatLink('http://192.168.1.7:1818/', GUID)).toBe(`http://192.168.1.7:1818/p#${GUID}`);
  expect(parseGuid(formatLink('https://[fe80::1]', GUID))).toBe(GUID);
});
