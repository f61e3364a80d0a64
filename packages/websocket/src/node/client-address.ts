/** What a client makes of a URL, and checks of what callers of the WHATWG interfaces give: https://websockets.spec.whatwg.org/ */

/** A token of RFC 9110 §5.6.2, as RFC 6455 §4.1 wants subprotocol names. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** @throws {DOMException} SyntaxError */
export function parseWebSocketUrl(text: string): URL {
  if (!URL.canParse(text)) throw syntaxError('The URL cannot be parsed');
  const url = new URL(text);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw syntaxError(`The URL's scheme must be ws, wss, http or https, not ${url.protocol}`);
  }
  // An empty fragment leaves `hash` empty, and is one all the same.
  if (url.href.includes('#')) throw syntaxError('The URL must not have a fragment');
  return url;
}

/** @throws {DOMException} SyntaxError */
export function checkProtocols(names: readonly string[]): void {
  if (!names.every((name) => TOKEN.test(name))) {
    throw syntaxError('A subprotocol must be a token');
  }
  if (new Set(names.map((name) => name.toLowerCase())).size !== names.length) {
    throw syntaxError('A subprotocol is named twice');
  }
}

/** User and password of the URL as a header, as a browser sends them. */
export function credentials(url: URL): string[] {
  const value = basicCredentials(url);
  return value === undefined ? [] : ['authorization', value];
}

/** User and password of a URL in the Basic scheme (RFC 7617 §2); undefined: there are none. */
export function basicCredentials({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${percentDecode(username)}:${percentDecode(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** Without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

export function portOf({ protocol, port }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'wss:' || protocol === 'https:' ? 443 : 80;
}

/** A lone percent sign is allowed in a URL, and stands for itself. */
function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Other codes are for the endpoint itself to send (RFC 6455 §7.4). */
export function isSendableByScripts(code: number): boolean {
  return code === 1000 || (code >= 3000 && code <= 4999);
}

/** @throws {DOMException} InvalidAccessError or SyntaxError, when a script may not close so */
export function checkCloseArguments(code: number | undefined, reason: string | undefined): void {
  if (code !== undefined && !isSendableByScripts(code)) {
    throw new DOMException(
      `The close code must be 1000 or between 3000 and 4999, got ${code}`,
      'InvalidAccessError',
    );
  }
  if (reason !== undefined && Buffer.byteLength(reason) > 123) {
    throw syntaxError('The reason is longer than 123 bytes');
  }
}

function syntaxError(message: string): DOMException {
  return new DOMException(message, 'SyntaxError');
}
