/**
 * One CoAP message and its bytes (RFC 7252 §3).
 *
 * Own codec: `coap-packet` throws on bad input, takes a token length of 9 to 12 and options that
 * end beyond the datagram, and cannot send a payload that reads as an empty string. It stays as
 * the second opinion in the tests.
 */
import { Code, isRequestCode, isReservedCode } from './code.ts';
import { createFormatError, type FormatError, type FormatErrorCode } from './errors.ts';
import type { Option } from './option.ts';

export const MessageType = {
  confirmable: 0,
  nonConfirmable: 1,
  acknowledgement: 2,
  reset: 3,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** What a message carries, whatever type and id it travels under. */
export interface MessageContent {
  /** One of `Code`, or any other eight-bit code. */
  code: number;
  /** 0 to 8 bytes. */
  token: Uint8Array;
  /** In any order; `encodeMessage` sorts them by number and keeps the order within one number. */
  options: readonly Option[];
  payload: Uint8Array;
}

export interface Message extends MessageContent {
  type: MessageType;
  /** 16 bits. */
  messageId: number;
}

export type DecodedMessage = { ok: true; message: Message } | { ok: false; error: FormatError };

const MAX_TOKEN_BYTES = 8;

const VERSION = 1;
const HEADER_BYTES = 4;
const PAYLOAD_MARKER = 0xff;
/** Far more than any message of ours has, far fewer than a datagram of single bytes would make. */
const MAX_OPTIONS = 64;
const NO_BYTES = new Uint8Array(0);

export function createEmptyMessage(type: MessageType, messageId: number): Message {
  return { type, code: Code.empty, messageId, token: NO_BYTES, options: [], payload: NO_BYTES };
}

/** @throws RangeError when the token or an option does not fit the format. */
export function encodeMessage(message: Message): Uint8Array {
  const { type, code, messageId, token, payload } = message;
  if (token.length > MAX_TOKEN_BYTES) {
    throw new RangeError(`token: expected at most ${MAX_TOKEN_BYTES} bytes, got ${token.length}`);
  }
  const options = message.options.toSorted((a, b) => a.number - b.number);
  const optionBytes = options.reduce((sum, { value }) => sum + 5 + value.length, 0);
  const bytes = new Uint8Array(HEADER_BYTES + token.length + optionBytes + 1 + payload.length);
  bytes[0] = (VERSION << 6) | (type << 4) | token.length;
  bytes[1] = code;
  bytes[2] = messageId >> 8;
  bytes[3] = messageId;
  bytes.set(token, HEADER_BYTES);
  let at = HEADER_BYTES + token.length;
  let previousNumber = 0;
  for (const { number, value } of options) {
    at = writeOptionHeader(bytes, at, number - previousNumber, value.length);
    bytes.set(value, at);
    at += value.length;
    previousNumber = number;
  }
  if (payload.length > 0) {
    bytes[at] = PAYLOAD_MARKER;
    bytes.set(payload, at + 1);
    at += 1 + payload.length;
  }
  return bytes.subarray(0, at);
}

/**
 * Never throws. The message's token, option values and payload are views of `datagram`: do not
 * reuse the buffer while they are in use.
 */
export function decodeMessage(datagram: Uint8Array): DecodedMessage {
  const [first = 0, code = 0, idHigh = 0, idLow = 0] = datagram;
  if (datagram.length < HEADER_BYTES)
    return { ok: false, error: createFormatError('PW_COAP_TOO_SHORT') };
  // Messages of an unknown version are ignored silently, without a Reset (§3).
  if (first >> 6 !== VERSION) return { ok: false, error: createFormatError('PW_COAP_VERSION') };
  const type = ((first >> 4) & 3) as MessageType;
  const messageId = (idHigh << 8) | idLow;
  const refuse = (problem: FormatErrorCode): DecodedMessage => ({
    ok: false,
    error: createFormatError(problem, type === MessageType.confirmable ? messageId : undefined),
  });

  const tokenLength = first & 0x0f;
  if (tokenLength > MAX_TOKEN_BYTES) return refuse('PW_COAP_TOKEN_LENGTH');
  if (code === Code.empty) {
    // An Empty non-confirmable message says nothing at all (Table 1).
    if (type === MessageType.nonConfirmable) return refuse('PW_COAP_TYPE_AND_CODE');
    if (datagram.length > HEADER_BYTES) return refuse('PW_COAP_EMPTY_WITH_BYTES');
    return { ok: true, message: createEmptyMessage(type, messageId) };
  }
  if (isReservedCode(code)) return refuse('PW_COAP_RESERVED_CODE');
  if (type === MessageType.reset || (type === MessageType.acknowledgement && isRequestCode(code))) {
    return refuse('PW_COAP_TYPE_AND_CODE');
  }
  const optionsStart = HEADER_BYTES + tokenLength;
  if (optionsStart > datagram.length) return refuse('PW_COAP_TRUNCATED');
  const token = datagram.subarray(HEADER_BYTES, optionsStart);
  const body = readBody(datagram, optionsStart);
  if (typeof body === 'string') return refuse(body);
  return { ok: true, message: { type, code, messageId, token, ...body } };
}

function readBody(
  datagram: Uint8Array,
  start: number,
): { options: Option[]; payload: Uint8Array } | FormatErrorCode {
  const options: Option[] = [];
  let at = start;
  let number = 0;
  while (at < datagram.length) {
    const head = datagram[at] ?? 0;
    at += 1;
    if (head === PAYLOAD_MARKER) {
      if (at === datagram.length) return 'PW_COAP_EMPTY_PAYLOAD';
      return { options, payload: datagram.subarray(at) };
    }
    if (options.length === MAX_OPTIONS) return 'PW_COAP_TOO_MANY_OPTIONS';
    const delta = readExtended(datagram, at, head >> 4);
    if (delta === undefined) return 'PW_COAP_OPTION';
    const length = readExtended(datagram, delta.next, head & 0x0f);
    if (length === undefined) return 'PW_COAP_OPTION';
    number += delta.value;
    if (number > 0xffff) return 'PW_COAP_OPTION';
    at = length.next + length.value;
    if (at > datagram.length) return 'PW_COAP_TRUNCATED';
    options.push({ number, value: datagram.subarray(length.next, at) });
  }
  return { options, payload: NO_BYTES };
}

/** Option delta and length share one scheme (§3.1): a nibble, then none, one or two more bytes. */
const EXTENDED_8_BIT = 13;
const EXTENDED_16_BIT = 14;
const EXTENDED_8_BIT_BASE = 13;
const EXTENDED_16_BIT_BASE = 269;

function readExtended(
  bytes: Uint8Array,
  at: number,
  nibble: number,
): { value: number; next: number } | undefined {
  if (nibble < EXTENDED_8_BIT) return { value: nibble, next: at };
  const high = bytes[at];
  if (nibble === EXTENDED_8_BIT) {
    return high === undefined ? undefined : { value: EXTENDED_8_BIT_BASE + high, next: at + 1 };
  }
  const low = bytes[at + 1];
  if (nibble !== EXTENDED_16_BIT || high === undefined || low === undefined) return undefined;
  return { value: EXTENDED_16_BIT_BASE + ((high << 8) | low), next: at + 2 };
}

function writeOptionHeader(bytes: Uint8Array, at: number, delta: number, length: number): number {
  bytes[at] = (extendedNibble(delta) << 4) | extendedNibble(length);
  return writeExtended(bytes, writeExtended(bytes, at + 1, delta), length);
}

function extendedNibble(value: number): number {
  if (value > EXTENDED_16_BIT_BASE + 0xffff) {
    throw new RangeError('options: a number or a value is beyond what an option can hold');
  }
  if (value < EXTENDED_8_BIT_BASE) return value;
  return value < EXTENDED_16_BIT_BASE ? EXTENDED_8_BIT : EXTENDED_16_BIT;
}

function writeExtended(bytes: Uint8Array, at: number, value: number): number {
  if (value < EXTENDED_8_BIT_BASE) return at;
  if (value < EXTENDED_16_BIT_BASE) {
    bytes[at] = value - EXTENDED_8_BIT_BASE;
    return at + 1;
  }
  bytes[at] = (value - EXTENDED_16_BIT_BASE) >> 8;
  bytes[at + 1] = value - EXTENDED_16_BIT_BASE;
  return at + 2;
}
