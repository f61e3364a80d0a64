import { STATUS_CODES, type OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';

import { ignore } from '../node/refusal.ts';

/** How long a refused peer may take to read the answer before TCP is cut. */
const LINGER_MS = 2_000;

export interface Refusal {
  readonly status: number;
  /** The body; default: the status in words. */
  readonly message?: string | undefined;
  readonly headers?: OutgoingHttpHeaders | undefined;
}

/** Answers an opening handshake with something else than 101, and ends TCP. */
export function refuse(socket: Duplex, { status, message, headers }: Refusal): void {
  socket.on('error', ignore);
  if (socket.destroyed) return;
  const words = STATUS_CODES[status] ?? '';
  const body = message === undefined || message === '' ? words : message;
  const fields = {
    Connection: 'close',
    'Content-Type': 'text/html',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${oneLine(String(one))}\r\n`),
  );
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  // Closing with unread input would reset TCP, and could destroy the answer on its way.
  socket.resume();
  socket.end(`HTTP/1.1 ${status} ${words}\r\n${lines.join('')}\r\n${body}`);
}

/** A header of the application must not become two. */
function oneLine(value: string): string {
  return value.replace(/[\r\n]+/g, ' ');
}
