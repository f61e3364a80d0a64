/** What the load sends, built once; and how many bytes come back for it. */

const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78]);

/** A masked frame as a client sends it. */
export function clientFrame(opcode, payload) {
  const header = headerFor(opcode, payload.length, 0x80);
  const masked = Buffer.from(payload);
  for (let i = 0; i < masked.length; i++) masked[i] ^= MASK[i & 3];
  return Buffer.concat([header, MASK, masked]);
}

/** The length of the frame a server answers with. */
export function serverFrameLength(payloadLength) {
  return headerFor(1, payloadLength, 0).length + payloadLength;
}

/** @param {{ kind: 'text' | 'binary' | 'chinese', bytes: number }} message */
export function payloadOf({ kind, bytes }) {
  if (kind === 'chinese')
    return Buffer.from('您好世界'.repeat(Math.ceil(bytes / 12))).subarray(0, bytes - (bytes % 3));
  return Buffer.alloc(bytes, kind === 'text' ? 'The quick brown fox. ' : undefined);
}

function headerFor(opcode, length, maskBit) {
  if (length < 126) return Buffer.from([0x80 | opcode, maskBit | length]);
  if (length < 65_536) {
    return Buffer.from([0x80 | opcode, maskBit | 126, length >> 8, length & 0xff]);
  }
  const header = Buffer.alloc(10);
  header[0] = 0x80 | opcode;
  header[1] = maskBit | 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
