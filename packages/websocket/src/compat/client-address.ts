/** Addresses of `ws` clients: also unix sockets, and where a redirect may take credentials. */
import type { OutgoingHttpHeaders } from 'node:http';

/** A token of RFC 9110 §5.6.2. */
export const SUBPROTOCOL = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export interface Address {
  readonly url: URL;
  readonly isSecure: boolean;
  /** Of `ws+unix:`; what follows its colon is the path of the request. */
  readonly socketPath: string | undefined;
  readonly path: string;
  /** User and password, as `node:http` takes them. */
  readonly auth: string | undefined;
}

/** @throws {SyntaxError} */
export function parseAddress(text: string | URL): Address {
  const url = parse(text);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  const isUnix = url.protocol === 'ws+unix:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:' && !isUnix) {
    throw new SyntaxError(
      'The URL\'s protocol must be one of "ws:", "wss:", "http:", "https:", or "ws+unix:"',
    );
  }
  if (isUnix && url.pathname === '') throw new SyntaxError("The URL's pathname is empty");
  if (url.hash !== '') throw new SyntaxError('The URL contains a fragment identifier');
  const target = url.pathname + url.search;
  const [socketPath = '', ...rest] = target.split(':');
  const auth = `${percentDecode(url.username)}:${percentDecode(url.password)}`;
  return {
    url,
    isSecure: url.protocol === 'wss:',
    socketPath: isUnix ? socketPath : undefined,
    path: isUnix ? rest.join(':') : target,
    auth: url.username === '' && url.password === '' ? undefined : auth,
  };
}

/**
 * Where the first request went. Cookies and credentials go on only to the same host, and never
 * from `wss:` to `ws:`.
 */
export class RedirectedFrom {
  readonly #first: Address;

  constructor(first: Address) {
    this.#first = first;
  }

  get auth(): string | undefined {
    return this.#first.auth;
  }

  trusts(address: Address): boolean {
    return this.#isSameHost(address) && (address.isSecure || !this.#first.isSecure);
  }

  withoutSecrets(headers: OutgoingHttpHeaders, address: Address): OutgoingHttpHeaders {
    const secrets = ['authorization', 'cookie', ...(this.#isSameHost(address) ? [] : ['host'])];
    const kept = Object.entries(headers).filter(([name]) => !secrets.includes(name.toLowerCase()));
    return Object.fromEntries(kept);
  }

  #isSameHost({ url, socketPath }: Address): boolean {
    const { url: first, socketPath: firstPath } = this.#first;
    return socketPath === firstPath && url.host === first.host;
  }
}

function parse(text: string | URL): URL {
  if (text instanceof URL) return new URL(text);
  if (!URL.canParse(text)) throw new SyntaxError(`Invalid URL: ${text}`);
  return new URL(text);
}

/** A lone percent sign is allowed in a URL, and stands for itself. */
function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
