import type { HandshakeError } from './errors.ts';
import type { Extension } from './extension-header.ts';

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

/** SHA-1 of `bytes`: 20 bytes. Passed in, the core has no hash of its own. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array;

export interface RequestOptions {
  /** The authority for the Host header; without the port when it is the scheme's default. */
  readonly host: string;
  readonly target: string;
  /** 16 fresh random bytes (§4.1). `encodeKey` puts them into base64. */
  readonly key: string;
  readonly protocols?: readonly string[];
  readonly extensions?: readonly Extension[];
  readonly origin?: string;
  /** Further headers (cookies, authorization); those the handshake itself sets are refused. */
  readonly headers?: RawHeaders;
}

/** What a client asks for, once every check of §4.2.1 has passed. */
export interface HandshakeOffer {
  readonly key: string;
  readonly protocols: readonly string[];
  readonly extensions: readonly Extension[];
  readonly origin: string | undefined;
  readonly host: string;
}

export type RequestCheck =
  | { readonly ok: true; readonly offer: HandshakeOffer }
  /** Every rule that was broken, the gravest first. */
  | { readonly ok: false; readonly problems: readonly [HandshakeError, ...HandshakeError[]] };

export interface ResponseOptions {
  readonly offer: HandshakeOffer;
  readonly sha1: Sha1;
  /** Must be one of the offer's; omitted when none was chosen. */
  readonly protocol?: string;
  /** As negotiated; omitted when none. */
  readonly extensions?: readonly Extension[];
  readonly headers?: RawHeaders;
}

/** What was agreed on, once every check of §4.1 has passed. */
export interface HandshakeAgreement {
  /** Empty when none was chosen. */
  readonly protocol: string;
  readonly extensions: readonly Extension[];
}

export type ResponseCheck =
  | { readonly ok: true; readonly agreement: HandshakeAgreement }
  | { readonly ok: false; readonly problems: readonly [HandshakeError, ...HandshakeError[]] };

/** What the client sent, for the check of the answer. */
export interface SentRequest {
  readonly key: string;
  readonly protocols?: readonly string[];
  readonly extensions?: readonly Extension[];
}

/** The client's request (§4.1). @throws {TypeError} on a value that would break the header block. */
export declare function buildRequest(options: RequestOptions): HandshakeRequest;
/** The header block as it goes on the wire, CRLF line ends and the empty line included. */
export declare function formatRequest(request: HandshakeRequest): string;
/** The server's reading of a request (§4.2.1). Never throws. */
export declare function checkRequest(request: HandshakeRequest): RequestCheck;
/** The server's 101 (§4.2.2). @throws {TypeError} when the protocol is not one of the offer's. */
export declare function buildResponse(options: ResponseOptions): HandshakeResponse;
/** The server's refusal: status, headers it asks for (426: versions, 405: Allow) and a body. */
export declare function buildRefusal(
  error: HandshakeError,
  headers?: RawHeaders,
): HandshakeResponse;
export declare function formatResponse(response: HandshakeResponse): string;
/** The client's reading of the answer (§4.1, items 1–6). Never throws. */
export declare function checkResponse(
  response: HandshakeResponse,
  sent: SentRequest,
  sha1: Sha1,
): ResponseCheck;
/** The value of Sec-WebSocket-Accept (§4.2.2 item 5.4). */
export declare function computeAccept(key: string, sha1: Sha1): string;
/** The value of Sec-WebSocket-Key for 16 random bytes (§4.1). */
export declare function encodeKey(randomBytes: Uint8Array): string;
