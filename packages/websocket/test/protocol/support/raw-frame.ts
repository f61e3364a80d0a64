/** Frames as the RFC draws them, right or wrong, made without the code under test. */
import { concat } from './bytes.ts';

export interface RawFrame {
  readonly fin?: boolean;
  /** RSV1 = 4, RSV2 = 2, RSV3 = 1. */
  readonly rsv?: number;
  readonly opcode: number;
  readonly payload?: Uint8Array;
  /** Four bytes; absent: not masked. */
  readonly mask?: Uint8Array | undefined;
  /** Bits of the length field; default: the fewest. */
  readonly lengthBits?: 7 | 16 | 64;
  /** Announced instead of the payload's own length. */
  readonly announce?: bigint;
}

export const MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

export function rawFrame(frame: RawFrame): Uint8Array {
  const { fin = true, rsv = 0, opcode, payload = new Uint8Array(0), mask } = frame;
  const length = frame.announce ?? BigInt(payload.length);
  const bits = frame.lengthBits ?? (length < 126n ? 7 : length < 65536n ? 16 : 64);
  const bytes = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const maskBit = mask === undefined ? 0 : 0x80;
  if (bits === 7) {
    bytes.push(maskBit | Number(length));
  } else {
    bytes.push(maskBit | (bits === 16 ? 126 : 127));
    for (let shift = bits - 8; shift >= 0; shift -= 8) {
      bytes.push(Number((length >> BigInt(shift)) & 0xffn));
    }
  }
  if (mask === undefined) return concat(Uint8Array.from(bytes), payload);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return concat(Uint8Array.from(bytes), mask, masked);
}
