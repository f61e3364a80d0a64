/** What the opening handshake needs of HTTP/1.1 messages (RFC 9112). */
import { isFieldValue, isToken, trimWhitespace } from './header-syntax.ts';

/** Names and values in turn, in the order and spelling of the wire, as Node's `rawHeaders`. */
export type RawHeaders = readonly string[];

export interface HandshakeRequest {
  readonly method: string;
  /** `1.1`, as Node's `httpVersion`. */
  readonly httpVersion: string;
  /** The request target: path and query. */
  readonly target: string;
  readonly headers: RawHeaders;
}

export interface HandshakeResponse {
  readonly status: number;
  readonly headers: RawHeaders;
  /** Refusals say why; 101 has none. */
  readonly body?: string;
}

const REASON_PHRASES: ReadonlyMap<number, string> = new Map([
  [101, 'Switching Protocols'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [426, 'Upgrade Required'],
  [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
]);

/** The header block as it goes on the wire: CRLF line ends, the empty line included. */
export function formatRequest(request: HandshakeRequest): string {
  return formatBlock(`${request.method} ${request.target} HTTP/1.1`, request.headers);
}

/** Header block and body as they go on the wire. */
export function formatResponse(response: HandshakeResponse): string {
  const { status, headers, body = '' } = response;
  // §15 of RFC 9110: the phrase may be empty, the space before it stays.
  return formatBlock(`HTTP/1.1 ${status} ${REASON_PHRASES.get(status) ?? ''}`, headers) + body;
}

function formatBlock(startLine: string, headers: RawHeaders): string {
  let block = `${startLine}\r\n`;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    block += `${headers[index]}: ${headers[index + 1]}\r\n`;
  }
  return `${block}\r\n`;
}

/**
 * Header fields by name, looked up where they are: a handshake has few, and a table of them costs
 * more than it saves.
 *
 * Every value of a repeated field counts: whether that is allowed depends on the field.
 */
export class HeaderFields {
  readonly #headers: RawHeaders;
  /** In lower case, one for every value. */
  readonly #names: readonly string[];

  constructor(headers: RawHeaders) {
    this.#headers = headers;
    const names: string[] = [];
    for (let index = 0; index + 1 < headers.length; index += 2) {
      names.push((headers[index] as string).toLowerCase());
    }
    this.#names = names;
  }

  /** @param name - in lower case, as everywhere below */
  has(name: string): boolean {
    return this.#names.includes(name);
  }

  /** Every value, in order. */
  all(name: string): readonly string[] {
    const values: string[] = [];
    for (let at = this.#find(name, 0); at !== -1; at = this.#find(name, at + 1)) {
      values.push(this.#valueAt(at));
    }
    return values;
  }

  /** The value of a field that may stand once only; undefined when it is missing or repeated. */
  only(name: string): string | undefined {
    const at = this.#find(name, 0);
    return at === -1 || this.#find(name, at + 1) !== -1 ? undefined : this.#valueAt(at);
  }

  /** The value of a list field, its lines joined (RFC 9110 §5.3); undefined when it is missing. */
  list(name: string): string | undefined {
    const values = this.only(name) ?? this.all(name);
    if (typeof values === 'string') return values;
    return values.length === 0 ? undefined : values.join(', ');
  }

  #find(name: string, from: number): number {
    return this.#names.indexOf(name, from);
  }

  #valueAt(at: number): string {
    return trimWhitespace(this.#headers[2 * at + 1] as string);
  }
}

/**
 * Refuses headers that would break the header block, or that the handshake sets itself.
 *
 * @param reserved - names in lower case
 * @throws {TypeError}
 */
export function requireExtraHeaders(headers: RawHeaders, reserved: ReadonlySet<string>): void {
  if (headers.length % 2 !== 0) throw new TypeError('headers: expected names and values in turn');
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (!isToken(name)) throw new TypeError('headers: expected every name to be a token');
    if (!isFieldValue(headers[index + 1] as string)) {
      throw new TypeError(`headers: the value of ${name} holds characters a header cannot carry`);
    }
    if (reserved.has(name.toLowerCase())) {
      throw new TypeError(`headers: ${name} is set by the opening handshake itself`);
    }
  }
}
