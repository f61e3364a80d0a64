import { describe, expect, test } from 'vitest';

import {
  findOption,
  findStrings,
  findUint,
  isCriticalOption,
  OptionNumber,
  stringOption,
  uintOption,
} from '../../src/coap/option.ts';

describe('uint values (§3.2)', () => {
  test.each([
    [0, []],
    [1, [1]],
    [255, [255]],
    [256, [1, 0]],
    [0xffffff, [255, 255, 255]],
    [0xffffffff, [255, 255, 255, 255]],
  ])('%i takes the fewest bytes and comes back', (value, bytes) => {
    const option = uintOption(OptionNumber.maxAge, value);
    expect([...option.value]).toEqual(bytes);
    expect(findUint([option], OptionNumber.maxAge)).toBe(value);
  });
});

test('an option of a forbidden length is not found (§5.4.3)', () => {
  const tooLong = { number: OptionNumber.observe, value: new Uint8Array(4) };
  const empty = { number: OptionNumber.echo, value: new Uint8Array(0) };
  expect(findUint([tooLong], OptionNumber.observe)).toBeUndefined();
  expect(findOption([empty], OptionNumber.echo)).toBeUndefined();
});

test('odd numbers are critical (§5.4.6), among them Uri-Path and Accept but not Echo or Observe', () => {
  const { uriPath, accept, echo, observe } = OptionNumber;
  expect([uriPath, accept, echo, observe].map(isCriticalOption)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('a path that is not UTF-8 is no path', () => {
  const good = stringOption(OptionNumber.uriPath, '管道');
  const bad = { number: OptionNumber.uriPath, value: Uint8Array.of(0xff) };
  expect(findStrings([good], OptionNumber.uriPath)).toEqual(['管道']);
  expect(findStrings([good, bad], OptionNumber.uriPath)).toBeUndefined();
});
