/** What a server asks of a request beyond RFC 6455's own rules: origin and subprotocol. */
import type { IncomingMessage } from 'node:http';

import type { OriginPolicy, ProtocolChoice } from './options.ts';

/**
 * RFC 6455 §10.2. A request without Origin does not come from a browser, so no visitor's cookies
 * are in play; whatever such a program claimed in the header would prove nothing.
 */
export function isOriginAllowed(
  policy: OriginPolicy,
  origin: string | undefined,
  host: string,
  request: IncomingMessage,
): boolean {
  if (policy === 'dangerously-any' || origin === undefined) return true;
  if (policy === 'same-host') return isSameHost(origin, host);
  // Nothing but true: an asynchronous function would let everybody in.
  if (typeof policy === 'function') return policy(origin, request) === true;
  return policy.some((allowed) => allowed.toLowerCase() === origin.toLowerCase());
}

/**
 * Schemes are not compared: behind a proxy that ends TLS, a page from `https:` reaches us on plain
 * TCP. The origin's scheme only says which port both leave out.
 */
function isSameHost(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  const target = `${page.protocol}//${host}`;
  return page.host !== '' && URL.canParse(target) && new URL(target).host === page.host;
}

/**
 * The subprotocol of the answer, or undefined to name none (§4.2.2).
 *
 * @throws {TypeError} when the application's function chose one that was not offered
 */
export function chooseProtocol(
  choice: ProtocolChoice | undefined,
  offered: readonly string[],
  request: IncomingMessage,
): string | undefined {
  if (choice === undefined || offered.length === 0) return undefined;
  if (typeof choice !== 'function') return offered.find((name) => choice.includes(name));
  const chosen = choice(offered, request);
  if (chosen !== undefined && !offered.includes(chosen)) {
    throw new TypeError('protocols() must return one of the offered subprotocols or undefined');
  }
  return chosen;
}
