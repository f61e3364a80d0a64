import { describe, expect, test } from 'vitest';

import { Access } from '../../src/relay/access.ts';
import { RELAY_DEFAULTS, type RelayOptions } from '../../src/relay/options.ts';

const create = (options: RelayOptions = {}) => new Access({ ...RELAY_DEFAULTS, ...options });

describe('Host', () => {
  test.each([
    'localhost',
    'localhost:1818',
    'LOCALHOST:80',
    'pairwire.localhost:1818',
    '127.0.0.1:1818',
    '192.168.1.7:1818',
    '10.1.2.3',
    '172.31.0.1:80',
    '169.254.1.1',
    '100.100.1.1:1818',
    '[::1]:1818',
    '[fe80::1]:1818',
    '[fd12:3456::1]',
  ])('%s is answered', (host) => {
    expect(create().isAllowedHost(host)).toBe(true);
  });

  test.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    'evil.example:1818',
    '192.168.1.7.evil.example',
    '203.0.113.5:1818',
    '172.32.0.1',
    '[2001:db8::1]:1818',
    '[127.0.0.1]',
    '127.0.0.1:1818:1818',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
    '127.0.0.1@evil.example',
    'localhost/',
    'localhost ',
    ' localhost',
    'localhost, evil.example',
    '[::1',
  ])('%j is refused', (host) => {
    expect(create().isAllowedHost(host)).toBe(false);
  });

  test('configured names and the public address are answered', () => {
    const access = create({
      hosts: ['Pair.Example', '203.0.113.5'],
      publicUrl: 'https://[2001:db8::1]:8443',
    });
    for (const host of ['pair.example:1818', '203.0.113.5', '[2001:db8::1]:8443']) {
      expect(access.isAllowedHost(host)).toBe(true);
    }
    expect(access.isAllowedHost('www.pair.example')).toBe(false);
  });
});

describe('Origin', () => {
  test('programs that are no browsers send none and may connect', () => {
    expect(create().isAllowedOrigin(undefined, 'localhost:1818')).toBe(true);
  });

  test.each([
    ['http://localhost:1818', 'localhost:1818'],
    ['http://192.168.1.7:1818', '192.168.1.7:1818'],
    ['http://pair.example', 'pair.example'],
    ['http://pair.example', 'pair.example:80'],
    ['https://pair.example', 'pair.example'],
    ['https://pair.example', 'pair.example:443'],
    ['http://[::1]:1818', '[::1]:1818'],
  ])('a page of %s may connect to %s', (origin, host) => {
    expect(create().isAllowedOrigin(origin, host)).toBe(true);
  });

  test.each([
    ['http://evil.example', 'localhost:1818'],
    ['http://localhost:3000', 'localhost:1818'],
    ['http://localhost', 'localhost:1818'],
    ['null', 'localhost:1818'],
    ['', 'localhost:1818'],
    ['file://', 'localhost:1818'],
    ['http://localhost:1818, http://evil.example', 'localhost:1818'],
    ['ftp://localhost:1818', 'localhost:1818'],
    ['http://evil.example', undefined],
  ])('a page of %j may not connect to %j', (origin, host) => {
    expect(create().isAllowedOrigin(origin, host)).toBe(false);
  });

  test('configured origins and the public address may connect from anywhere', () => {
    const access = create({ origins: ['https://app.example/'], publicUrl: 'https://pair.example' });
    expect(access.isAllowedOrigin('https://app.example', 'localhost:1818')).toBe(true);
    expect(access.isAllowedOrigin('https://pair.example', '10.0.0.1:1818')).toBe(true);
    expect(access.isAllowedOrigin('http://app.example', 'localhost:1818')).toBe(false);
  });

  test('all may, when somebody dangerously said so', () => {
    const access = create({ dangerouslyAllowAnyOrigin: true });
    expect(access.isAllowedOrigin('http://evil.example', 'localhost:1818')).toBe(true);
    expect(access.isAllowedOrigin('null', 'localhost:1818')).toBe(true);
  });

  test.each([{ origins: ['app.example'] }, { origins: ['ftp://x'] }, { publicUrl: 'x' }])(
    '%j is no origin and refused at once',
    (options) => {
      expect(() => create(options)).toThrow(TypeError);
    },
  );
});
