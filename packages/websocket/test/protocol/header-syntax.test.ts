import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  isFieldValue,
  isToken,
  listNames,
  parseTokenList,
  trimWhitespace,
} from '../../src/protocol/header-syntax.ts';
import { leastCpuMs } from './support/cpu-time.ts';

describe('isToken', () => {
  test('takes exactly the characters of RFC 9110 §5.6.2', () => {
    const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
    const codes = Array.from({ length: 300 }, (_, code) => String.fromCharCode(code));
    expect(codes.filter(isToken)).toEqual(codes.filter((character) => token.test(character)));
  });

  test.each(['', ' a', 'a ', 'a b', 'a,b', 'é', 'a\n'])('refuses %j', (text) => {
    expect(isToken(text)).toBe(false);
  });
});

test('isFieldValue refuses what would end or garble a header line', () => {
  expect(['a b', 'a\tb', 'é', ''].every(isFieldValue)).toBe(true);
  expect(['a\r\nb', 'a\nb', 'a\0b', 'a\u007fb', '你'].some(isFieldValue)).toBe(false);
});

test('trimWhitespace removes spaces and tabs at the ends, and nothing else', () => {
  expect(trimWhitespace(' \t a b\t ')).toBe('a b');
  expect(trimWhitespace('\u00a0a\r')).toBe('\u00a0a\r');
  expect(trimWhitespace('   ')).toBe('');
});

describe('parseTokenList', () => {
  test.each([
    ['chat', ['chat']],
    ['chat, superchat', ['chat', 'superchat']],
    ['chat,superchat\t,\tother ', ['chat', 'superchat', 'other']],
    [', chat,,superchat ,', ['chat', 'superchat']],
  ])('reads %j', (text, tokens) => {
    expect(parseTokenList(text)).toEqual(tokens);
  });

  test.each(['', ' ', ',', 'a b', 'a, b c', 'a;b', '"a"', 'a,\u00e9'])('refuses %j', (text) => {
    expect(parseTokenList(text)).toBeUndefined();
  });

  test('gives back any list of tokens', () => {
    const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
    fc.assert(
      fc.property(fc.array(token, { minLength: 1 }), (tokens) => {
        expect(parseTokenList(tokens.join(', '))).toEqual(tokens);
      }),
    );
  });
});

describe('listNames', () => {
  test.each(['upgrade', 'Upgrade', 'keep-alive, Upgrade', 'a,\tUPGRADE\t,b', ',,upgrade'])(
    'finds upgrade in %j',
    (text) => {
      expect(listNames(text, 'upgrade')).toBe(true);
    },
  );

  test.each(['', 'upgrades', 'up grade', 'keep-alive', '"upgrade"', 'upgrade;q=1'])(
    'does not find it in %j',
    (text) => {
      expect(listNames(text, 'upgrade')).toBe(false);
    },
  );
});

describe('time is linear', () => {
  const SIZE = 64 * 1024;
  const hostile = [
    ' '.repeat(SIZE),
    '\t'.repeat(SIZE),
    ','.repeat(SIZE),
    ', '.repeat(SIZE / 2),
    'a'.repeat(SIZE),
    'a '.repeat(SIZE / 2),
    'a,'.repeat(SIZE / 2),
  ];

  test.each([parseTokenList, (text: string) => listNames(text, 'upgrade'), trimWhitespace])(
    'scanner %#: sixteen times the input takes far less than 16² times as long',
    (scan) => {
      for (const text of hostile) {
        const small = leastCpuMs(() => scan(text.slice(0, SIZE / 16)));
        const large = leastCpuMs(() => scan(text));
        // Linear is a factor of 16, quadratic of 256. A floor keeps tiny times from deciding.
        expect(large).toBeLessThan(Math.max(small * 100, 5));
      }
    },
  );
});
