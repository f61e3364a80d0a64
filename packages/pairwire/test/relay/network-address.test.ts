import { describe, expect, test } from 'vitest';

import { clientOf, createAddressSet, normalizeAddress } from '../../src/relay/network-address.ts';

describe('an address set', () => {
  test('holds loopback, single addresses and ranges', () => {
    const set = createAddressSet([
      'loopback',
      '10.0.0.0/8',
      '192.0.2.1',
      'fd00::/8',
      '2001:db8::1',
    ]);
    for (const inside of ['127.0.0.1', '127.9.9.9', '::1', '10.1.2.3', '192.0.2.1', 'fd12::1']) {
      expect(set(inside)).toBe(true);
    }
    for (const outside of ['11.0.0.1', '192.0.2.2', '2001:db8::2', '', 'localhost', '10.0.0']) {
      expect(set(outside)).toBe(false);
    }
  });

  test.each([
    '',
    'localhost',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '1.2.3',
    '::1/129',
    '1.2.3.4/-1',
  ])('refuses %j', (entry) => {
    expect(() => createAddressSet([entry])).toThrow(TypeError);
  });
});

test('one address has one spelling', () => {
  expect(normalizeAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(normalizeAddress('::FFFF:192.0.2.1')).toBe('192.0.2.1');
  expect(normalizeAddress('FE80::1%eth0')).toBe('fe80::1');
  expect(normalizeAddress('192.0.2.1')).toBe('192.0.2.1');
});

test('a client is an IPv4 address or an IPv6 /64', () => {
  expect(clientOf('192.0.2.1')).toBe('192.0.2.1');
  expect(clientOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(clientOf('2001:db8::5:6')).toBe('2001:db8:0:0::/64');
  expect(clientOf('2001:0db8:0001::')).toBe('2001:db8:1:0::/64');
  expect(clientOf('::1')).toBe('0:0:0:0::/64');
  expect(clientOf('')).toBe('');
});
