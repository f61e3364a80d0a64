/**
 * The engine's four kinds of error; everything else that is thrown is a bug.
 *
 * Messages are fixed text: nothing the peer sent is ever part of them, so they can go to a log or
 * to the other side as they are.
 */
import type { FindingCode } from './finding.ts';
import { FINDING_TEXTS_EN } from './finding-texts-en.ts';

interface ProtocolRule {
  /** What goes on the wire (RFC 6455 §7.4.1). */
  readonly closeCode: number;
  /** Where the broken rule stands; RFC 6455 unless another RFC is named. */
  readonly section: string;
  readonly message: string;
}

const PROTOCOL_RULES = {
  PW_WS_RESERVED_BITS: {
    closeCode: 1002,
    section: '§5.2',
    message: 'a reserved bit is set that no negotiated extension gives a meaning',
  },
  PW_WS_RESERVED_OPCODE: { closeCode: 1002, section: '§5.2', message: 'the opcode is reserved' },
  PW_WS_UNMASKED_FRAME: {
    closeCode: 1002,
    section: '§5.1',
    message: 'the client sent a frame without a mask',
  },
  PW_WS_MASKED_FRAME: { closeCode: 1002, section: '§5.1', message: 'the server masked a frame' },
  PW_WS_NON_MINIMAL_LENGTH: {
    closeCode: 1002,
    section: '§5.2',
    message: 'the payload length is not encoded in the fewest bytes',
  },
  PW_WS_LENGTH_TOP_BIT: {
    closeCode: 1002,
    section: '§5.2',
    message: 'the most significant bit of a 64-bit payload length is set',
  },
  PW_WS_CONTROL_FRAGMENTED: {
    closeCode: 1002,
    section: '§5.5',
    message: 'a control frame is fragmented',
  },
  PW_WS_CONTROL_TOO_LONG: {
    closeCode: 1002,
    section: '§5.5',
    message: 'a control frame carries more than 125 bytes',
  },
  PW_WS_ORPHAN_CONTINUATION: {
    closeCode: 1002,
    section: '§5.4',
    message: 'a continuation frame came without a message to continue',
  },
  PW_WS_INTERRUPTED_MESSAGE: {
    closeCode: 1002,
    section: '§5.4',
    message: 'a new message began before the previous one was finished',
  },
  PW_WS_INVALID_UTF8: { closeCode: 1007, section: '§8.1', message: 'the text is not valid UTF-8' },
  PW_WS_MESSAGE_TOO_BIG: {
    closeCode: 1009,
    section: '§10.4',
    message: 'the message is longer than this endpoint accepts',
  },
  PW_WS_CLOSE_BODY_TOO_SHORT: {
    closeCode: 1002,
    section: '§5.5.1',
    message: 'the body of a Close frame is a single byte',
  },
  PW_WS_INVALID_CLOSE_CODE: {
    closeCode: 1002,
    section: '§7.4',
    message: 'the close code must not appear in a Close frame',
  },
  PW_WS_INVALID_CLOSE_REASON: {
    closeCode: 1007,
    section: '§5.5.1',
    message: 'the close reason is not valid UTF-8',
  },
  PW_WS_CORRUPT_COMPRESSED_DATA: {
    closeCode: 1007,
    section: 'RFC 7692 §7.2.2',
    message: 'the compressed message cannot be inflated',
  },
  PW_WS_POLICY_VIOLATION: {
    closeCode: 1008,
    section: '§7.4.1',
    message: 'the peer broke a policy of this endpoint',
  },
  PW_WS_TRY_AGAIN_LATER: {
    closeCode: 1013,
    section: '§10.4',
    message: 'this endpoint has no room for the message now',
  },
  PW_WS_INTERNAL_ERROR: {
    closeCode: 1011,
    section: '§7.4.1',
    message: 'this endpoint met a condition it was not prepared for',
  },
} as const satisfies Record<string, ProtocolRule>;

