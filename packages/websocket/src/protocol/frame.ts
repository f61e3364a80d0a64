/**
 * The layout of one frame (RFC 6455 §5.2).
 *
 * Header fields travel in one reused `FrameHeader`, because an object for every frame is what a
 * busy connection would spend most of its time on.
 */
import type { ProtocolErrorCode } from './errors.ts';
import { applyMask } from './masking.ts';
import { isControlOpcode, isReservedOpcode, Opcode } from './opcode.ts';

/** Which end of the connection this is; the other one is its peer. */
export type Role = 'client' | 'server';

/** Two bytes, eight for the longest length, four for the masking key. */
export const MAX_HEADER_BYTES = 14;

/** Control frames carry no more (§5.5); longer payloads need a longer length field. */
export const MAX_SHORT_PAYLOAD_BYTES = 125;
const MAX_16_BIT_PAYLOAD_BYTES = 0xffff;

const FIN = 0x80;
const RSV = 0x70;
const MASK = 0x80;
const LENGTH = 0x7f;
const LENGTH_IS_16_BIT = 126;
const LENGTH_IS_64_BIT = 127;

/** The reserved bit that marks a compressed message (RFC 7692 §6). */
export const RSV1 = 0x40;

/** The fields of the header read last. */
export class FrameHeader {
  fin = false;
  /** RSV1, RSV2 and RSV3 where they stand in the first byte: 0x40, 0x20, 0x10. */
  reservedBits = 0;
  opcode = 0;
  masked = false;
  /** As `applyMask` takes it; 0 when not masked. */
  maskingKey = 0;
  /** Bytes of payload; beyond 2^53 only its magnitude is right. */
  payloadLength = 0;
  /** The length was written in more bytes than it needs. */
  nonMinimal = false;
  /** The most significant bit of a 64-bit length is set, which §5.2 forbids. */
  topBitSet = false;
}

/**
 * Reads the header at `bytes[start …]` into `header`.
 *
 * @returns its length in bytes, or 0 when `end` comes before its end
 */
export function decodeFrameHeader(
  bytes: Uint8Array,
  start: number,
  end: number,
  header: FrameHeader,
): number {
  if (end - start < 2) return 0;
  const first = bytes[start] as number;
  const second = bytes[start + 1] as number;
  const masked = (second & MASK) !== 0;
  let payloadLength = second & LENGTH;
  let nonMinimal = false;
  let topBitSet = false;
  let position = start + 2;
  if (payloadLength > MAX_SHORT_PAYLOAD_BYTES) {
    if (payloadLength === LENGTH_IS_16_BIT) {
      if (end - position < 2) return 0;
      payloadLength = ((bytes[position] as number) << 8) | (bytes[position + 1] as number);
      nonMinimal = payloadLength <= MAX_SHORT_PAYLOAD_BYTES;
      position += 2;
    } else {
      if (end - position < 8) return 0;
      const high = readUint32(bytes, position);
      // Exact up to 2^53, far beyond any limit on messages.
      payloadLength = high * 0x1_0000_0000 + readUint32(bytes, position + 4);
      nonMinimal = payloadLength <= MAX_16_BIT_PAYLOAD_BYTES;
      topBitSet = high >= 0x8000_0000;
      position += 8;
    }
  }
  let maskingKey = 0;
  if (masked) {
    if (end - position < 4) return 0;
    maskingKey =
      (bytes[position] as number) |
      ((bytes[position + 1] as number) << 8) |
      ((bytes[position + 2] as number) << 16) |
      ((bytes[position + 3] as number) << 24);
    position += 4;
  }
  header.fin = (first & FIN) !== 0;
  header.reservedBits = first & RSV;
  header.opcode = first & 0x0f;
  header.masked = masked;
  header.maskingKey = maskingKey;
  header.payloadLength = payloadLength;
  header.nonMinimal = nonMinimal;
  header.topBitSet = topBitSet;
  return position - start;
}

/**
 * The first rule a single frame's header breaks, if any.
 *
 * @param receiver - a server wants every frame masked, a client none (§5.1)
 * @param allowedBits - reserved bits that an extension has given a meaning
 */
