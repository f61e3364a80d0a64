import { describe, expect, test } from 'vitest';

import { addressGroup, AddressLimits } from '../../src/gateway/address-limits.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (address, group) => {
  expect(addressGroup(address)).toBe(group);
});

describe('limits per address', () => {
  const options = { opensPerMinute: 2, maxPipesPerAddress: 2, maxAddresses: 3 };

  test('say how long to wait', () => {
    const limits = new AddressLimits(options);
    expect([1, 2, 3].map(() => limits.takeOpen('a', 0))).toEqual([undefined, undefined, 30_000]);
    expect(limits.takeOpen('a', 30_000)).toBeUndefined();
    expect(limits.takeOpen('b', 0)).toBeUndefined();
  });

  test('make room when a pipe ends', () => {
    const limits = new AddressLimits(options);
    expect([1, 2, 3].map(() => limits.addPipe('a'))).toEqual([true, true, false]);
    limits.removePipe('a');
    expect(limits.addPipe('a')).toBe(true);
  });

  test('remember no more addresses than they are told, but never forget a pipe', () => {
    const limits = new AddressLimits(options);
    limits.addPipe('a');
    limits.addPipe('a');
    for (let count = 0; count < 100; count += 1) limits.takeOpen(`b${count}`, 0);
    expect(limits.size).toBe(3);
    expect(limits.addPipe('a')).toBe(false);
  });

  test('forget an address that has been quiet', () => {
    const limits = new AddressLimits({ ...options, maxAddresses: 100 });
    limits.takeOpen('a', 0);
    limits.takeOpen('b', 0);
    limits.takeOpen('c', 60_000);
    expect(limits.size).toBe(1);
  });
});
