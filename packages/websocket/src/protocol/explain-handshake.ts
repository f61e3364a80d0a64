/**
 * From the rule that is broken to the likely mistake behind it: `checkRequest` and `checkResponse`
 * say what is wrong, and these say which of the known ways of getting it wrong it was.
 */
import { decodeBase64, encodeBase64 } from './base64.ts';
import type { HandshakeErrorCode } from './errors.ts';
import { parseExtensions } from './extension-header.ts';
import type { FindingCode } from './finding.ts';
import { parseTokenList } from './header-syntax.ts';
import type { HeaderFields } from './http-message.ts';
import { encodeUtf8 } from './utf8.ts';

/** §1.3. */
export const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The key of the example in §1.3, which home-made servers answer with a copied accept value. */
const SAMPLE_KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

type Hash = (bytes: Uint8Array) => Uint8Array;

/** What an answer is looked at against. */
export interface AnswerContext {
  readonly status: number;
  readonly fields: HeaderFields;
  /** The key that was sent. */
  readonly key: string;
  readonly protocols: readonly string[];
  readonly sha1: Hash;
}

/** For a rule of `checkResponse` that the answer breaks; undefined: the rule says it all. */
export function explainResponse(
  code: HandshakeErrorCode,
  answer: AnswerContext,
): FindingCode | undefined {
  const { fields } = answer;
  switch (code) {
    case 'PW_WS_RESPONSE_STATUS':
      return explainStatus(answer.status);
    case 'PW_WS_RESPONSE_UPGRADE':
      return fields.has('upgrade') ? 'upgrade-wrong' : 'upgrade-missing';
    case 'PW_WS_RESPONSE_CONNECTION':
      return fields.has('connection') ? 'connection-wrong' : 'connection-missing';
    case 'PW_WS_RESPONSE_ACCEPT':
      return explainAccept(answer);
    case 'PW_WS_RESPONSE_PROTOCOL':
      return explainProtocol(answer);
    case 'PW_WS_RESPONSE_EXTENSION':
      return isExtensionList(fields) ? 'extension-not-offered' : 'extension-malformed';
    default:
      return undefined;
  }
}

const STATUS_FINDINGS: ReadonlyMap<number, FindingCode> = new Map([
  [400, 'bad-request'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'path-unknown'],
  [407, 'proxy-authentication'],
  [410, 'path-unknown'],
  [426, 'upgrade-required'],
  [429, 'too-many-requests'],
  [502, 'gateway-failed'],
  [503, 'unavailable'],
  [504, 'gateway-failed'],
]);

function explainStatus(status: number): FindingCode {
  if (status >= 300 && status < 400) return 'redirect';
  if (status >= 200 && status < 300) return 'page-instead-of-upgrade';
  return STATUS_FINDINGS.get(status) ?? (status >= 500 ? 'server-failed' : 'status-other');
}

function explainAccept({ fields, key, sha1 }: AnswerContext): FindingCode {
  const values = fields.all('sec-websocket-accept');
  if (values.length === 0) return 'accept-missing';
  if (values.length > 1) return 'accept-repeated';
  const [accept = ''] = values;
  return mistakenAccepts(key, sha1).get(accept) ?? 'accept-wrong';
}

