import type { IncomingMessage, ServerResponse } from 'node:http';

/** Nothing the relay answers is a page: it loads nothing, is framed by nothing, is kept nowhere. */
const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}

export interface HttpProblem {
  readonly status: number;
  /** For programs: a short word in kebab-case. docs/reference/relay-errors.md lists them. */
  readonly error: string;
  /** For people. Fixed text: nothing of the request. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const PROBLEMS = {
  host: {
    status: 403,
    error: 'forbidden-host',
    message: 'this host name is not one the relay answers to; see the option hosts or publicUrl',
  },
  origin: {
    status: 403,
    error: 'forbidden-origin',
    message: 'pages of this origin may not connect; see the option origins',
  },
  path: { status: 404, error: 'not-found', message: 'there is nothing at this path' },
  method: {
    status: 405,
    error: 'method-not-allowed',
    message: 'this path takes GET and HEAD',
    headers: { Allow: 'GET, HEAD' },
  },
  channels: {
    status: 429,
    error: 'too-many',
    message: 'too many channels from this address',
    headers: { 'Retry-After': '10' },
  },
  full: {
    status: 503,
    error: 'full',
    message: 'the relay has no room for more channels now',
    headers: { 'Retry-After': '10' },
  },
  closing: {
    status: 503,
    error: 'closing',
    message: 'the relay is shutting down',
    headers: { 'Retry-After': '1' },
  },
  store: {
    status: 503,
    error: 'store',
    message: 'the relay cannot reach its store',
    headers: { 'Retry-After': '1' },
  },
} as const satisfies Record<string, HttpProblem>;

export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  { status, error, message, headers }: HttpProblem,
): void {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  sendJson(request, response, status, { error, message });
}

export function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  value: unknown,
): void {
  send(request, response, status, 'application/json; charset=utf-8', `${JSON.stringify(value)}\n`);
}

export function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  text: string,
): void {
  const body = Buffer.from(text);
  setSecurityHeaders(response);
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': body.length,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
