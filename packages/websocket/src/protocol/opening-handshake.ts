/** The opening handshake (RFC 6455 §4), both sides, as functions of what is on the wire. */
import { encodeBase64 } from './base64.ts';
import { HandshakeError, type HandshakeErrorCode } from './errors.ts';
import { ACCEPT_GUID, explainRequest, explainResponse } from './explain-handshake.ts';
import { formatExtensions, parseExtensions, type Extension } from './extension-header.ts';
import { isFieldValue, isToken, listNames, parseTokenList } from './header-syntax.ts';
import {
  HeaderFields,
  requireExtraHeaders,
  type HandshakeRequest,
  type HandshakeResponse,
  type RawHeaders,
} from './http-message.ts';
import { encodeUtf8, utf8Length } from './utf8.ts';

/** SHA-1 of `bytes`: 20 bytes. Passed in, the core has no hash of its own. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array;

const VERSION = '13';

/** 16 bytes in base64: 22 characters, the last of which has only two bits to say, and padding. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/** §4.1 (9): a number from 0 to 255 without leading zeros. */
const VERSION_NUMBER = /^(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])$/;

/** Fields that `headers` must not carry because we set them, or because they would add a body. */
const RESERVED_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'sec-websocket-accept',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'transfer-encoding',
  'upgrade',
]);

export interface RequestOptions {
  /** The authority for the Host header; without the port when it is the scheme's default. */
  readonly host: string;
  /** Path and query, beginning with a slash. */
  readonly target: string;
  /** `encodeKey` of 16 fresh random bytes. */
  readonly key: string;
  readonly protocols?: readonly string[];
  readonly extensions?: readonly Extension[];
  readonly origin?: string;
  /** Further headers (cookies, authorization); those the handshake itself sets are refused. */
  readonly headers?: RawHeaders;
}

/** What a client asks for, once every check of §4.2.1 has passed. */
export interface HandshakeOffer {
  readonly host: string;
  /** Empty over HTTP/2, which needs none (RFC 8441 §5). */
  readonly key: string;
  /** In the client's order of preference. */
  readonly protocols: readonly string[];
  readonly extensions: readonly Extension[];
  readonly origin: string | undefined;
}

export type RequestCheck =
  | { readonly ok: true; readonly offer: HandshakeOffer }
  /** Every rule that is broken, the gravest first. */
  | { readonly ok: false; readonly problems: readonly [HandshakeError, ...HandshakeError[]] };

export interface ResponseOptions {
  readonly offer: HandshakeOffer;
  readonly sha1: Sha1;
  /** One of the offer's; left out when none was chosen. */
  readonly protocol?: string;
  /** As negotiated; left out when none. */
  readonly extensions?: readonly Extension[];
  readonly headers?: RawHeaders;
}

/** What the client sent, for the check of the answer. */
export interface SentRequest {
  readonly key: string;
  readonly protocols?: readonly string[];
  readonly extensions?: readonly Extension[];
}

/** What was agreed on, once every check of §4.1 has passed. */
export interface HandshakeAgreement {
  /** Empty when none was asked for. */
  readonly protocol: string;
  readonly extensions: readonly Extension[];
}

export type ResponseCheck =
  | { readonly ok: true; readonly agreement: HandshakeAgreement }
  | { readonly ok: false; readonly problems: readonly [HandshakeError, ...HandshakeError[]] };

/** The value of Sec-WebSocket-Key for 16 random bytes (§4.1 (7)). */
export function encodeKey(randomBytes: Uint8Array): string {
  if (randomBytes.length !== 16) {
    throw new RangeError(`randomBytes: expected 16 bytes, got ${randomBytes.length}`);
  }
  return encodeBase64(randomBytes);
}

/** The value of Sec-WebSocket-Accept (§4.2.2 (5.4)): base64 of the 20 raw bytes, not of their hex. */
export function computeAccept(key: string, sha1: Sha1): string {
  return encodeBase64(sha1(encodeUtf8(key + ACCEPT_GUID)));
}

/**
 * The client's request (§4.1).
 *
 * @throws {TypeError} on a value that would break the header block or the rules of §4.1
 */
export function buildRequest(options: RequestOptions): HandshakeRequest {
  const { host, target, key, protocols = [], extensions = [], origin, headers = [] } = options;
  requireFieldValue('host', host);
  if (!isTarget(target)) throw new TypeError('target: expected a path without space or fragment');
  if (!KEY.test(key)) throw new TypeError('key: expected 16 bytes in base64');
  if (!protocols.every(isToken) || new Set(protocols).size !== protocols.length) {
    throw new TypeError('protocols: expected distinct tokens');
  }
  requireExtraHeaders(headers, RESERVED_FIELDS);
  const fields = ['Host', host, 'Upgrade', 'websocket', 'Connection', 'Upgrade'];
  fields.push('Sec-WebSocket-Key', key, 'Sec-WebSocket-Version', VERSION);
  if (origin !== undefined) {
    requireFieldValue('origin', origin);
    fields.push('Origin', origin);
  }
  if (protocols.length > 0) fields.push('Sec-WebSocket-Protocol', protocols.join(', '));
  if (extensions.length > 0) {
    fields.push('Sec-WebSocket-Extensions', formatExtensions(extensions));
  }
  fields.push(...headers);
  return { method: 'GET', httpVersion: '1.1', target, headers: fields };
}