export type ProtocolErrorCode = keyof typeof PROTOCOL_RULES;

/**
 * The peer broke the protocol, or a limit of this endpoint (RFC 6455 §7.1.7).
 *
 * A value, not a throw: it leaves the core in a `fail` event and ends up as `error` of the closed
 * connection.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  /** Stable; safe to match on. */
  readonly code: ProtocolErrorCode;
  /** The code our Close frame carries. */
  readonly closeCode: number;
  /** Where the broken rule stands, `§…` of RFC 6455 unless another RFC is named. */
  readonly section: string;

  /** @param options - `cause` stays here; the peer is told the message only */
  constructor(code: ProtocolErrorCode, options?: { readonly cause?: unknown }) {
    const rule = PROTOCOL_RULES[code];
    super(`${rule.message} (${rule.section})`, options);
    this.code = code;
    this.closeCode = rule.closeCode;
    this.section = rule.section;
  }
}

/** Why an opening handshake was refused, by either side. `status` is what a server answers. */
interface HandshakeRule {
  readonly status: number;
  readonly section: string;
  readonly message: string;
  /** The likely mistake, unless somebody looked closer. */
  readonly finding: FindingCode;
}

const HANDSHAKE_RULES = {
  PW_WS_METHOD: {
    status: 405,
    section: '§4.1',
    message: 'the method is not GET',
    finding: 'request-method',
  },
  PW_WS_HTTP_VERSION: {
    status: 400,
    section: '§4.1',
    message: 'the request is not HTTP/1.1',
    finding: 'request-http-version',
  },
  PW_WS_TARGET: {
    status: 400,
    section: '§4.2.1',
    message: 'the request target is not a path',
    finding: 'request-target',
  },
  PW_WS_HOST: {
    status: 400,
    section: '§4.2.1',
    message: 'there must be exactly one Host header',
    finding: 'request-host',
  },
  PW_WS_UPGRADE: {
    status: 400,
    section: '§4.2.1',
    message: 'the Upgrade header does not ask for websocket',
    finding: 'request-without-upgrade',
  },
  PW_WS_CONNECTION: {
    status: 400,
    section: '§4.2.1',
    message: 'the Connection header does not name Upgrade',
    finding: 'request-connection',
  },
  PW_WS_KEY: {
    status: 400,
    section: '§4.2.1',
    message: 'there must be exactly one Sec-WebSocket-Key, 16 bytes in base64',
    finding: 'request-key-wrong',
  },
  PW_WS_VERSION: {
    status: 426,
    section: '§4.4',
    message: 'Sec-WebSocket-Version is not 13',
    finding: 'request-version-other',
  },
  PW_WS_PROTOCOL_SYNTAX: {
    status: 400,
    section: '§4.1',
    message: 'Sec-WebSocket-Protocol is not a list of distinct tokens',
    finding: 'request-protocols',
  },
  PW_WS_EXTENSION_SYNTAX: {
    status: 400,
    section: '§9.1',
    message: 'Sec-WebSocket-Extensions breaks its grammar',
    finding: 'request-extensions',
  },
  PW_WS_BODY: {
    status: 400,
    section: '§4.1',
    message: 'an opening handshake carries no body',
    finding: 'request-body',
  },
  PW_WS_CONNECT_REQUEST: {
    status: 400,
    section: 'RFC 8441 §4',
    message: 'the pseudo-headers are not those of an Extended CONNECT',
    finding: 'connect-malformed',
  },
  PW_WS_CONNECT_PROTOCOL: {
    status: 501,
    section: 'RFC 8441 §4',
    message: ':protocol is not websocket',
    finding: 'connect-protocol',
  },
  PW_WS_PATH: {
    status: 404,
    section: '§4.2.2',
    message: 'there is no WebSocket at this path',
    finding: 'path-unknown',
  },
  PW_WS_ORIGIN: {
    status: 403,
    section: '§10.2',
    message: 'this origin is not allowed',
    finding: 'origin-refused',
  },
  PW_WS_UNAUTHORIZED: {
    status: 401,
    section: '§4.2.2',
    message: 'authentication is required',
    finding: 'unauthorized',
  },
  PW_WS_FORBIDDEN: {
    status: 403,
    section: '§4.2.2',
    message: 'the connection is not allowed',
    finding: 'forbidden',
  },
  PW_WS_TOO_MANY: {
    status: 429,
    section: '§4.2.2',
    message: 'too many connections',
    finding: 'too-many-requests',
  },
  PW_WS_UNAVAILABLE: {
    status: 503,
    section: '§4.2.2',
    message: 'the server takes no new connections now',
    finding: 'unavailable',
  },
  PW_WS_SERVER_ERROR: {
    status: 500,
    section: '§4.2.2',
    message: 'the server met a condition it was not prepared for',
    finding: 'server-failed',
  },
  PW_WS_RESPONSE_STATUS: {
    status: 502,
    section: '§4.1',
    message: 'the server did not answer with 101 Switching Protocols',
    finding: 'status-other',
  },
  PW_WS_RESPONSE_SYNTAX: {
    status: 502,
    section: '§4.1',
    message: 'the answer is not a well-formed HTTP response',
    finding: 'not-http',
  },
  PW_WS_RESPONSE_UPGRADE: {
    status: 502,
    section: '§4.1',
    message: 'the Upgrade header of the answer is not exactly websocket',
    finding: 'upgrade-wrong',
  },
  PW_WS_RESPONSE_CONNECTION: {
    status: 502,
    section: '§4.1',
    message: 'the Connection header of the answer does not name Upgrade',
    finding: 'connection-wrong',
  },
  PW_WS_RESPONSE_ACCEPT: {
    status: 502,
    section: '§4.1',
    message: 'Sec-WebSocket-Accept does not belong to the key that was sent',
    finding: 'accept-wrong',
  },
  PW_WS_RESPONSE_PROTOCOL: {
    status: 502,
    section: '§4.1',
    message: 'the server chose a subprotocol that was not offered',
    finding: 'protocol-not-offered',
  },
  PW_WS_RESPONSE_NO_PROTOCOL: {
    status: 502,
    section: '§4.1',
    message: 'subprotocols were offered and the server chose none',
    finding: 'protocol-none-chosen',
  },
  PW_WS_RESPONSE_EXTENSION: {
    status: 502,
    section: '§9.1',
    message: 'the server accepted an extension that was not offered',
    finding: 'extension-not-offered',
  },
  PW_WS_RESPONSE_DEFLATE: {
    status: 502,
    section: 'RFC 7692 §7.1',
    message: 'the server answered the offer of permessage-deflate with parameters it must not use',
    finding: 'extension-parameters',
  },
  PW_WS_HTTP2: {
    status: 502,
    section: 'RFC 8441 §3',
    message: 'the server takes no WebSockets over HTTP/2',
    finding: 'http2-unsupported',
  },
  PW_WS_PROXY: {
    status: 502,
    section: 'RFC 9110 §9.3.6',
    message: 'the proxy did not open a way to the server',
    finding: 'proxy-refused',
  },
} as const satisfies Record<string, HandshakeRule>;

