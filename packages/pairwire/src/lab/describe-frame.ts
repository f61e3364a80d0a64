/** Takes frames apart into the fields of RFC 6455 §5.2, for people to look at. */
import { applyMask, decodeFrameHeader, FrameHeader, Opcode } from '@pairwire/websocket/protocol';

import { LAB_LIMITS } from './limits.ts';

export type FrameFieldName =
  | 'fin'
  | 'rsv'
  | 'opcode'
  | 'mask'
  | 'payload-length'
  | 'extended-length'
  | 'masking-key'
  | 'payload'
  | 'close-code'
  | 'close-reason';

export interface FrameField {
  readonly name: FrameFieldName;
  /** From the first bit of the frame, which is the most significant one of its first byte. */
  readonly firstBit: number;
  /** Of what is shown; a long payload is cut. */
  readonly bitCount: number;
  /** As a number; 0 for the payload. */
  readonly value: number;
}

export interface FrameDescription {
  /** As on the wire, in hexadecimal; a long payload is cut. */
  readonly bytes: string;
  /** The payload without its mask, cut likewise. */
  readonly payload: string;
  readonly headerBytes: number;
  /** What the header says; beyond 2^53 only its magnitude. */
  readonly payloadBytes: number;
  /** How much of it is there, shown or not. */
  readonly arrivedBytes: number;
  readonly fields: readonly FrameField[];
}

/**
 * Describes the frame at the beginning of `bytes`, whether or not its payload is whole.
 *
 * @returns undefined when not even its header is there
 */
export function describeFrame(bytes: Uint8Array): FrameDescription | undefined {
  const header = new FrameHeader();
  const headerBytes = decodeFrameHeader(bytes, 0, bytes.length, header);
  if (headerBytes === 0) return undefined;
  const { payloadLength } = header;
  const arrivedBytes = Math.min(payloadLength, bytes.length - headerBytes);
  const shownBytes = Math.min(arrivedBytes, LAB_LIMITS.maxShownPayloadBytes);
  const shown = bytes.subarray(0, headerBytes + shownBytes);
  // A copy: a Buffer's `slice` is none.
  const payload = Uint8Array.from(shown.subarray(headerBytes));
  if (header.masked) applyMask(payload, 0, payload.length, header.maskingKey);
  return {
    bytes: toHex(shown),
    payload: toHex(payload),
    headerBytes,
    payloadBytes: payloadLength,
    arrivedBytes,
    fields: [
      ...headerFields(header, shown, headerBytes),
      ...payloadFields(header, payload, headerBytes),
    ],
  };
}

function headerFields(
  header: FrameHeader,
  bytes: Uint8Array,
  headerBytes: number,
): readonly FrameField[] {
  const second = bytes[1] ?? 0;
  const fields: FrameField[] = [
    { name: 'fin', firstBit: 0, bitCount: 1, value: header.fin ? 1 : 0 },
    { name: 'rsv', firstBit: 1, bitCount: 3, value: header.reservedBits >> 4 },
    { name: 'opcode', firstBit: 4, bitCount: 4, value: header.opcode },
    { name: 'mask', firstBit: 8, bitCount: 1, value: header.masked ? 1 : 0 },
    { name: 'payload-length', firstBit: 9, bitCount: 7, value: second & 0x7f },
  ];
  const keyBytes = header.masked ? 4 : 0;
  const extendedBytes = headerBytes - 2 - keyBytes;
  if (extendedBytes > 0) {
    const bitCount = extendedBytes * 8;
    fields.push({ name: 'extended-length', firstBit: 16, bitCount, value: header.payloadLength });
  }
  if (header.masked) {
    const firstBit = (headerBytes - keyBytes) * 8;
    // In the order of the wire, as everything else is shown.
    const value = new DataView(bytes.buffer, bytes.byteOffset).getUint32(headerBytes - keyBytes);
    fields.push({ name: 'masking-key', firstBit, bitCount: 32, value });
  }
  return fields;
}

/** The payload, which of a Close frame has two parts (§5.5.1). */
function payloadFields(
  header: FrameHeader,
  payload: Uint8Array,
  headerBytes: number,
): readonly FrameField[] {
  const firstBit = headerBytes * 8;
  const bitCount = payload.length * 8;
  if (payload.length === 0) return [];
  if (header.opcode !== Opcode.close || payload.length < 2) {
    return [{ name: 'payload', firstBit, bitCount, value: 0 }];
  }
  const value = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
  const code: FrameField = { name: 'close-code', firstBit, bitCount: 16, value };
  if (payload.length === 2) return [code];
  const rest = { firstBit: firstBit + 16, bitCount: bitCount - 16, value: 0 };
  return [code, { name: 'close-reason', ...rest }];
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
