import type { Duplex } from 'node:stream';

import { buildRefusal, formatResponse, type HandshakeError } from '../protocol/index.ts';

/** How long a refused peer may take to read the answer before TCP is cut. */
export const LINGER_MS = 2_000;

/**
 * Answers a refused opening handshake and ends TCP. What the peer still sends is read and dropped,
 * since closing with unread input would reset TCP and could destroy the answer on its way.
 */
export function refuse(socket: Duplex, error: HandshakeError): void {
  socket.on('error', ignore);
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
  socket.end(formatResponse(buildRefusal(error)));
}

/** For sockets without an owner: a reset must not become an uncaught exception. */
export function ignore(): void {}
