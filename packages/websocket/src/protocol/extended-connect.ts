/**
 * The opening handshake over HTTP/2: Extended CONNECT (RFC 8441 §4, §5).
 *
 * §5 defines it as the handshake of RFC 6455 §4 with other means for what Upgrade, Connection, the
 * key and the accept value were for. So that is how it is written: the fields that HTTP/2 has no
 * place for are put in or taken out, and the rules stay where they are, in opening-handshake.ts.
 */
import { encodeBase64 } from './base64.ts';
import { HandshakeError } from './errors.ts';
import { HeaderFields, type HandshakeResponse, type RawHeaders } from './http-message.ts';
import {
  buildRefusal,
  buildRequest,
  buildResponse,
  checkRequest,
  checkResponse,
  computeAccept,
  type RequestCheck,
  type RequestOptions,
  type ResponseCheck,
  type ResponseOptions,
  type SentRequest,
  type Sha1,
} from './opening-handshake.ts';

/** An Extended CONNECT: its pseudo-headers, and the fields behind them. */
export interface ConnectRequest {
  readonly method: string | undefined;
  readonly protocol: string | undefined;
  readonly scheme: string | undefined;
  readonly authority: string | undefined;
  readonly path: string | undefined;
  /** Without pseudo-headers. */
  readonly headers: RawHeaders;
}

export type ConnectRequestOptions = Omit<RequestOptions, 'key'> & { readonly isSecure: boolean };

/** What the client sent, for the check of the answer. */
export type SentConnect = Omit<SentRequest, 'key'>;

/** What HTTP/2 says by other means: pseudo-headers, SETTINGS, the stream itself (§5). */
const OTHER_MEANS: ReadonlySet<string> = new Set([
  'host',
  'upgrade',
  'connection',
  'sec-websocket-key',
  'sec-websocket-accept',
]);

/**
 * A server shows with the accept value that it understood the key; here SETTINGS have shown that it
 * understands (§3). Both stand-ins are known, and match.
 */
const STAND_IN_KEY = encodeBase64(new Uint8Array(16));
const standInHash: Sha1 = () => new Uint8Array(20);
const UPGRADE_FIELDS = ['upgrade', 'websocket', 'connection', 'Upgrade'] as const;

/**
 * The client's request (§4, §5).
 *
 * @throws {TypeError} on a value that would break the header block or the rules of RFC 6455 §4.1
 */
export function buildConnectRequest({
  isSecure,
  ...options
}: ConnectRequestOptions): ConnectRequest {
  const { target, headers } = buildRequest({ ...options, key: STAND_IN_KEY });
  return {
    method: 'CONNECT',
    protocol: 'websocket',
    // §5: the scheme of the URL as it would be without WebSocket.
    scheme: isSecure ? 'https' : 'http',
    authority: options.host,
    path: target,
    headers: withoutOtherMeans(headers),
  };
}

/** The server's reading of an Extended CONNECT. Never throws. The offer has no key. */
export function checkConnectRequest(request: ConnectRequest): RequestCheck {
  const { protocol, authority = '', path = '', headers } = request;
  if (!isWellFormed(request)) return refused(new HandshakeError('PW_WS_CONNECT_REQUEST'));
  // RFC 9220 §3 has the status for this.
  if (protocol !== 'websocket') return refused(new HandshakeError('PW_WS_CONNECT_PROTOCOL'));
  const check = checkRequest({
    method: 'GET',
    httpVersion: '1.1',
    target: path,
    headers: [
      ...withoutOtherMeans(headers),
      ...UPGRADE_FIELDS,
      'host',
      authority,
      'sec-websocket-key',
      STAND_IN_KEY,
    ],
  });
  return check.ok ? { ok: true, offer: { ...check.offer, key: '' } } : check;
}

/** The pseudo-headers of §4, and the fields that HTTP/2 forbids (RFC 9113 §8.2.2, §8.3.1). */
function isWellFormed({ method, scheme, authority, path, headers }: ConnectRequest): boolean {
  const fields = new HeaderFields(headers);
  const hosts = fields.all('host');
  return (
    method === 'CONNECT' &&
    (scheme === 'https' || scheme === 'http') &&
    authority !== undefined &&
    path?.startsWith('/') === true &&
    hosts.every((host) => host.toLowerCase() === authority.toLowerCase()) &&
    !fields.has('connection') &&
    !fields.has('upgrade')
  );
}

function refused(problem: HandshakeError): RequestCheck {
  return { ok: false, problems: [problem] };
}

/**
 * The server's 200 (§5).
 *
 * @throws {TypeError} when the subprotocol or an extension was not offered
 */
export function buildConnectResponse(options: Omit<ResponseOptions, 'sha1'>): HandshakeResponse {
  const { headers } = buildResponse({ ...options, sha1: standInHash });
  return { status: 200, headers: withoutOtherMeans(headers) };
}

/** The server's refusal; 426 asks for an Upgrade, which HTTP/2 does not have, and becomes 400. */
export function buildConnectRefusal(error: HandshakeError): HandshakeResponse {
  const { status, headers, body = '' } = buildRefusal(error);
  return { status: status === 426 ? 400 : status, headers: withoutOtherMeans(headers), body };
}

/** The client's reading of the answer: any 2xx opens (RFC 9110 §9.3.6). Never throws. */
export function checkConnectResponse(
  { status, headers }: HandshakeResponse,
  sent: SentConnect,
): ResponseCheck {
  const accept = computeAccept(STAND_IN_KEY, standInHash);
  return checkResponse(
    {
      // HTTP/2 has no 101 (RFC 9113 §8.6): here it would be an answer that decides nothing.
      status: status >= 200 && status < 300 ? 101 : status === 101 ? 0 : status,
      headers: [...withoutOtherMeans(headers), ...UPGRADE_FIELDS, 'sec-websocket-accept', accept],
    },
    { ...sent, key: STAND_IN_KEY },
    standInHash,
  );
}

/** HTTP/2 wants names in lower case (RFC 9113 §8.2). */
function withoutOtherMeans(headers: RawHeaders): string[] {
  const rest: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = (headers[index] as string).toLowerCase();
    if (!OTHER_MEANS.has(name)) rest.push(name, headers[index + 1] as string);
  }
  return rest;
}
