/**
 * From an option's text to its value. Each parser refuses with a sentence that says what was
 * expected; who calls it adds which option it was, and whether the text may be repeated.
 */
import { isIP } from 'node:net';

export class BadValueError extends Error {
  override readonly name = 'BadValueError';
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new BadValueError('expected a port number from 0 to 65535');
  }
  return port;
}

/** A name or a literal address to bind; IPv6 with or without brackets. */
export function parseBindHost(text: string): string {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const isName = /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/.test(bare);
  // Four numbers that are no address ("999.1.1.1") would otherwise pass for a name.
  if (isIP(bare) === 0 && (!isName || /^[\d.]+$/.test(bare))) {
    throw new BadValueError('expected an address or a host name, without port');
  }
  return bare;
}

/** @returns scheme, host and port without a final slash */
export function parseHttpOrigin(text: string): string {
  const url = parseUrl(text, ['http:', 'https:']);
  if (!url || url.pathname !== '/' || hasMoreThanOrigin(url)) {
    throw new BadValueError('expected an address such as https://pair.example.org, without a path');
  }
  return url.origin;
}

/** Where a relay answers: http, https, ws and wss mean the same two things. */
export function parseRelayUrl(text: string): string {
  const url = parseUrl(text, ['http:', 'https:', 'ws:', 'wss:']);
  if (!url || url.pathname !== '/' || hasMoreThanOrigin(url)) {
    throw new BadValueError('expected an address such as http://127.0.0.1:1818, without a path');
  }
  return `${url.protocol.replace('ws', 'http')}//${url.host}`;
}

export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
}

/** Default port: RFC 7252 §6.1. */
const COAP_PORT = 5683;

export function parseGatewayUrl(text: string): GatewayAddress {
  const url = parseUrl(text, ['coap:']);
  if (!url || url.hostname === '' || !/^\/?$/.test(url.pathname) || hasMoreThanOrigin(url)) {
    throw new BadValueError('expected an address such as coap://192.168.1.7:5683');
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? COAP_PORT : Number(url.port),
  };
}

/** Where a WebSocket is opened; http and https mean ws and wss. */
export function parseEndpointUrl(text: string): URL {
  const url = parseUrl(text, ['http:', 'https:', 'ws:', 'wss:']);
  if (!url || text.includes('#') || !isDecodable(url.username + url.password)) {
    throw new BadValueError(
      'expected an address such as wss://example.org/chat, without a fragment',
    );
  }
  url.protocol = url.protocol.replace('http', 'ws');
  return url;
}

/** A subprotocol's name (RFC 6455 §4.1): a token. */
export function parseProtocol(text: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)) {
    throw new BadValueError('expected names without spaces and separators');
  }
  return text;
}

const LONGEST_TIMEOUT_MS = 600_000;

export function parseTimeout(text: string): number {
  const timeoutMs = Number(text);
  if (!/^\d{1,6}$/.test(text) || timeoutMs === 0 || timeoutMs > LONGEST_TIMEOUT_MS) {
    throw new BadValueError(`expected milliseconds from 1 to ${LONGEST_TIMEOUT_MS}`);
  }
  return timeoutMs;
}

/** A flag without a value; as a variable it needs one. */
export function parseSwitch(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new BadValueError('expected true or false');
  return text === 'true';
}

/** `loopback`, an address, or a range in CIDR notation (RFC 4632). */
export function parseProxyRange(text: string): string {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  const isPrefix =
    prefix === undefined ||
    (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
  if (text !== 'loopback' && (family === 0 || !isPrefix || rest.length > 0)) {
    throw new BadValueError('expected "loopback", an address or a range such as 10.0.0.0/8');
  }
  return text;
}

export function parseStore(text: string): 'memory' {
  if (text === 'memory') return text;
  if (/^rediss?:/i.test(text)) {
    throw new BadValueError('Redis is not there yet: "memory" is the only store');
  }
  throw new BadValueError('expected "memory"');
}

export function parseLabel(text: string): string {
  const label = text.trim();
  if (label === '' || label.length > 64 || /\p{Cc}/u.test(label)) {
    throw new BadValueError('expected 1 to 64 characters');
  }
  return label;
}

export function parsePath(text: string): string {
  if (text === '' || text.includes('\0')) throw new BadValueError('expected the path of a file');
  return text;
}

/** A parser that takes one of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new BadValueError(`expected one of ${words.join(', ')}`);
    return word;
  };
}

/** A parser for a list: the option given several times, or once with commas. */
export function listOf<T>(parseItem: (text: string) => T): (text: string) => readonly T[] {
  return (text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map(parseItem);
}

function parseUrl(text: string, schemes: readonly string[]): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  // Port 0 means "any free one" to who listens; nobody answers there.
  return schemes.includes(url.protocol) && url.port !== '0' ? url : undefined;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function hasMoreThanOrigin({ username, password, search, hash }: URL): boolean {
  return username !== '' || password !== '' || search !== '' || hash !== '';
}
