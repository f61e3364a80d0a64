import type { ServerResponse } from 'node:http';

import { PROTOCOL_HEADER } from '../protocol/http-binding.ts';
import { SUBPROTOCOL } from '../protocol/subprotocol.ts';

/** An HTTP answer of a channel server that is not what the client asked for. */
export interface HttpProblem {
  readonly status: number;
  /** For programs: a short word in kebab-case. docs/reference/channel-errors.md lists them. */
  readonly error: string;
  /** For people. Fixed text: nothing of the request. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const HTTP_PROBLEMS = {
  upgrade: {
    status: 426,
    error: 'upgrade-required',
    message: 'this address speaks WebSocket only',
    // RFC 9110 §15.5.22: the answer names the protocol to upgrade to.
    headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
  },
  protocol: {
    status: 400,
    error: 'subprotocol',
    message: `${PROTOCOL_HEADER} must offer ${SUBPROTOCOL}`,
  },
  origin: {
    status: 403,
    error: 'forbidden-origin',
    message: 'pages of this origin may not connect',
  },
  method: {
    status: 405,
    error: 'method-not-allowed',
    message: 'a channel is opened with POST; it takes POST and GET',
    headers: { Allow: 'POST, GET, OPTIONS' },
  },
  channel: { status: 404, error: 'unknown-channel', message: 'there is no such channel here' },
  sequence: {
    status: 409,
    error: 'sequence',
    message: 'requests were lost, repeated or reordered: the channel is over',
  },
  tooLarge: { status: 413, error: 'too-large', message: 'the body is longer than any may be' },
  slowBody: { status: 408, error: 'slow-body', message: 'the body did not arrive in time' },
  full: {
    status: 503,
    error: 'full',
    message: 'the server has no room now',
    headers: { 'Retry-After': '1' },
  },
  address: {
    status: 429,
    error: 'too-many',
    message: 'too many channels from this address',
    headers: { 'Retry-After': '10' },
  },
} as const satisfies Record<string, HttpProblem>;

/** The same for an opening handshake of a WebSocket. */
export const NO_SUBPROTOCOL: HttpProblem = {
  ...HTTP_PROBLEMS.protocol,
  message: `Sec-WebSocket-Protocol must offer ${SUBPROTOCOL}`,
};

/** Nothing here is a page, and no cache or converter has any business with it (RFC 9111 §5.2.2). */
const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store, no-transform',
  'X-Content-Type-Options': 'nosniff',
  // Asks nginx, and others that took the name over, to pass bytes on as they come.
  'X-Accel-Buffering': 'no',
};

export function setChannelHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}

export function answerProblem(response: ServerResponse, problem: HttpProblem): void {
  const { status, error, message, headers } = problem;
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  answerJson(response, status, `${JSON.stringify({ error, message })}\n`);
}

export function answerJson(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** 204: done. 202: not yet, ask again. */
export function answerEmpty(response: ServerResponse, status: 202 | 204): void {
  // RFC 9110 §8.6 forbids the length with 204.
  response.writeHead(status, status === 204 ? {} : { 'Content-Length': 0 }).end();
}

export function answerBatch(response: ServerResponse, batch: Uint8Array): void {
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': batch.length,
  });
  response.end(batch);
}
