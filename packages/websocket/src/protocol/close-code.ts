import type { ProtocolErrorCode } from './errors.ts';
import { decodeUtf8, encodeUtf8Into, utf8Length, Utf8Validator } from './utf8.ts';

/** The codes with a meaning of their own (RFC 6455 §7.4.1 and the registry of §11.7). */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  /** Never on the wire: the Close frame had no body (§7.1.5). */
  noStatus: 1005,
  /** Never on the wire: TCP ended without a Close frame (§7.1.5). */
  abnormalClosure: 1006,
  invalidPayload: 1007,
  policyViolation: 1008,
  messageTooBig: 1009,
  mandatoryExtension: 1010,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  badGateway: 1014,
  /** Never on the wire: TLS failed (§7.4.1). */
  tlsHandshake: 1015,
} as const;

export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** A control frame holds 125 bytes, two of them the code (§5.5). */
const MAX_CLOSE_REASON_BYTES = 123;

/**
 * Whether a Close frame may carry `code`, in either direction (§7.4): what IANA has registered, and
 * 3000–4999 for libraries and applications. Not 1004–1006 and 1015, nor anything else.
 */
export function isSendableCloseCode(code: number): boolean {
  return (
    (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006) && Number.isInteger(code)) ||
    (code >= 3000 && code <= 4999 && Number.isInteger(code))
  );
}

/**
 * The body of a Close frame (§5.5.1); empty without a code.
 *
 * @throws {RangeError} when the code must not be sent or the reason takes more than 123 bytes
 * @throws {TypeError} when there is a reason but no code, or the reason is no string
 */
export function encodeClosePayload(code?: number, reason = ''): Uint8Array {
  if (code === undefined) {
    if (reason !== '') throw new TypeError('reason: needs a close code before it');
    return new Uint8Array(0);
  }
  if (!isSendableCloseCode(code)) {
    throw new RangeError(`code: expected 1000–1003, 1007–1014 or 3000–4999, got ${code}`);
  }
  if (typeof reason !== 'string') {
    throw new TypeError(`reason: expected a string, got ${typeof reason}`);
  }
  const reasonBytes = utf8Length(reason);
  if (reasonBytes > MAX_CLOSE_REASON_BYTES) {
    throw new RangeError(
      `reason: expected at most ${MAX_CLOSE_REASON_BYTES} bytes of UTF-8, got ${reasonBytes}`,
    );
  }
  const payload = new Uint8Array(2 + reasonBytes);
  payload[0] = code >>> 8;
  payload[1] = code & 0xff;
  encodeUtf8Into(reason, payload, 2);
  return payload;
}

export interface ClosePayload {
  /** 1005 when the body was empty (§7.1.5). */
  readonly code: number;
  readonly reason: string;
}

/** Reads the body of a Close frame, or says which rule it breaks. */
export function decodeClosePayload(
  bytes: Uint8Array,
  start: number,
  end: number,
): ClosePayload | ProtocolErrorCode {
  if (start === end) return { code: CloseCode.noStatus, reason: '' };
  if (end - start === 1) return 'PW_WS_CLOSE_BODY_TOO_SHORT';
  const code = ((bytes[start] as number) << 8) | (bytes[start + 1] as number);
  if (!isSendableCloseCode(code)) return 'PW_WS_INVALID_CLOSE_CODE';
  const validator = new Utf8Validator();
  if (!validator.push(bytes, start + 2, end) || !validator.complete) {
    return 'PW_WS_INVALID_CLOSE_REASON';
  }
  return { code, reason: decodeUtf8(bytes, start + 2, end) };
}
