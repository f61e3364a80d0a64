/** The HTTP server of a program that serves nothing but WebSockets. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { buildRefusal, HandshakeError } from '../protocol/index.ts';

/** @param limitMs - how long a request may take to arrive */
export function createOwnServer(limitMs: number): Server {
  return createServer(
    {
      headersTimeout: limitMs,
      requestTimeout: limitMs,
      connectionsCheckingInterval: Math.min(1_000, Math.max(50, limitMs / 4)),
    },
    answerPlainRequest,
  );
}

/** Undefined when the server was closed before it listened. */
export async function listenOn(
  server: Server,
  port: number,
  host: string,
): Promise<AddressInfo | undefined> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('close', resolve);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.off('close', resolve);
      resolve();
    });
  });
  return (server.address() as AddressInfo | null) ?? undefined;
}

export function closeOwnServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // Those without an upgrade have nothing to finish: no request of theirs is answered.
    server.closeAllConnections();
  });
}

/** This is a WebSocket endpoint and nothing else (RFC 9110 §15.5.22). */
function answerPlainRequest(_request: IncomingMessage, response: ServerResponse): void {
  const { status, headers, body } = buildRefusal(
    new HandshakeError('PW_WS_UPGRADE', { status: 426 }),
  );
  response.writeHead(status, [...headers]).end(body);
}