/** What comes out when one step of §4.2.2 (5.4) is done wrong. */
function mistakenAccepts(key: string, sha1: Hash): ReadonlyMap<string, FindingCode> {
  const digest = (text: string): Uint8Array => sha1(encodeUtf8(text));
  const right = toHex(digest(key + ACCEPT_GUID));
  const decoded = new Uint8Array([...decodeBase64(key), ...encodeUtf8(ACCEPT_GUID)]);
  return new Map([
    [encodeBase64(digest(ACCEPT_GUID)), 'accept-of-empty-key'],
    [encodeBase64(digest(SAMPLE_KEY + ACCEPT_GUID)), 'accept-of-sample-key'],
    [encodeBase64(sha1(decoded)), 'accept-of-decoded-key'],
    [right, 'accept-of-hex'],
    [encodeBase64(encodeUtf8(right)), 'accept-of-hex'],
    [encodeBase64(encodeUtf8(right.toUpperCase())), 'accept-of-hex'],
    [encodeBase64(digest(key)), 'accept-without-guid'],
    [encodeBase64(digest(key + ACCEPT_GUID.toLowerCase())), 'accept-guid-case'],
    [key, 'accept-copies-key'],
  ]);
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function explainProtocol({ fields, protocols }: AnswerContext): FindingCode {
  const values = fields.all('sec-websocket-protocol');
  if (values.length > 1) return 'protocol-repeated';
  const [chosen = ''] = values;
  if (chosen === '') return 'protocol-empty';
  if (protocols.length === 0) return 'protocol-unrequested';
  if (protocols.some((offered) => offered.toLowerCase() === chosen.toLowerCase())) {
    return 'protocol-wrong-case';
  }
  const names = parseTokenList(chosen);
  return names !== undefined && names.length > 1 ? 'protocol-list' : 'protocol-not-offered';
}

function isExtensionList(fields: HeaderFields): boolean {
  return parseExtensions(fields.list('sec-websocket-extensions') ?? '') !== undefined;
}

/** For a rule of `checkRequest` that the request breaks; undefined: the rule says it all. */
export function explainRequest(
  code: HandshakeErrorCode,
  fields: HeaderFields,
): FindingCode | undefined {
  switch (code) {
    case 'PW_WS_UPGRADE':
      return fields.has('upgrade') ? 'request-upgrade-wrong' : 'request-without-upgrade';
    case 'PW_WS_KEY':
      return explainKey(fields.all('sec-websocket-key'));
    case 'PW_WS_VERSION':
      return explainVersion(fields.all('sec-websocket-version'));
    case 'PW_WS_ORIGIN':
      return 'request-origin-repeated';
    default:
      return undefined;
  }
}

function explainKey(values: readonly string[]): FindingCode {
  if (values.length === 0) return 'request-key-missing';
  return values.length > 1 ? 'request-key-repeated' : 'request-key-wrong';
}

function explainVersion(values: readonly string[]): FindingCode {
  const [version] = values;
  if (version === undefined) return 'request-version-missing';
  return values.length === 1 && /^\d{1,3}$/.test(version)
    ? 'request-version-other'
    : 'request-version-malformed';
}

/** What a Node error tells. */
export interface SystemFailure {
  /** Such as `ECONNREFUSED`. */
  readonly code?: string;
  readonly message: string;
}

/** For what the system reported when a connection could not be made; undefined: nothing we know. */
export function explainFailure({ code = '', message }: SystemFailure): FindingCode | undefined {
  const known = FAILURES.get(code);
  if (known !== undefined) return known;
  if (/^(?:DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)|CERT_)/.test(code)) {
    return 'certificate-untrusted';
  }
  if (code !== 'EPROTO' && !code.startsWith('ERR_SSL_')) return undefined;
  // What OpenSSL says of an answer that is no TLS record.
  if (/wrong.version.number|packet.length.too.long|http.request/i.test(message)) {
    return 'plain-port';
  }
  // The server speaks nothing that was offered by ALPN, which was HTTP/1.1.
  return /no.application.protocol/i.test(message) ? 'http2-only' : 'tls-failed';
}

const FAILURES: ReadonlyMap<string, FindingCode> = new Map([
  ['ENOTFOUND', 'host-unknown'],
  ['EAI_AGAIN', 'host-unknown'],
  ['ECONNREFUSED', 'connection-refused'],
  ['ETIMEDOUT', 'host-unreachable'],
  ['EHOSTUNREACH', 'host-unreachable'],
  ['ENETUNREACH', 'host-unreachable'],
  ['EADDRNOTAVAIL', 'host-unreachable'],
  ['ECONNRESET', 'closed-before-answer'],
  ['EPIPE', 'closed-before-answer'],
  ['CERT_HAS_EXPIRED', 'certificate-expired'],
  ['CERT_NOT_YET_VALID', 'certificate-expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate-name'],
]);
