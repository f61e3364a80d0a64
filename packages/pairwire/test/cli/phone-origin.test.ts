import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, test } from 'vitest';

import { fetchPhoneOrigin } from '../../src/cli/phone-origin.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer(config: unknown): Promise<string> {
  return serve((_request, response) => response.end(JSON.stringify(config)));
}

describe('the address that a terminal page’s code leads to', () => {
  test('is what the operator said', async () => {
    const relay = await answer({
      publicUrl: 'https://pair.example.org',
      addresses: [{ url: 'http://10.0.0.1:1818' }],
    });
    expect(await fetchPhoneOrigin(relay)).toBe('https://pair.example.org');
  });

  test('is the first address of a relay on this computer', async () => {
    const addresses = ['http://10.0.0.1:1818', 'http://10.0.0.2:1818'].map((url) => ({ url }));
    const relay = await answer({ publicUrl: null, addresses });
    expect(await fetchPhoneOrigin(relay)).toBe('http://10.0.0.1:1818');
  });

  test.each([
    ['no JSON', '<html>'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no addresses', '{"publicUrl":null,"addresses":[]}'],
    ['addresses that are none', '{"addresses":[null]}'],
    ['an address that is no text', '{"addresses":[{"url":7}]}'],
    ['a scheme that is not ours', '{"publicUrl":"javascript:alert(1)"}'],
    ['an address with a path', '{"publicUrl":"https://pair.example.org/p#x"}'],
    ['a password', '{"publicUrl":"https://a:b@pair.example.org"}'],
    ['more than a configuration holds', `{"publicUrl":"https://x.example"}${' '.repeat(70_000)}`],
  ])('is not taken from %s', async (_what, body) => {
    const relay = await serve((_request, response) => response.end(body));
    expect(await fetchPhoneOrigin(relay)).toBeUndefined();
  });

  test.each([
    ['404', 404],
    ['a redirect to somewhere else', 302],
  ])('is not taken from %s', async (_what, status) => {
    const relay = await serve((_request, response) =>
      response.writeHead(status, { Location: 'http://127.0.0.1:9/' }).end('{}'),
    );
    expect(await fetchPhoneOrigin(relay)).toBeUndefined();
  });

  test('is not taken from a relay that is not there', async () => {
    expect(await fetchPhoneOrigin('http://127.0.0.1:9')).toBeUndefined();
  });
});
