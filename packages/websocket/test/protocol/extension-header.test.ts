import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  formatExtensions,
  parseExtensions,
  type Extension,
} from '../../src/protocol/extension-header.ts';
import { leastCpuMs } from './support/cpu-time.ts';

const extension = (name: string, ...parameters: Extension['parameters']): Extension => ({
  name,
  parameters,
});

describe('parseExtensions', () => {
  test.each<[string, Extension[]]>([
    ['foo', [extension('foo')]],
    ['foo, bar; baz=2', [extension('foo'), extension('bar', { name: 'baz', value: '2' })]],
    // §9.1's own examples
    ['deflate-stream', [extension('deflate-stream')]],
    [
      'mux; max-channels=4; flow-control, deflate-stream',
      [
        extension('mux', { name: 'max-channels', value: '4' }, { name: 'flow-control' }),
        extension('deflate-stream'),
      ],
    ],
    ['private-extension', [extension('private-extension')]],
    ['a;b="c"', [extension('a', { name: 'b', value: 'c' })]],
    ['a;b="\\c\\d"', [extension('a', { name: 'b', value: 'cd' })]],
    ['a ; b = c ,\td', [extension('a', { name: 'b', value: 'c' }), extension('d')]],
    [', a,, b,', [extension('a'), extension('b')]],
    ['a; b=1; b=2', [extension('a', { name: 'b', value: '1' }, { name: 'b', value: '2' })]],
  ])('reads %j', (header, extensions) => {
    expect(parseExtensions(header)).toEqual(extensions);
  });

  test.each([
    '',
    ' ',
    ',',
    ';a',
    'a;',
    'a;;b',
    'a; ,b',
    'a;b=',
    'a;b=;c',
    'a;=c',
    'a b',
    'a;b c',
    'a;b=c d',
    'a=b',
    'a;b=""',
    'a;b="c d"',
    'a;b="c,d"',
    'a;b="c',
    'a;b="c\\',
    'a;b="c\\"',
    'a;b="c"d',
    'a;b=\u00e9',
    'a;b="\u00e9"',
    'a\r\nb',
    'a\0',
    '"a"',
  ])('refuses %j (§9.1)', (header) => {
    expect(parseExtensions(header)).toBeUndefined();
  });

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])(
    'takes %s for a name like any other',
    (name) => {
      expect(parseExtensions(`${name}; ${name}=${name}; ${name}`)).toEqual([
        extension(name, { name, value: name }, { name }),
      ]);
    },
  );

  test('reads back whatever formatExtensions writes', () => {
    const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
    const parameter = fc.record({ name: token, value: token }, { requiredKeys: ['name'] });
    const anyExtension = fc.record({ name: token, parameters: fc.array(parameter) });
    fc.assert(
      fc.property(fc.array(anyExtension, { minLength: 1 }), (extensions) => {
        expect(parseExtensions(formatExtensions(extensions))).toEqual(extensions);
      }),
    );
  });

  test('never throws, and answers like a slow reference', () => {
    const pieces = fc.constantFrom('a', 'b1', ';', ',', '=', '"', '\\', ' ', '\t', '"c"', 'é');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
        const header = parts.join('');
        expect(parseExtensions(header) !== undefined, JSON.stringify(header)).toBe(
          GRAMMAR.test(header) && /[ab]/.test(header.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')),
        );
      }),
      { numRuns: 3000 },
    );
  });

  test('takes time in proportion to a hostile header', () => {
    // CVE-2020-7662: an unclosed quoted string of backslashes took quadratic time.
    for (const header of [
      `a; b="${'\\'.repeat(65_536)}`,
      `a; b="${'\\c'.repeat(32_768)}`,
      'a;'.repeat(32_768),
      'a; b="c", '.repeat(6_553),
      ' '.repeat(65_536),
    ]) {
      const small = leastCpuMs(() => parseExtensions(header.slice(0, header.length / 16)));
      const large = leastCpuMs(() => parseExtensions(header));
      // Linear is a factor of 16, quadratic of 256. A floor keeps tiny times from deciding.
      expect(large).toBeLessThan(Math.max(small * 100, 20));
    }
  });
});

describe('formatExtensions', () => {
  test('writes the order it is given', () => {
    expect(
      formatExtensions([extension('a', { name: 'b' }, { name: 'c', value: '10' }), extension('d')]),
    ).toBe('a; b; c=10, d');
  });

  test.each([
    extension(''),
    extension('a\r\nb'),
    extension('a', { name: 'b', value: 'c d' }),
    extension('a', { name: '' }),
  ])('refuses what is not a token: %j', (bad) => {
    expect(() => formatExtensions([bad])).toThrow(TypeError);
  });
});

/** §9.1 with optional white space, as one expression: the slow reference. */
const GRAMMAR = (() => {
  const ows = String.raw`[ \t]*`;
  const token = String.raw`[a-z0-9]+`;
  // A quoted value must be a token once it is unescaped.
  const quoted = String.raw`"(?:\\?[a-z0-9])+"`;
  const parameter = `;${ows}${token}${ows}(?:=${ows}(?:${token}|${quoted})${ows})?`;
  const element = `(?:${token}${ows}(?:${parameter})*)?`;
  return new RegExp(`^${ows}${element}(?:,${ows}${element})*$`);
})();
