import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';

import { clientAddressOf } from '../../src/relay/client-address.ts';
import { createAddressSet } from '../../src/relay/network-address.ts';

const proxies = createAddressSet(['10.0.0.0/8', 'loopback']);
const nobody = createAddressSet([]);

function request(
  remoteAddress: string | undefined,
  forwarded?: string | string[],
): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { socket: { remoteAddress }, headers } as IncomingMessage;
}

describe("the client's address", () => {
  test('is the one of the socket, whatever a header says', () => {
    expect(clientAddressOf(request('192.0.2.1', '198.51.100.7'), nobody)).toBe('192.0.2.1');
    expect(clientAddressOf(request('192.0.2.1', '198.51.100.7'), proxies)).toBe('192.0.2.1');
    expect(clientAddressOf(request('::ffff:192.0.2.1'), nobody)).toBe('192.0.2.1');
    expect(clientAddressOf(request(undefined), nobody)).toBe('');
  });

  test('is what a trusted proxy says, and the last untrusted of several', () => {
    expect(clientAddressOf(request('10.0.0.1', '192.0.2.1'), proxies)).toBe('192.0.2.1');
    const chain = '203.0.113.9, 192.0.2.1, 10.0.0.2';
    expect(clientAddressOf(request('127.0.0.1', chain), proxies)).toBe('192.0.2.1');
    expect(clientAddressOf(request('10.0.0.1', ['192.0.2.1', '10.0.0.2']), proxies)).toBe(
      '192.0.2.1',
    );
  });

  test('is the proxy itself when it says nothing, or nonsense', () => {
    for (const text of ['', 'unknown', '192.0.2.1:80', '<script>', ',']) {
      expect(clientAddressOf(request('10.0.0.1', text), proxies)).toBe('10.0.0.1');
    }
  });

  test('is found without reading a header of any length', () => {
    const chain = Array.from({ length: 1_000 }, () => '10.0.0.1').join(',');
    expect(clientAddressOf(request('10.0.0.2', `192.0.2.1,${chain}`), proxies)).toBe('10.0.0.1');
  });
});