export type HandshakeErrorCode = keyof typeof HANDSHAKE_RULES;

export interface HandshakeErrorOptions {
  readonly cause?: unknown;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly responseStatus?: number | undefined;
  /** The mistake behind it, when it is known better than from the code. */
  readonly finding?: FindingCode | undefined;
}

/** The opening handshake was refused (RFC 6455 §4). */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
  readonly code: HandshakeErrorCode;
  /**
   * What a server answers with. On a client it is 502 (Bad Gateway) whatever came: what a server that
   * connects in somebody's name would answer with. For what came see `responseStatus`.
   */
  readonly status: number;
  /** On a client: the status with which the server, or the proxy, refused; undefined: it did not. */
  readonly responseStatus: number | undefined;
  readonly section: string;
  /** When the client may try again; a server says so in `Retry-After` (RFC 9110 §10.2.3). */
  readonly retryAfterMs: number | undefined;
  /** The likely mistake, one of docs/reference/handshake-findings.md. */
  readonly finding: FindingCode;

  constructor(code: HandshakeErrorCode, options?: HandshakeErrorOptions) {
    const rule = HANDSHAKE_RULES[code];
    super(`${rule.message} (${rule.section})`, options);
    this.code = code;
    this.status = options?.status ?? rule.status;
    this.section = rule.section;
    this.retryAfterMs = options?.retryAfterMs;
    this.responseStatus = options?.responseStatus;
    this.finding = options?.finding ?? rule.finding;
  }

  /** One sentence: what to do. Fixed text, as the message is. */
  get advice(): string {
    return FINDING_TEXTS_EN[this.finding].advice;
  }
}

