/**
 * Frames as RFC 6455 §5.2 draws them, encoded and decoded in the plainest way.
 *
 * The kit judges engines, so it shares no code with one. Every field can be set to something
 * forbidden; that is what it is for.
 */
import { randomBytes } from 'node:crypto';

export const Opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

export interface WireFrame {
  fin: boolean;
  rsv: number;
  opcode: number;
  masked: boolean;
  payload: Buffer;
}

export interface FrameFields {
  opcode: number;
  payload?: Buffer | string;
  fin?: boolean;
  /** The three reserved bits as a number: 4 = RSV1, 2 = RSV2, 1 = RSV3. */
  rsv?: number;
  masked?: boolean;
  maskingKey?: Buffer;
  /** How many bits the length is written in, against the rule of the shortest form. */
  lengthBits?: 7 | 16 | 64;
  /** The length that the header claims, whatever the payload is. */
  claimedLength?: bigint;
}

export function encodeFrame(fields: FrameFields): Buffer {
  const { opcode, fin = true, rsv = 0, masked = false } = fields;
  const payload = Buffer.from(fields.payload ?? '');
  const length = fields.claimedLength ?? BigInt(payload.length);
  const bits = fields.lengthBits ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64);
  const header = Buffer.alloc(2 + (bits === 7 ? 0 : bits / 8));
  header[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  header[1] = (masked ? 0x80 : 0) | (bits === 7 ? Number(length) : bits === 16 ? 126 : 127);
  if (bits === 16) header.writeUInt16BE(Number(length), 2);
  if (bits === 64) header.writeBigUInt64BE(length, 2);
  if (!masked) return Buffer.concat([header, payload]);
  const key = fields.maskingKey ?? randomBytes(4);
  return Buffer.concat([header, key, mask(payload, key)]);
}

function mask(payload: Buffer, key: Buffer): Buffer {
  return Buffer.from(payload.map((byte, i) => byte ^ (key[i % 4] ?? 0)));
}

/** @returns the first frame and the bytes behind it, or undefined while it is not whole. */
export function decodeFrame(bytes: Buffer): { frame: WireFrame; rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  const first = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  let length = second & 0x7f;
  let offset = 2;
  if (length === 126) {
    if (bytes.length < 4) return undefined;
    length = bytes.readUInt16BE(2);
    offset = 4;
  } else if (length === 127) {
    if (bytes.length < 10) return undefined;
    length = Number(bytes.readBigUInt64BE(2));
    offset = 10;
  }
  const masked = (second & 0x80) !== 0;
  const key = bytes.subarray(offset, offset + 4);
  if (masked) offset += 4;
  if (bytes.length < offset + length) return undefined;
  const payload = bytes.subarray(offset, offset + length);
  return {
    frame: {
      fin: (first & 0x80) !== 0,
      rsv: (first >> 4) & 7,
      opcode: first & 0xf,
      masked,
      payload: masked ? mask(payload, key) : Buffer.from(payload),
    },
    rest: bytes.subarray(offset + length),
  };
}

export function closePayload(code: number, reason: Buffer | string = ''): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return Buffer.concat([head, Buffer.from(reason)]);
}
