import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from '@pairwire/websocket';
import { createDeferred, ECHO } from './servers.ts';

const key = readFileSync(new URL('fixtures/localhost.key', import.meta.url));
const cert = readFileSync(new URL('fixtures/localhost.crt', import.meta.url));

async function startSecure() {
  const server = new WebSocketServer({ handler: ECHO });
  const https = createServer({ key, cert });
  server.attach(https);
  await new Promise<void>((resolve) => {
    https.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    await server.close({ timeoutMs: 100 });
    https.closeAllConnections();
    await new Promise((resolve) => https.close(resolve));
  });
  return { server, url: `wss://localhost:${(https.address() as AddressInfo).port}/` };
}

describe('over TLS', () => {
  test('client and server echo, a megabyte too, and close cleanly', async () => {
    const { url } = await startSecure();
    const socket = new WebSocket(url, [], { tls: { ca: cert } });
    socket.binaryType = 'arraybuffer';
    await once(socket, 'open');
    socket.send('您好');
    expect((await once(socket, 'message'))[0].data).toBe('您好');
    socket.send(Buffer.alloc(1_048_576, 7));
    expect((await once(socket, 'message'))[0].data.byteLength).toBe(1_048_576);
    socket.close(1000);
    expect((await once(socket, 'close'))[0]).toMatchObject({ code: 1000, wasClean: true });
  });

  test('client refuses a certificate it cannot trust, and says why', async () => {
    const { url } = await startSecure();
    const socket = new WebSocket(url);
    const failed = createDeferred<unknown>();
    socket.onerror = ({ error }) => failed.resolve(error);
    expect((await once(socket, 'close'))[0]).toMatchObject({ code: 1006 });
    expect(await failed.promise).toMatchObject({
      code: 'PW_WS_CONNECT',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
  });

  test('client fails against a server that speaks plain TCP', async () => {
    const plain = new WebSocketServer();
    const { port } = await plain.listen(0);
    onTestFinished(() => plain.close());
    const socket = new WebSocket(`wss://127.0.0.1:${port}/`, [], { tls: { ca: cert } });
    const failed = createDeferred<unknown>();
    socket.onerror = ({ error }) => failed.resolve(error);
    await once(socket, 'close');
    expect(await failed.promise).toMatchObject({ code: 'PW_WS_CONNECT' });
  });
});
