import { describe, expect, test } from 'vitest';

import {
  gatewayUrl,
  localUrl,
  phoneAddresses,
  phoneUrl,
  whatIsOff,
  type Listening,
} from '../../src/cli/reach.ts';
import { linuxLaptop, publicServer } from './machines.ts';

function on(host: string, scheme: Listening['scheme'] = 'http'): Listening {
  return { scheme, host, port: 1818 };
}

function urls(listening: Listening): string[] {
  const addresses = phoneAddresses(listening.host, publicServer);
  return addresses.map((address) => phoneUrl(listening, address));
}

describe('where a server is found', () => {
  test('this computer uses loopback when every interface is bound, else the bound address', () => {
    expect(
      [on('::'), on('0.0.0.0'), on('192.168.1.7', 'https'), on('fd00::7')].map(localUrl),
    ).toEqual([
      'http://127.0.0.1:1818',
      'http://127.0.0.1:1818',
      'https://192.168.1.7:1818',
      'http://[fd00::7]:1818',
    ]);
  });

  test('phones get every candidate, in brackets where needed', () => {
    expect(urls(on('::'))).toEqual([
      'http://10.0.0.9:1818',
      'http://203.0.113.9:1818',
      'http://[2001:db8::9]:1818',
    ]);
  });

  test('phones get no IPv6 address from a server that listens on IPv4 alone', () => {
    expect(urls(on('0.0.0.0'))).toEqual(['http://10.0.0.9:1818', 'http://203.0.113.9:1818']);
  });

  test('phones get the bound address alone, and nothing from loopback', () => {
    expect(urls(on('203.0.113.9', 'https'))).toEqual(['https://203.0.113.9:1818']);
    expect(urls(on('127.0.0.1'))).toEqual([]);
    expect(urls(on('::1'))).toEqual([]);
  });

  test('the gateway is told by its best address, by the public name, or by the bound address', () => {
    const bound = { host: '0.0.0.0', port: 5683 };
    expect(gatewayUrl(bound, linuxLaptop, undefined)).toBe('coap://192.168.1.7:5683');
    expect(gatewayUrl(bound, {}, undefined)).toBe('coap://127.0.0.1:5683');
    expect(gatewayUrl(bound, linuxLaptop, 'https://pair.example.org:8443')).toBe(
      'coap://pair.example.org:5683',
    );
    expect(gatewayUrl(bound, linuxLaptop, 'https://[fd00::7]:8443')).toBe('coap://[fd00::7]:5683');
    expect(gatewayUrl({ host: '::1', port: 7 }, linuxLaptop, undefined)).toBe('coap://[::1]:7');
  });
});

describe('what is off', () => {
  const phones = phoneAddresses('::', linuxLaptop);

  test('over http, what browsers allow over https only', () => {
    const off = [{ code: 'phone-features-need-https' }];
    expect(whatIsOff(on('::'), phones, undefined)).toEqual(off);
    expect(whatIsOff(on('::'), phones, 'http://pair.local')).toEqual(off);
  });

  test('nothing over https, be it ours or a proxy’s', () => {
    expect(whatIsOff(on('::', 'https'), phones, undefined)).toEqual([]);
    expect(whatIsOff(on('127.0.0.1'), [], 'https://pair.example.org')).toEqual([]);
  });

  test('phones, when only this computer is served, or when the machine has no address', () => {
    expect(whatIsOff(on('127.0.0.1'), [], undefined)[0]).toEqual({
      code: 'phones-loopback-only',
      host: '127.0.0.1',
    });
    expect(whatIsOff(on('::', 'https'), [], undefined)).toEqual([{ code: 'phones-no-address' }]);
  });
});
