/** What the load sends, built once; and how many bytes come back for it. */
import { constants, deflateRawSync } from 'node:zlib';

const MASK = Buffer.from([0x12, 0x34, 0x56, 0x78]);
const RSV1 = 0x40;

/** The opening handshake of a client, as browsers write it. */
export function openingRequest({ compression }) {
  const offer = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
  return Buffer.from(
    [
      'GET / HTTP/1.1',
      'Host: localhost',
      'User-Agent: bench',
      'Accept: */*',
      'Cache-Control: no-cache',
      'Pragma: no-cache',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      ...(compression ? [`Sec-WebSocket-Extensions: ${offer}`] : []),
      '',
      '',
    ].join('\r\n'),
  );
}

/** A message as one masked frame. */
export function clientFrame({ kind, bytes }, compression) {
  const opcode = kind === 'binary' ? 2 : 1;
  const payload = payloadOf({ kind, bytes });
  if (!compression) return maskedFrame(opcode, payload);
  // RFC 7692 §7.2.1: without the empty block at the end.
  const deflated = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
  return maskedFrame(opcode | RSV1, deflated.subarray(0, -4));
}

/** The length of the frame a server echoes. */
export function serverFrameLength(message) {
  const { length } = payloadOf(message);
  return headerFor(1, length, 0).length + length;
}

/** @param {{ kind: 'text' | 'binary' | 'chinese' | 'json', bytes: number }} message */
function payloadOf({ kind, bytes }) {
  switch (kind) {
    case 'text':
      return Buffer.alloc(bytes, 'The quick brown fox. ');
    case 'binary':
      return Buffer.alloc(
        bytes,
        Uint8Array.from({ length: 251 }, (_, index) => index),
      );
    case 'chinese':
      return Buffer.from('您好世界'.repeat(Math.ceil(bytes / 12))).subarray(0, bytes - (bytes % 3));
    default:
      return Buffer.from(jsonOf(bytes));
  }
}

/** Records as an application sends them: the same keys again and again, values that differ. */
function jsonOf(bytes) {
  let text = '[';
  for (let id = 1; text.length < bytes; id++) {
    const name = ((id * 2_654_435_761) >>> 0).toString(36);
    text += `{"id":${id},"name":"${name}","active":${id % 3 === 0},"score":${(id * 7_919) % 997}},`;
  }
  return `${text.slice(0, bytes - 1)}]`;
}

function maskedFrame(firstBits, payload) {
  const masked = Buffer.from(payload);
  for (let i = 0; i < masked.length; i++) masked[i] ^= MASK[i & 3];
  return Buffer.concat([headerFor(firstBits, payload.length, 0x80), MASK, masked]);
}

function headerFor(firstBits, length, maskBit) {
  if (length < 126) return Buffer.from([0x80 | firstBits, maskBit | length]);
  if (length < 65_536) {
    return Buffer.from([0x80 | firstBits, maskBit | 126, length >> 8, length & 0xff]);
  }
  const header = Buffer.alloc(10);
  header[0] = 0x80 | firstBits;
  header[1] = maskBit | 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
