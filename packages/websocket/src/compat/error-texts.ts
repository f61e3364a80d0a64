/** The engine's errors in the words and codes that programs written for `ws` look for. */
import type {
  HandshakeError,
  HandshakeErrorCode,
  ProtocolError,
  ProtocolErrorCode,
} from '../protocol/index.ts';

type Frame = readonly [type: 'Error' | 'RangeError' | 'TypeError', text: string, code?: string];

const INVALID = 'Invalid WebSocket frame: ';

/** By what the peer did. `PW_WS_…` codes that `ws` has no word for keep their own. */
const FRAMES: Readonly<Record<ProtocolErrorCode, Frame>> = {
  PW_WS_RESERVED_BITS: [
    'RangeError',
    `${INVALID}RSV1, RSV2 and RSV3 must be clear`,
    'WS_ERR_UNEXPECTED_RSV_1',
  ],
  PW_WS_RESERVED_OPCODE: ['RangeError', `${INVALID}invalid opcode`, 'WS_ERR_INVALID_OPCODE'],
  PW_WS_UNMASKED_FRAME: ['RangeError', `${INVALID}MASK must be set`, 'WS_ERR_EXPECTED_MASK'],
  PW_WS_MASKED_FRAME: ['RangeError', `${INVALID}MASK must be clear`, 'WS_ERR_UNEXPECTED_MASK'],
  PW_WS_NON_MINIMAL_LENGTH: ['RangeError', `${INVALID}payload length is not minimal`],
  PW_WS_LENGTH_TOP_BIT: [
    'RangeError',
    'Unsupported WebSocket frame: payload length > 2^53 - 1',
    'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
  ],
  PW_WS_CONTROL_FRAGMENTED: ['RangeError', `${INVALID}FIN must be set`, 'WS_ERR_EXPECTED_FIN'],
  PW_WS_CONTROL_TOO_LONG: [
    'RangeError',
    `${INVALID}invalid payload length`,
    'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
  ],
  PW_WS_ORPHAN_CONTINUATION: ['RangeError', `${INVALID}invalid opcode 0`, 'WS_ERR_INVALID_OPCODE'],
  PW_WS_INTERRUPTED_MESSAGE: ['RangeError', `${INVALID}invalid opcode`, 'WS_ERR_INVALID_OPCODE'],
  PW_WS_INVALID_UTF8: ['Error', `${INVALID}invalid UTF-8 sequence`, 'WS_ERR_INVALID_UTF8'],
  PW_WS_MESSAGE_TOO_BIG: [
    'RangeError',
    'Max payload size exceeded',
    'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  ],
  PW_WS_CLOSE_BODY_TOO_SHORT: [
    'RangeError',
    `${INVALID}invalid payload length 1`,
    'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH',
  ],
  PW_WS_INVALID_CLOSE_CODE: [
    'RangeError',
    `${INVALID}invalid status code`,
    'WS_ERR_INVALID_CLOSE_CODE',
  ],
  PW_WS_INVALID_CLOSE_REASON: ['Error', `${INVALID}invalid UTF-8 sequence`, 'WS_ERR_INVALID_UTF8'],
  PW_WS_CORRUPT_COMPRESSED_DATA: ['Error', 'invalid compressed data', 'Z_DATA_ERROR'],
  PW_WS_POLICY_VIOLATION: ['Error', 'The peer broke a policy of this endpoint'],
  PW_WS_TRY_AGAIN_LATER: ['Error', 'This endpoint has no room for the message now'],
  PW_WS_INTERNAL_ERROR: ['Error', 'This endpoint met a condition it was not prepared for'],
};

const TYPES = { Error, RangeError, TypeError } as const;

/** For the `error` event of a connection whose peer broke the protocol. `cause` is the engine's. */
export function frameErrorOf(cause: ProtocolError): Error & { readonly code: string } {
  const [type, text, code = cause.code] = FRAMES[cause.code];
  return Object.assign(new TYPES[type](text, { cause }), { code });
}

/** A request that a server refuses: what stands in the body of the answer. */
const REQUESTS: Partial<Readonly<Record<HandshakeErrorCode, string>>> = {
  PW_WS_METHOD: 'Invalid HTTP method',
  PW_WS_UPGRADE: 'Invalid Upgrade header',
  PW_WS_KEY: 'Missing or invalid Sec-WebSocket-Key header',
  PW_WS_VERSION: 'Missing or invalid Sec-WebSocket-Version header',
  PW_WS_PROTOCOL_SYNTAX: 'Invalid Sec-WebSocket-Protocol header',
  PW_WS_EXTENSION_SYNTAX: 'Invalid or unacceptable Sec-WebSocket-Extensions header',
};

export interface RequestRefusal {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What `ws` would have found first counts; what only the engine refuses comes after that. */
export function refusalOf(
  problems: readonly [HandshakeError, ...HandshakeError[]],
): RequestRefusal {
  const order = Object.keys(REQUESTS);
  const known = problems.filter(({ code }) => code in REQUESTS);
  const [first] = known.sort((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
  const { code, message } = first ?? problems[0];
  return {
    status: code === 'PW_WS_METHOD' ? 405 : 400,
    message: REQUESTS[code] ?? message,
    headers: code === 'PW_WS_VERSION' ? { 'Sec-WebSocket-Version': '13' } : {},
  };
}

/** An answer that a client does not take. */
export function answerErrorOf(
  cause: HandshakeError,
  asked: { readonly protocols: boolean; readonly extensions: boolean },
): Error {
  return new Error(answerText(cause, asked), { cause });
}

function answerText(
  { code, message }: HandshakeError,
  asked: { readonly protocols: boolean; readonly extensions: boolean },
): string {
  switch (code) {
    case 'PW_WS_RESPONSE_UPGRADE':
      return 'Invalid Upgrade header';
    case 'PW_WS_RESPONSE_CONNECTION':
      return 'Invalid Connection header';
    case 'PW_WS_RESPONSE_ACCEPT':
      return 'Invalid Sec-WebSocket-Accept header';
    case 'PW_WS_RESPONSE_PROTOCOL':
      return asked.protocols
        ? 'Server sent an invalid subprotocol'
        : 'Server sent a subprotocol but none was requested';
    case 'PW_WS_RESPONSE_NO_PROTOCOL':
      return 'Server sent no subprotocol';
    case 'PW_WS_RESPONSE_EXTENSION':
      return asked.extensions
        ? 'Server indicated an extension that was not requested'
        : 'Server sent a Sec-WebSocket-Extensions header but no extension was requested';
    case 'PW_WS_RESPONSE_DEFLATE':
      return 'Invalid Sec-WebSocket-Extensions header';
    default:
      return message;
  }
}