/**
 * The server's reading of a request (§4.2.1). Never throws.
 *
 * Paths, origins and credentials are left to the caller; the syntax of everything is checked here.
 */
export function checkRequest(request: HandshakeRequest): RequestCheck {
  const fields = new HeaderFields(request.headers);
  const problems: HandshakeError[] = [];
  const demand = (satisfied: boolean, code: HandshakeErrorCode, status?: number) => {
    if (satisfied) return;
    problems.push(new HandshakeError(code, { status, finding: explainRequest(code, fields) }));
  };

  demand(request.method === 'GET', 'PW_WS_METHOD');
  demand(isHttpVersionSufficient(request.httpVersion), 'PW_WS_HTTP_VERSION');
  demand(isTarget(request.target), 'PW_WS_TARGET');
  const host = fields.only('host');
  demand(host !== undefined && isHost(host), 'PW_WS_HOST');
  const upgrade = fields.list('upgrade');
  // Without the header it is a plain request, and 426 (RFC 9110 §15.5.22) says what is missing.
  demand(upgrade !== undefined, 'PW_WS_UPGRADE', 426);
  demand(upgrade === undefined || listNames(upgrade, 'websocket'), 'PW_WS_UPGRADE');
  demand(listNames(fields.list('connection') ?? '', 'upgrade'), 'PW_WS_CONNECTION');
  demand(hasNoBody(fields), 'PW_WS_BODY');
  const versionStatus = checkVersion(fields);
  demand(versionStatus === undefined, 'PW_WS_VERSION', versionStatus);
  const key = fields.only('sec-websocket-key');
  demand(key !== undefined && KEY.test(key), 'PW_WS_KEY');
  const protocols = parseProtocols(fields.list('sec-websocket-protocol'));
  demand(protocols !== undefined, 'PW_WS_PROTOCOL_SYNTAX');
  const extensions = parseOfferedExtensions(fields.list('sec-websocket-extensions'));
  demand(extensions !== undefined, 'PW_WS_EXTENSION_SYNTAX');
  demand(fields.all('origin').length <= 1, 'PW_WS_ORIGIN', 400);

  const [first, ...others] = problems;
  if (first !== undefined) return { ok: false, problems: [first, ...others] };
  const offer: HandshakeOffer = {
    host: host ?? '',
    key: key ?? '',
    protocols: protocols ?? [],
    extensions: extensions ?? [],
    origin: fields.only('origin'),
  };
  return { ok: true, offer };
}

/**
 * The server's 101 (§4.2.2).
 *
 * @throws {TypeError} when the subprotocol or an extension was not offered
 */
export function buildResponse(options: ResponseOptions): HandshakeResponse {
  const { offer, sha1, protocol, extensions = [], headers = [] } = options;
  requireExtraHeaders(headers, RESERVED_FIELDS);
  const fields = ['Upgrade', 'websocket', 'Connection', 'Upgrade'];
  fields.push('Sec-WebSocket-Accept', computeAccept(offer.key, sha1));
  if (protocol !== undefined) {
    if (!offer.protocols.includes(protocol)) {
      throw new TypeError('protocol: expected one of those the client offered');
    }
    fields.push('Sec-WebSocket-Protocol', protocol);
  }
  if (extensions.length > 0) {
    if (!wereOffered(extensions, offer.extensions)) {
      throw new TypeError('extensions: expected those the client offered');
    }
    fields.push('Sec-WebSocket-Extensions', formatExtensions(extensions));
  }
  fields.push(...headers);
  return { status: 101, headers: fields };
}

/** The server's refusal: status, the headers that status asks for, and a body that says why and what to do. */
export function buildRefusal(error: HandshakeError, headers: RawHeaders = []): HandshakeResponse {
  requireExtraHeaders(headers, RESERVED_FIELDS);
  const body = `${error.message}\n${error.advice}\n`;
  const fields = ['Connection', 'close', 'Content-Type', 'text/plain; charset=utf-8'];
  fields.push('Content-Length', String(utf8Length(body)));
  // §4.2.2 (4): whatever status a wrong version gets, the right ones are named beside it.
  if (error.status === 426) fields.push('Upgrade', 'websocket');
  if (error.status === 426 || error.code === 'PW_WS_VERSION') {
    fields.push('Sec-WebSocket-Version', VERSION);
  }
  if (error.status === 405) fields.push('Allow', 'GET');
  if (error.retryAfterMs !== undefined) {
    fields.push('Retry-After', String(Math.ceil(error.retryAfterMs / 1_000)));
  }
  fields.push(...headers);
  return { status: error.status, headers: fields, body };
}

