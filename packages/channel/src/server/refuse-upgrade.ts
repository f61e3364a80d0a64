import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** The HTTP answer to a request for a channel that will not be opened. */
export interface UpgradeRefusal {
  readonly status: number;
  /** For programs: a short word in kebab-case. */
  readonly error: string;
  /** For people. Fixed text: nothing of the request. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long the client may take to read the answer. */
const LINGER_MS = 2_000;

/**
 * Answers on the bare socket of an `upgrade` event, where there is no response object any more.
 * What the client still sends is read and dropped: ending TCP with unread input would reset it and
 * could destroy the answer on its way.
 */
export function refuseUpgrade(socket: Duplex, refusal: UpgradeRefusal): void {
  const { status, error, message } = refusal;
  const body = `${JSON.stringify({ error, message })}\n`;
  const headers: Record<string, string> = {
    ...refusal.headers,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // The HTTP server took its listeners off; without one, a reset would end the process.
  socket.on('error', () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}
