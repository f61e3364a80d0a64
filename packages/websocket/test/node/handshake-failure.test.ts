// What the client says of a failed handshake is what the doctor says of its bytes.
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createTlsServer } from 'node:tls';
import { readFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  ConnectionError,
  connectWebSocket,
  HandshakeError,
  type ConnectOptions,
} from '@pairwire/websocket';
import { OTHER_ANSWERS, TUTORIAL_ANSWERS } from '../vectors/handshake-answers.ts';
import { acceptFor, RawServer } from './raw-peer.ts';

/** Behind a 101 the handshake is over; what is wrong there fails the connection. */
const BEHIND_THE_ANSWER = 'garbage-behind-answer';

const tls = {
  cert: readFileSync(new URL('fixtures/localhost.crt', import.meta.url)),
  key: readFileSync(new URL('fixtures/localhost.key', import.meta.url)),
};

async function rawServer(): Promise<RawServer> {
  const server = await RawServer.listen();
  onTestFinished(() => server.close());
  return server;
}

async function listen(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function failure(url: string, options: ConnectOptions = {}) {
  try {
    const connection = await connectWebSocket(url, options);
    connection.terminate();
  } catch (error) {
    if (error instanceof HandshakeError || error instanceof ConnectionError) return error;
    throw error;
  }
  return undefined;
}

describe('a client', () => {
  const answers = [...TUTORIAL_ANSWERS, ...OTHER_ANSWERS].filter(
    ({ findings }) => !findings.includes(BEHIND_THE_ANSWER),
  );

  test.each(answers)(
    'names the mistake of $name: $findings',
    async ({ protocols, write, findings, opens }) => {
      const server = await rawServer();
      const hangs = findings[0] === 'missing-blank-line';
      const attempt = failure(server.url, {
        protocols,
        handshakeTimeoutMs: hangs ? 1_000 : 10_000,
      });
      const peer = await server.accept();
      const key = /^sec-websocket-key: *(.*)\r$/im.exec(await peer.head())?.[1] ?? '';
      peer.write(Buffer.from(write(acceptFor(key)), 'latin1'));
      const error = await attempt;
      expect(error === undefined).toBe(opens);
      if (error === undefined) return;
      expect([error.code, error.finding]).toEqual([error.code, findings[0]]);
      expect(error.advice).toMatch(/\.$/);
    },
  );

  test('names a server that closes without a word', async () => {
    const server = await rawServer();
    const attempt = failure(server.url);
    (await server.accept()).socket.end();
    expect(await attempt).toMatchObject({ finding: 'closed-before-answer' });
  });

  test('names an answer that is cut short', async () => {
    const server = await rawServer();
    const attempt = failure(server.url);
    const peer = await server.accept();
    await peer.head();
    peer.socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgr');
    expect(await attempt).toMatchObject({ finding: 'head-cut-short' });
  });

  test('names a server that says nothing', async () => {
    const server = await rawServer();
    const attempt = failure(server.url, { handshakeTimeoutMs: 200 });
    await server.accept();
    expect(await attempt).toMatchObject({ code: 'PW_WS_HANDSHAKE_TIMEOUT', finding: 'no-answer' });
  });

  test('names a port where nobody listens', async () => {
    const server = await RawServer.listen();
    const { url } = server;
    await server.close();
    expect(await failure(url)).toMatchObject({ finding: 'connection-refused' });
  });

  test('names a port that does not speak TLS (RFC 6455 §3)', async () => {
    const server = await rawServer();
    const attempt = failure(`wss://127.0.0.1:${server.port}/`);
    (await server.accept()).socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(await attempt).toMatchObject({ finding: 'plain-port' });
  });

  test('names a certificate that nobody signed', async () => {
    const port = await listen(createTlsServer(tls));
    expect(await failure(`wss://127.0.0.1:${port}/`)).toMatchObject({
      finding: 'certificate-untrusted',
    });
  });

  test('names a server that speaks HTTP/2 only', async () => {
    const port = await listen(createHttp2Server());
    expect(await failure(`ws://127.0.0.1:${port}/`)).toMatchObject({ finding: 'http2-only' });
  });
});