export function checkFrameHeader(
  header: FrameHeader,
  receiver: Role,
  allowedBits: number,
): ProtocolErrorCode | undefined {
  if ((header.reservedBits & ~allowedBits) !== 0) return 'PW_WS_RESERVED_BITS';
  if (isReservedOpcode(header.opcode)) return 'PW_WS_RESERVED_OPCODE';
  if (header.masked !== (receiver === 'server')) {
    return header.masked ? 'PW_WS_MASKED_FRAME' : 'PW_WS_UNMASKED_FRAME';
  }
  if (isControlOpcode(header.opcode)) {
    if (!header.fin) return 'PW_WS_CONTROL_FRAGMENTED';
    if (header.payloadLength > MAX_SHORT_PAYLOAD_BYTES) return 'PW_WS_CONTROL_TOO_LONG';
    // An extension may only mark data frames (RFC 7692 §6.1).
    if (header.reservedBits !== 0) return 'PW_WS_RESERVED_BITS';
    if (header.opcode === Opcode.close && header.payloadLength === 1) {
      return 'PW_WS_CLOSE_BODY_TOO_SHORT';
    }
  }
  return header.topBitSet ? 'PW_WS_LENGTH_TOP_BIT' : undefined;
}

/** How long the header of a frame is; the length field is always minimal. */
export function frameHeaderLength(payloadLength: number, masked: boolean): number {
  const length =
    payloadLength <= MAX_SHORT_PAYLOAD_BYTES
      ? 2
      : payloadLength <= MAX_16_BIT_PAYLOAD_BYTES
        ? 4
        : 10;
  return masked ? length + 4 : length;
}

/**
 * Writes a header at `offset`.
 *
 * @param firstByte - `FIN | RSV1 | opcode`
 * @param maskingKey - undefined for a frame of a server
 * @returns its length, `frameHeaderLength(…)`
 */
export function encodeFrameHeader(
  target: Uint8Array,
  offset: number,
  firstByte: number,
  payloadLength: number,
  maskingKey: number | undefined,
): number {
  const maskBit = maskingKey === undefined ? 0 : MASK;
  let position = offset;
  target[position++] = firstByte;
  if (payloadLength <= MAX_SHORT_PAYLOAD_BYTES) {
    target[position++] = maskBit | payloadLength;
  } else if (payloadLength <= MAX_16_BIT_PAYLOAD_BYTES) {
    target[position++] = maskBit | LENGTH_IS_16_BIT;
    target[position++] = payloadLength >>> 8;
    target[position++] = payloadLength & 0xff;
  } else {
    target[position++] = maskBit | LENGTH_IS_64_BIT;
    position = writeUint32(target, position, Math.floor(payloadLength / 0x1_0000_0000));
    position = writeUint32(target, position, payloadLength >>> 0);
  }
  if (maskingKey !== undefined) {
    target[position++] = maskingKey & 0xff;
    target[position++] = (maskingKey >>> 8) & 0xff;
    target[position++] = (maskingKey >>> 16) & 0xff;
    target[position++] = maskingKey >>> 24;
  }
  return position - offset;
}

/** The first byte of a frame. */
export function firstByteOf(opcode: Opcode, fin: boolean, reservedBits = 0): number {
  return (fin ? FIN : 0) | reservedBits | opcode;
}

/** One frame to encode. */
export interface Frame {
  readonly opcode: Opcode;
  /** Default true. */
  readonly fin?: boolean;
  /** Default 0; `RSV1` for the first frame of a compressed message. */
  readonly reservedBits?: number;
  readonly payload: Uint8Array;
}

/** One frame as the wire has it, in memory of its own. Masked when there is a key: client frames. */
export function encodeFrame(frame: Frame, maskingKey?: number): Uint8Array {
  const { payload } = frame;
  const headerLength = frameHeaderLength(payload.length, maskingKey !== undefined);
  const bytes = new Uint8Array(headerLength + payload.length);
  const firstByte = firstByteOf(frame.opcode, frame.fin ?? true, frame.reservedBits);
  encodeFrameHeader(bytes, 0, firstByte, payload.length, maskingKey);
  bytes.set(payload, headerLength);
  if (maskingKey !== undefined) applyMask(bytes, headerLength, bytes.length, maskingKey);
  return bytes;
}

function readUint32(bytes: Uint8Array, position: number): number {
  return (
    (((bytes[position] as number) << 24) |
      ((bytes[position + 1] as number) << 16) |
      ((bytes[position + 2] as number) << 8) |
      (bytes[position + 3] as number)) >>>
    0
  );
}

function writeUint32(target: Uint8Array, position: number, value: number): number {
  target[position] = value >>> 24;
  target[position + 1] = (value >>> 16) & 0xff;
  target[position + 2] = (value >>> 8) & 0xff;
  target[position + 3] = value & 0xff;
  return position + 4;
}