interface ConnectionFailure {
  /** Where the RFC speaks of what did not come about. */
  readonly section: string;
  readonly message: string;
}

const CONNECTION_FAILURES = {
  PW_WS_CONNECT: {
    section: '§4.1',
    message: 'the connection could not be made',
  },
  PW_WS_SOCKET: {
    section: '§7.1.5',
    message: 'the socket failed',
  },
  PW_WS_ABNORMAL_CLOSURE: {
    section: '§7.1.5',
    message: 'the peer ended TCP without a Close frame',
  },
  PW_WS_HANDSHAKE_TIMEOUT: {
    section: '§4.1',
    message: 'the opening handshake took too long',
  },
  PW_WS_CLOSE_TIMEOUT: {
    section: '§7.1.1',
    message: 'the peer did not finish the closing handshake in time',
  },
  PW_WS_PONG_TIMEOUT: {
    section: '§5.5.2',
    message: 'the peer did not answer a ping in time',
  },
  PW_WS_SLOW_CONSUMER: {
    section: '§10.4',
    message: 'more is waiting to be sent than this endpoint keeps',
  },
  PW_WS_MEMORY_BUDGET: {
    section: '§10.4',
    message: 'the connections of this process hold more memory than they may',
  },
  PW_WS_CLOSED: {
    section: '§7.1.4',
    message: 'the connection ended before this was through',
  },
  PW_WS_TERMINATED: {
    section: '§7.1.1',
    message: 'this endpoint ended the connection without a closing handshake',
  },
  PW_WS_ABORTED: {
    section: '§4.1',
    message: 'the opening handshake was aborted',
  },
  PW_WS_BLOCKED_PORT: {
    section: 'Fetch §2.9',
    message: 'the port belongs to another protocol, as the fetch standard lists them',
  },
} as const satisfies Record<string, ConnectionFailure>;

export type ConnectionErrorCode = keyof typeof CONNECTION_FAILURES;

export interface ConnectionErrorOptions {
  readonly cause?: unknown;
  readonly finding?: FindingCode | undefined;
}

/** The world failed: network, timeout or limit. `cause` is what the system reported, if it did. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: ConnectionErrorCode;
  /** Where RFC 6455, unless another text is named, speaks of what did not come about. */
  readonly section: string;
  /** The likely reason why no connection came about, one of docs/reference/handshake-findings.md. */
  readonly finding: FindingCode | undefined;

  constructor(code: ConnectionErrorCode, options?: ConnectionErrorOptions) {
    const { section, message } = CONNECTION_FAILURES[code];
    super(message, options);
    this.code = code;
    this.section = section;
    this.finding = options?.finding;
  }

  /** One sentence: what to do, if there is something. Fixed text, as the message is. */
  get advice(): string | undefined {
    return this.finding === undefined ? undefined : FINDING_TEXTS_EN[this.finding].advice;
  }
}

/** The caller asked for something the connection's state does not allow; thrown at once. */
export class InvalidStateError extends Error {
  override readonly name = 'InvalidStateError';
  readonly code = 'PW_WS_INVALID_STATE';
}
