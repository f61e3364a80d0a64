import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeAnswer,
  decodeHello,
  encodeAnswer,
  encodeHello,
  toDisplayName,
  type Answer,
} from '../src/introduction.ts';
import { concatBytes } from '../src/bytes.ts';
import { pad } from '../src/padding.ts';
import { encodeUtf8 } from '../src/utf8.ts';

const hello = {
  key: new Uint8Array(32).fill(7),
  name: 'pocket',
  language: 'zh-CN',
  versions: [1],
  secure: true,
  secrets: true,
  resumes: true,
  remembers: true,
  finals: { received: 3, next: 8 },
};
const answer: Answer = {
  label: 'desk',
  version: 1,
  confirm: 'match',
  limits: { textBytes: 65_472 },
  secure: true,
  secrets: true,
  resumes: true,
  remembers: true,
  finals: { received: 3, next: 8 },
};

const helloOf = (json: string): Uint8Array => pad(concatBytes(hello.key, encodeUtf8(json)));
const answerOf = (value: unknown): Uint8Array => pad(encodeUtf8(JSON.stringify(value)));

test('introductions arrive as they were written', () => {
  expect(decodeHello(encodeHello(hello))).toEqual(hello);
  expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer);
});

test('names of the same bucket cannot be told apart by length', () => {
  expect(encodeHello(hello).length).toBe(encodeHello({ ...hello, name: '我的手机' }).length);
});

test('fields of later versions are ignored', () => {
  expect(decodeAnswer(answerOf({ ...answer, colour: 'red' }))).toEqual(answer);
});

test.each([
  ['not said, as by an end of before', {}],
  ['false', { secure: false, secrets: false, resumes: false, remembers: false }],
  ['something that is no boolean', { secure: 'true', secrets: 1, resumes: {}, remembers: 'yes' }],
])('an end counts as not secure, and takes and resumes nothing, when it is %s', (_, said) => {
  const bare = { name: 'a', language: 'en', versions: [1], ...said };
  expect(decodeHello(helloOf(JSON.stringify(bare)))).toMatchObject({
    secure: false,
    secrets: false,
    resumes: false,
    remembers: false,
  });
  const {
    secure: _secure,
    secrets: _secrets,
    resumes: _resumes,
    remembers: _remembers,
    ...rest
  } = answer;
  expect(decodeAnswer(answerOf({ ...rest, ...said }))).toEqual({
    ...rest,
    secure: false,
    secrets: false,
    resumes: false,
    remembers: false,
  });
});

test('a language that is no tag is not told', () => {
  const strange = helloOf('{"name":"a","language":"<b>","versions":[1]}');
  expect(decodeHello(strange)).toMatchObject({ language: 'und' });
});

test.each([
  ['no JSON', helloOf('{')],
  ['a short key', pad(new Uint8Array(20))],
  ['no padding', new Uint8Array(64)],
  ['no UTF-8', pad(concatBytes(hello.key, Uint8Array.of(0xff)))],
  ['no name', helloOf('{"language":"en","versions":[1]}')],
  ['a number for a name', helloOf('{"name":1,"language":"en","versions":[1]}')],
  ['far too long', helloOf(JSON.stringify({ ...hello, name: 'a'.repeat(4000) }))],
])('the page refuses a hello with %s', (_, bytes) => {
  expect(decodeHello(bytes)).toBeUndefined();
});

test.each([
  ['another version', { ...answer, version: 2 }],
  ['an unknown policy', { ...answer, confirm: 'trust' }],
  ['a limit of nothing', { ...answer, limits: { textBytes: 0 } }],
  ['a limit beyond a record', { ...answer, limits: { textBytes: 70_000 } }],
  ['null', null],
])('the phone refuses an answer with %s', (_, value) => {
  expect(decodeAnswer(answerOf(value))).toBeUndefined();
});

test('any bytes give an introduction or nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(() => [decodeHello(bytes), decodeAnswer(pad(bytes))]).not.toThrow();
    }),
  );
});

test('a name is shown without control characters and marks that turn text around', () => {
  expect(toDisplayName(' a\u0000b\u202Ec\u2066d\r\n ')).toBe('a b c d');
  expect(toDisplayName('我的手机😀')).toBe('我的手机😀');
  expect(Array.from(toDisplayName('😀'.repeat(100)))).toHaveLength(64);
});
