import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createWebServer } from '../../src/cli/http-server.ts';
import { Pages } from '../../src/cli/pages.ts';
import { RelayServer } from '../../src/relay/index.ts';
import { exchange, get, upgradeHead } from './http-client.ts';

const SCRIPT = 'console.log("page");\n'.repeat(100);

let folder: string;
let server: Server;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pairwire-pages-'));
  const dist = join(folder, 'dist');
  mkdirSync(join(dist, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(dist, 'index.html'), '<title>computer</title>');
  writeFileSync(join(dist, 'p.html'), '<title>phone</title>');
  writeFileSync(join(dist, 'icon.svg'), '<svg/>');
  writeFileSync(join(dist, '.env'), 'secret');
  writeFileSync(join(dist, 'assets', 'page-Bx3_-9aZ.js'), SCRIPT);
  writeFileSync(join(dist, 'assets', 'page-Bx3_-9aZ.js.map'), '{}');
  symlinkSync(join(folder, 'secret.txt'), join(dist, 'link.txt'));

  const { access } = new RelayServer({ hosts: ['laptop', 'pair.example.org'] });
  server = createWebServer({
    isAllowedHost: (host) => access.isAllowedHost(host),
    relay: {
      handleRequest(request, response) {
        if (request.url !== '/healthz') return false;
        response.end('ok');
        return true;
      },
      handleUpgrade(request, socket) {
        if (!request.url?.startsWith('/channel')) return false;
        socket.end('HTTP/1.1 101 relay\r\n\r\n');
        return true;
      },
    },
    endpoints: new Map([
      ['/echo', { handleUpgrade: (_request, socket) => socket.end('HTTP/1.1 101 echo\r\n\r\n') }],
    ]),
    config: () => ({ addresses: [] }),
    pages: Pages.read(dist),
    withoutPages: 'not built',
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

describe('pages', () => {
  test('/ is the computer page and /p the phone page, never stored', async () => {
    for (const [path, title] of [
      ['/', 'computer'],
      ['/index.html', 'computer'],
      ['/p', 'phone'],
      ['/p?from=camera', 'phone'],
    ] as const) {
      const response = await get(port, path);
      expect(response.status).toBe(200);
      expect(response.body.toString()).toContain(title);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });

  test('a hashed asset may be kept for ever, other files are asked for again', async () => {
    const asset = await get(port, '/assets/page-Bx3_-9aZ.js');
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect((await get(port, '/icon.svg')).headers.get('cache-control')).toBe('no-cache');
  });

  test('are compressed for who takes it, and only then', async () => {
    const path = '/assets/page-Bx3_-9aZ.js';
    const zipped = await get(port, path, { headers: 'Accept-Encoding: br, gzip;q=0.8\n' });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(zipped.body).toString()).toBe(SCRIPT);
    for (const headers of ['', 'Accept-Encoding: br\n', 'Accept-Encoding: gzip;q=0\n']) {
      const plain = await get(port, path, { headers });
      expect(plain.headers.has('content-encoding')).toBe(false);
      expect(plain.headers.get('vary')).toBe('Accept-Encoding');
      expect(plain.body.toString()).toBe(SCRIPT);
    }
  });

  test('an unchanged page is answered with 304 (RFC 9110 §15.4.5)', async () => {
    const first = await get(port, '/icon.svg');
    const headers = `If-None-Match: ${first.headers.get('etag')}\n`;
    expect(await get(port, '/icon.svg', { headers })).toMatchObject({ status: 304 });
  });

  test('HEAD has the headers of GET and no body', async () => {
    const response = await get(port, '/p', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('20');
    expect(response.body.length).toBe(0);
  });

  test('carry a policy without inline script, foreign hosts or framing', async () => {
    const { headers } = await get(port, '/p', { host: 'laptop:1818' });
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain("connect-src 'self' ws://laptop:1818 wss://laptop:1818;");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  test('a range, however strange, gets the whole page', async () => {
    for (const range of ['bytes=5-2', 'bytes=-', 'bytes=9999999-', 'bytes=0-1,3-4', 'x']) {
      expect(await get(port, '/icon.svg', { headers: `Range: ${range}\n` })).toMatchObject({
        status: 200,
        body: Buffer.from('<svg/>'),
      });
    }
  });

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/..\\secret.txt',
    '//etc/passwd',
    '/link.txt',
    '/.env',
    '/assets',
    '/assets/',
    '/assets/page-Bx3_-9aZ.js.map',
    '/p/',
    '/P',
    '/%',
    '/__proto__',
    '/constructor',
    '*',
    'http://127.0.0.1/',
  ])('%s is not there', async (path) => {
    const response = await get(port, path);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.body.toString()).toBe('There is nothing here.\n');
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'])(
    '%s is refused, and the answer says what is not',
    async (method) => {
      const response = await get(port, '/p', { method, headers: 'Content-Length: 0\n' });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
    },
  );

  test('/config.json is never stored and read-only', async () => {
    const response = await get(port, '/config.json');
    expect(JSON.parse(response.body.toString())).toEqual({ addresses: [] });
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
    expect((await get(port, '/config.json', { method: 'POST' })).status).toBe(404);
  });
});

describe('Host (RFC 9110 §7.2)', () => {
  test.each([
    'localhost',
    'LocalHost:1818',
    'pair.localhost',
    '127.0.0.1:80',
    '192.168.1.7',
    '[::1]:1818',
    '[fd00::7]',
    'laptop',
    'LAPTOP:1818',
    'pair.example.org',
  ])('%s is answered', async (host) => {
    expect(await get(port, '/', { host })).toMatchObject({ status: 200 });
  });

  test.each([
    'evil.example',
    'laptop.evil.example',
    'pair.example.org.evil.example',
    'localhost.evil.example',
    'xn--laptop-',
    '127.0.0.1.evil.example',
    '127.1',
    '999.1.1.1',
    '[::1',
    '[fe80::1%25eth0]',
    'laptop:1818:1',
    'laptop@evil.example',
    'laptop; script-src *',
    '',
  ])('"%s" is refused with 403, for pages, relay and WebSockets alike', async (host) => {
    for (const path of ['/', '/p', '/config.json', '/healthz', '/echo', '/nothing']) {
      expect(await get(port, path, { host })).toMatchObject({ status: 403 });
    }
    for (const path of ['/channel/websocket', '/echo', '/nothing']) {
      expect(await exchange(port, upgradeHead(path, host))).toMatchObject({ status: 403 });
    }
  });

  test('a request without Host is refused', async () => {
    expect((await exchange(port, 'GET / HTTP/1.0\n\n')).status).toBe(403);
    expect((await exchange(port, 'GET / HTTP/1.1\nConnection: close\n\n')).status).toBe(400);
    const withoutHost = upgradeHead('/echo', '').replace('Host: \n', '');
    expect((await exchange(port, withoutHost)).status).toBe(403);
  });
});

describe('routes', () => {
  test('the relay’s own paths go to the relay', async () => {
    expect((await get(port, '/healthz')).body.toString()).toBe('ok');
    const response = await exchange(port, upgradeHead('/channel/websocket', 'localhost'));
    expect(response.status).toBe(101);
  });

  test('an endpoint is reached by upgrade, and says so when it was not (RFC 9110 §15.5.22)', async () => {
    expect((await exchange(port, upgradeHead('/echo?x=1', 'localhost'))).status).toBe(101);
    const response = await get(port, '/echo');
    expect(response.status).toBe(426);
    expect(response.headers.get('upgrade')).toBe('websocket');
  });

  test('an upgrade to anything else is answered without it', async () => {
    const head = upgradeHead('/icon.svg', 'localhost').replace('websocket', 'h2c');
    const response = await exchange(port, head);
    expect(response.status).toBe(200);
    expect(response.body.toString()).toBe('<svg/>');
  });

  test('a WebSocket where there is none is refused with 404', async () => {
    expect((await exchange(port, upgradeHead('/p', 'localhost'))).status).toBe(404);
  });
});

describe('requests that are no requests', () => {
  test.each([
    ['oversized headers', `GET / HTTP/1.1\nHost: localhost\nX: ${'x'.repeat(20_000)}\n\n`, 431],
    ['an endless path', `GET /${'x'.repeat(20_000)} HTTP/1.1\nHost: localhost\n\n`, 431],
    ['no HTTP at all', '\u0016\u0003\u0001\u0002hello\n\n', 400],
    ['a header without a name', 'GET / HTTP/1.1\nHost: localhost\n: x\n\n', 400],
    [
      'two lengths',
      'POST / HTTP/1.1\nHost: localhost\nContent-Length: 1\nContent-Length: 2\n\n',
      400,
    ],
    ['a bare line (HTTP 0.9)', 'GET /\n\n', 403],
  ])('%s', async (_what, bytes, status) => {
    expect((await exchange(port, bytes)).status).toBe(status);
    expect((await get(port, '/healthz')).status).toBe(200);
  });

  test('CONNECT makes no tunnel', async () => {
    const response = await exchange(port, 'CONNECT example.org:443 HTTP/1.1\nHost: localhost\n\n');
    expect(response.body.length).toBe(0);
    expect((await get(port, '/healthz')).status).toBe(200);
  });
});

test('a folder without built pages gives none', () => {
  expect(Pages.read(join(folder, 'nowhere'))).toBeUndefined();
  expect(Pages.read(folder)).toBeUndefined();
});
