const SECURE: Readonly<Record<string, boolean>> = {
  'http:': false,
  'https:': true,
  'ws:': false,
  'wss:': true,
};

/** Where a server is, in the two schemes that reach it; no slash at the end. */
export interface BaseAddress {
  /** `ws:` or `wss:` */
  readonly webSocket: string;
  /** `http:` or `https:` */
  readonly http: string;
}

/** @throws {TypeError} on an address that cannot be meant */
export function parseBase(text: string): BaseAddress {
  let base: URL;
  try {
    base = new URL(text);
  } catch {
    throw new TypeError('url must be an absolute address');
  }
  const isSecure = SECURE[base.protocol];
  if (isSecure === undefined) {
    throw new TypeError(`url must be http, https, ws or wss, got ${base.protocol}`);
  }
  // Browsers drop them from a WebSocket address without a word.
  if (base.username !== '' || base.password !== '') {
    throw new TypeError('url must not contain a user name or a password');
  }
  const rest = `//${base.host}${base.pathname.replace(/\/+$/, '')}`;
  return {
    webSocket: `${isSecure ? 'wss:' : 'ws:'}${rest}`,
    http: `${isSecure ? 'https:' : 'http:'}${rest}`,
  };
}
