/** What every answer of the program's own routes has in common. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Nothing from another host, no inline script, no framing, no guessing of types.
 *
 * The host must have been checked before: it goes into the policy, because older WebKit does not
 * count `ws://` of the same host as 'self' (https://github.com/w3c/webappsec-csp/issues/7).
 */
export function setSecurityHeaders(request: IncomingMessage, response: ServerResponse): void {
  const host = request.headers.host ?? '';
  response.setHeader(
    'Content-Security-Policy',
    [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "font-src 'self'",
      "manifest-src 'self'",
      `connect-src 'self' ws://${host} wss://${host}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  );
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'DENY');
  // The GUID is in the fragment, which no referrer carries; the address of the relay stays here too.
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Permissions-Policy', 'geolocation=(), microphone=(), payment=()');
}

export function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
): void {
  send(request, response, status, 'text/plain; charset=utf-8', `${text}\n`);
}

export function sendJson(request: IncomingMessage, response: ServerResponse, value: unknown): void {
  send(request, response, 200, 'application/json; charset=utf-8', JSON.stringify(value));
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  text: string,
): void {
  const body = Buffer.from(text);
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
