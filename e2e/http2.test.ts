// A browser whose page came over HTTP/2 opens the page's WebSockets on the same connection (RFC 8441).
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createSecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';

import { WebSocketServer } from '@pairwire/websocket';
import { expect, test } from '@playwright/test';

const FIXTURES = new URL('../packages/websocket/test/node/fixtures/', import.meta.url);

test('Chromium opens WebSockets over HTTP/2 by itself', async ({ browser }) => {
  const http = createSecureServer({
    cert: readFileSync(new URL('localhost.crt', FIXTURES)),
    key: readFileSync(new URL('localhost.key', FIXTURES)),
    allowHTTP1: true,
  });
  const server = new WebSocketServer<unknown>({
    protocols: ['chat'],
    handler: { message: (connection, { data }) => void connection.send(data) },
  }).attach(http);
  const asked: string[] = [];
  const sessions = new Set<ServerHttp2Session>();
  http.on('session', (session) => sessions.add(session));
  http.on('upgrade', () => asked.push('HTTP/1.1 Upgrade'));
  http.on('stream', (_stream, headers) => {
    if (headers[':method'] === 'CONNECT')
      asked.push(`HTTP/2 CONNECT ${String(headers[':protocol'])}`);
  });
  http.on('request', (_request, response) => {
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!doctype html><title>page</title>');
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;

  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`https://127.0.0.1:${port}/`);
  const heard = await page.evaluate(async () => {
    const talk = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(location.href.replace('https', 'wss'), 'chat');
        socket.addEventListener('open', () => socket.send(text));
        socket.addEventListener('message', ({ data }) => {
          socket.close(1000);
          socket.addEventListener('close', ({ code, wasClean }) => {
            resolve(`${socket.protocol} ${String(data)} ${code} ${wasClean}`);
          });
        });
        socket.addEventListener('error', () => reject(new Error('no connection')));
      });
    return Promise.all([
      talk('one'),
      talk('two'),
      talk('x'.repeat(200_000)).then((text) => text.length),
    ]);
  });
  expect(heard).toEqual(['chat one 1000 true', 'chat two 1000 true', 200_015]);
  expect(asked).toEqual(Array<string>(3).fill('HTTP/2 CONNECT websocket'));
  expect(sessions.size).toBe(1);
  expect(server.counters.connectionsFailed).toBe(0);

  await context.close();
  await server.close({ timeoutMs: 100 });
  for (const session of sessions) session.close();
  http.close();
});
