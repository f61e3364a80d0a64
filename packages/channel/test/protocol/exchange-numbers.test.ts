import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ExchangeNumbers, parseNumber, type Arrival } from '../../src/protocol/exchange-numbers.ts';

describe('the numbers of exchanges (§8.4)', () => {
  test('count from 1, one after the other', () => {
    const numbers = new ExchangeNumbers();
    expect([1, 2, 3].map((number) => numbers.check(number, `${number}`))).toEqual([
      'next',
      'next',
      'next',
    ]);
  });

  test.each([
    ['the newest with the same body', 2, 'b', 'repeat'],
    ['the newest with another body', 2, 'x', 'out-of-order'],
    ['an older one', 1, 'a', 'out-of-order'],
    ['one left out', 4, 'd', 'out-of-order'],
    ['none', Number.NaN, '', 'out-of-order'],
    ['zero', 0, '', 'out-of-order'],
  ])('%s', (_name, number, fingerprint, expected) => {
    const numbers = new ExchangeNumbers();
    numbers.check(1, 'a');
    numbers.check(2, 'b');
    expect(numbers.check(number, fingerprint)).toBe(expected);
    expect(numbers.check(3, 'c')).toBe('next');
  });

  test('zero is out of order at the beginning, too', () => {
    expect(new ExchangeNumbers().check(0, '')).toBe('out-of-order');
  });

  test('a way that loses, repeats and reorders takes nothing twice and misses nothing unnoticed (property)', () => {
    const fate = fc.constantFrom('arrives', 'lost', 'twice', 'answer lost', 'late');
    fc.assert(
      fc.property(fc.array(fate), (fates) => {
        const numbers = new ExchangeNumbers();
        const taken: number[] = [];
        const late: number[] = [];
        const arrive = (number: number) => {
          const arrival = numbers.check(number, `body ${number}`);
          if (arrival === 'next') taken.push(number);
          return arrival;
        };
        let number = 0;
        const wrong: string[] = [];
        const expectArrival = (of: number, ...expected: Arrival[]) => {
          const arrival = arrive(of);
          if (!expected.includes(arrival)) wrong.push(`${of} of ${number}: ${arrival}`);
        };
        for (const [index, what] of fates.entries()) {
          number += 1;
          // A client goes on only when it was answered; until then it repeats.
          if (what === 'late') late.push(number);
          if (what === 'lost') expectArrival(number, 'next');
          expectArrival(number, 'next', 'repeat');
          if (what === 'twice' || what === 'answer lost') expectArrival(number, 'repeat');
          // What was overtaken arrives at last: as a repeat, or it is noticed.
          const overtaken = index % 3 === 0 ? late.shift() : undefined;
          const expected = overtaken === number ? 'repeat' : 'out-of-order';
          if (overtaken !== undefined) expectArrival(overtaken, expected);
        }
        expect(wrong).toEqual([]);
        expect(taken).toEqual(Array.from({ length: number }, (_, i) => i + 1));
      }),
    );
  });
});

describe('a number in a header field', () => {
  test.each([
    ['1', 1],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', Number.NaN],
    ['0', Number.NaN],
    ['01', Number.NaN],
    ['+1', Number.NaN],
    ['1.0', Number.NaN],
    ['1e3', Number.NaN],
    ['', Number.NaN],
    [' 1', Number.NaN],
    ['1, 2', Number.NaN],
    [null, Number.NaN],
    [undefined, Number.NaN],
  ])('%j is %d', (text, expected) => {
    expect(parseNumber(text)).toBe(expected);
  });
});
