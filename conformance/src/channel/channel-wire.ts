/**
 * Bodies as docs/protocol/channel.md §8.3 draws them, in the plainest way. Shares no code with the
 * implementation that it judges; every field can be set to something forbidden.
 */
export const EntryType = {
  padding: 0,
  text: 1,
  binary: 2,
  close: 3,
  ping: 4,
  recycle: 5,
} as const;

export interface WireEntry {
  readonly type: number;
  readonly payload: Buffer;
}

/** @param lengthBytes - 1, 2 or 4, or 8, which is not allowed; the shortest when left out */
export function encodeEntry(
  type: number,
  payload: Buffer | string = '',
  lengthBytes?: 1 | 2 | 4 | 8,
): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.of(type), encodeLength(bytes.length, lengthBytes), bytes]);
}

export function encodeClose(code: number, reason: Buffer | string = ''): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return encodeEntry(EntryType.close, Buffer.concat([head, Buffer.from(reason)]));
}

/** RFC 9000 §16. */
export function encodeLength(
  length: number,
  bytes: 1 | 2 | 4 | 8 = length < 64 ? 1 : length < 16_384 ? 2 : 4,
): Buffer {
  const encoded = Buffer.alloc(bytes);
  encoded.writeUIntBE(length, Math.max(0, bytes - 6), Math.min(6, bytes));
  encoded[0] = (encoded[0] ?? 0) | (Math.log2(bytes) << 6);
  return encoded;
}

/** @returns the entries that are whole, and the bytes behind them */
export function decodeEntries(bytes: Buffer): { entries: WireEntry[]; rest: Buffer } {
  const entries: WireEntry[] = [];
  let at = 0;
  while (bytes.length >= at + 2) {
    const lengthBytes = 1 << (bytes.readUInt8(at + 1) >> 6);
    const start = at + 1 + lengthBytes;
    if (lengthBytes > 4 || bytes.length < start) break;
    const mask = 2 ** (lengthBytes * 8 - 2) - 1;
    const length = bytes.readUIntBE(at + 1, lengthBytes) & mask;
    if (bytes.length < start + length) break;
    entries.push({
      type: bytes.readUInt8(at),
      payload: bytes.subarray(start, start + length),
    });
    at = start + length;
  }
  return { entries, rest: bytes.subarray(at) };
}