/** The client's reading of the answer (§4.1, items 1–6). Never throws. */
export function checkResponse(
  response: HandshakeResponse,
  sent: SentRequest,
  sha1: Sha1,
): ResponseCheck {
  const fields = new HeaderFields(response.headers);
  const { key, protocols: offered = [] } = sent;
  const answer = { status: response.status, fields, key, protocols: offered, sha1 };
  const problems: HandshakeError[] = [];
  const demand = (satisfied: boolean, code: HandshakeErrorCode) => {
    if (satisfied) return;
    const finding = explainResponse(code, answer);
    const responseStatus = response.status === 101 ? undefined : response.status;
    problems.push(new HandshakeError(code, { finding, responseStatus }));
  };

  demand(response.status === 101, 'PW_WS_RESPONSE_STATUS');
  demand(fields.only('upgrade')?.toLowerCase() === 'websocket', 'PW_WS_RESPONSE_UPGRADE');
  demand(listNames(fields.list('connection') ?? '', 'upgrade'), 'PW_WS_RESPONSE_CONNECTION');
  const accept = fields.only('sec-websocket-accept');
  demand(accept === computeAccept(key, sha1), 'PW_WS_RESPONSE_ACCEPT');
  const extensions = parseOfferedExtensions(fields.list('sec-websocket-extensions'));
  const agreed = extensions !== undefined && wereOffered(extensions, sent.extensions ?? []);
  demand(agreed, 'PW_WS_RESPONSE_EXTENSION');
  const protocol = fields.only('sec-websocket-protocol');
  if (fields.has('sec-websocket-protocol')) {
    // Compared as it stands: neither case nor a list is forgiven.
    demand(protocol !== undefined && offered.includes(protocol), 'PW_WS_RESPONSE_PROTOCOL');
  } else {
    // Stricter than §4.1, as WHATWG wants: who asked for a subprotocol cannot go on without one.
    demand(offered.length === 0, 'PW_WS_RESPONSE_NO_PROTOCOL');
  }

  const [first, ...others] = problems;
  if (first !== undefined) return { ok: false, problems: [first, ...others] };
  return { ok: true, agreement: { protocol: protocol ?? '', extensions: extensions ?? [] } };
}

/** §4.1: HTTP/1.1 or higher. */
function isHttpVersionSufficient(version: string): boolean {
  const [major, minor] = version.split('.', 2);
  return Number(major) > 1 || (major === '1' && Number(minor) >= 1);
}

/** A path, or the absolute form that §4.2.1 (1) allows too; without a fragment (§3). */
function isTarget(target: string): boolean {
  return /^(?:\/|https?:\/\/)[\x21\x22\x24-\x7e]*$/i.test(target);
}

/** Loose on purpose: which names are ours is the caller's decision. */
function isHost(host: string): boolean {
  return /^[\x21-\x7e]+$/.test(host) && !/[/\\?#@,]/.test(host);
}

/** Bytes behind the header block are frames already; a body in between would be read as such. */
function hasNoBody(fields: HeaderFields): boolean {
  return (
    !fields.has('transfer-encoding') &&
    fields.all('content-length').every((length) => length === '0')
  );
}

/** The status to refuse with: 426 for a version that is not ours, 400 for what is none (§4.4). */
function checkVersion(fields: HeaderFields): 400 | 426 | undefined {
  if (!fields.has('sec-websocket-version')) return 426;
  const version = fields.only('sec-websocket-version');
  if (version === undefined || !VERSION_NUMBER.test(version)) return 400;
  return version === VERSION ? undefined : 426;
}

/** Undefined when the header is there and is not a list of distinct tokens (§4.1 (10)). */
function parseProtocols(header: string | undefined): string[] | undefined {
  if (header === undefined) return [];
  const protocols = parseTokenList(header);
  const distinct = protocols !== undefined && new Set(protocols).size === protocols.length;
  return distinct ? protocols : undefined;
}

function parseOfferedExtensions(header: string | undefined): Extension[] | undefined {
  return header === undefined ? [] : parseExtensions(header);
}

/** By name; what the parameters may be is the extension's business. */
function wereOffered(chosen: readonly Extension[], offered: readonly Extension[]): boolean {
  return chosen.every(({ name }) => offered.some((extension) => extension.name === name));
}

function requireFieldValue(argument: string, value: string): void {
  if (value === '' || !isFieldValue(value)) {
    throw new TypeError(`${argument}: expected text that a header can carry`);
  }
}
