import { copyBytes } from './copy-bytes.ts';
import {
  encodeFrameHeader,
  firstByteOf,
  frameHeaderLength,
  MAX_HEADER_BYTES,
  RSV1,
} from './frame.ts';
import { Opcode } from './opcode.ts';
import type { OutputSlab } from './output-slab.ts';
import type { MessageCodec } from './permessage-deflate.ts';

/** Longer frames get a buffer of their own. */
const MAX_SLAB_BYTES = 16 * 1024;

/**
 * One message as a single unmasked frame: `source[start … end)`. Encoded once, it may be sent by any
 * number of servers' connections; its bytes never change.
 */
export interface EncodedFrame {
  readonly source: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Encodes a message for `Connection.sendEncoded`. The payload is copied, so the caller may go on
 * using it; frames encoded one after another lie side by side in the slab.
 *
 * @param payload - bytes of a text must be valid UTF-8, which is not checked
 * @param codec - compresses the message. All connections it is sent on must have agreed on the
 *   same parameters, without context takeover: what one of them has seen, all must have.
 */
export function encodeMessage(
  slab: OutputSlab,
  type: 'text' | 'binary',
  payload: string | Uint8Array,
  codec?: MessageCodec,
): EncodedFrame {
  const compressed = codec?.compress(typeof payload === 'string' ? encode(slab, payload) : payload);
  const body = compressed ?? payload;
  const bodyLength = typeof body === 'string' ? slab.textLength(body) : body.length;
  const headerLength = frameHeaderLength(bodyLength, false);
  const frameLength = headerLength + bodyLength;
  const inSlab = frameLength <= MAX_SLAB_BYTES + MAX_HEADER_BYTES;
  if (inSlab) slab.reserve(frameLength);
  const source = inSlab ? slab.block : slab.allocate(frameLength);
  const start = inSlab ? slab.used : 0;
  const end = start + frameLength;
  if (inSlab) slab.used = end;
  const firstByte = firstByteOf(Opcode[type], true, compressed === undefined ? 0 : RSV1);
  encodeFrameHeader(source, start, firstByte, bodyLength, undefined);
  if (typeof body === 'string') slab.encodeTextInto(body, source, start + headerLength);
  else copyBytes(body, 0, bodyLength, source, start + headerLength);
  return { source, start, end };
}

function encode(slab: OutputSlab, text: string): Uint8Array {
  const bytes = slab.allocate(slab.textLength(text));
  slab.encodeTextInto(text, bytes, 0);
  return bytes;
}
