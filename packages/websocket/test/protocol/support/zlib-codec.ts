import { constants, deflateRawSync } from 'node:zlib';

import type { DeflateParameters, MessageCodec } from '../../../src/protocol/permessage-deflate.ts';
import { concat, hex } from './bytes.ts';
import { inflate } from './inflate.ts';

const TAIL = hex('0000ffff');
const EMPTY = new Uint8Array(0);

/** An empty block with BFINAL: behind whole blocks, it ends the stream. */
const FINAL_BLOCK = hex('010000ffff');

/**
 * A codec as plain as zlib's one-shot functions allow: context takeover is the last 32 KiB of what
 * went before, given as a dictionary; with every part a message is inflated from its beginning.
 */
export function createZlibCodec({
  compressContextTakeover,
  compressWindowBits,
  decompressContextTakeover,
  decompressWindowBits,
}: DeflateParameters): MessageCodec {
  let sent: Uint8Array = EMPTY;
  /** What went before the message, and of the message what came and what was given out. */
  let received: Uint8Array = EMPTY;
  let message: Uint8Array = EMPTY;
  let given = 0;
  let fed = false;
  let whole = false;
  return {
    compress(payload, _continues, last = true) {
      if (compressWindowBits < 9) return undefined;
      // zlib gives nothing at all for an empty input: RFC 7692 §7.2.3.6.
      if (payload.length === 0) return last ? hex('00') : EMPTY;
      const output = deflateRawSync(payload, {
        windowBits: compressWindowBits,
        finishFlush: constants.Z_SYNC_FLUSH,
        ...(sent.length > 0 ? { dictionary: sent } : {}),
      });
      if (compressContextTakeover) sent = window(sent, payload, compressWindowBits);
      return Uint8Array.from(output.subarray(0, output.length - (last ? TAIL.length : 0)));
    },
    openParts: () => true,
    feed(part, last) {
      message = concat(message, part);
      fed = true;
      whole = last;
    },
    inflate(maxBytes) {
      if (!fed) return undefined;
      fed = false;
      const all = inflateAll(message, whole, given + maxBytes, received, decompressWindowBits);
      if (typeof all === 'string') return all;
      const more = all.output.slice(given);
      given = all.output.length;
      if (whole) {
        received = decompressContextTakeover ? all.window : EMPTY;
        message = EMPTY;
        given = 0;
      }
      return more.length === 0 ? undefined : more;
    },
    get unreadBytes() {
      return fed ? 1 : 0;
    },
    detach() {},
    abandon() {
      message = EMPTY;
      given = 0;
      fed = false;
    },
  };
}

/** One message, given at once; what there is of it when it is cut off. */
export function inflateMessage(
  codec: Pick<MessageCodec, 'feed' | 'inflate'>,
  payload: Uint8Array,
  maxBytes: number,
): Uint8Array | 'too-big' | 'corrupt' {
  codec.feed(payload, true);
  return inflateOn(codec, maxBytes);
}

/** All there is of what was fed. */
export function inflateOn(
  codec: Pick<MessageCodec, 'inflate'>,
  maxBytes: number,
): Uint8Array | 'too-big' | 'corrupt' {
  const pieces: Uint8Array[] = [];
  for (let left = maxBytes; ;) {
    const piece = codec.inflate(left);
    if (piece === undefined) return concat(...pieces);
    if (typeof piece === 'string') return piece;
    pieces.push(piece);
    left -= piece.length;
  }
}

function inflateAll(
  message: Uint8Array,
  whole: boolean,
  maxBytes: number,
  before: Uint8Array,
  windowBits: number,
): { output: Uint8Array; window: Uint8Array } | 'too-big' | 'corrupt' {
  // Some peers send nothing of an empty message.
  const ends = whole && message.length > 0;
  const bytes = ends ? concat(message, TAIL, FINAL_BLOCK) : message;
  const parts: Uint8Array[] = [];
  let length = 0;
  let remembered = 0;
  let dictionary = before;
  let read = 0;
  try {
    while (read < bytes.length) {
      const start = read;
      const options = {
        windowBits,
        // zlib refuses a limit of 0; one byte too many is noticed below.
        maxOutputLength: Math.max(maxBytes - length, 1),
        ...(dictionary.length > 0 ? { dictionary } : {}),
      };
      const cut = { ...options, finishFlush: constants.Z_SYNC_FLUSH };
      const { buffer, engine } = inflate(bytes.slice(start), ends ? options : cut);
      parts.push(buffer);
      length += buffer.length;
      if (length > maxBytes) return 'too-big';
      read += engine.bytesWritten;
      if (ends && read >= message.length) {
        const behind = read - message.length;
        const isEnd = [0, TAIL.length, TAIL.length + FINAL_BLOCK.length].includes(behind);
        // What is behind the message may end blocks, but there is nothing of the message in it.
        const alone = inflate(message.slice(start), cut).buffer;
        if (!isEnd || alone.length < buffer.length) return 'corrupt';
        // Ended by the message itself: for what comes next, zlib has forgotten all of it.
        if (read < bytes.length) return { output: concat(...parts), window: EMPTY };
        break;
      }
      // A block with BFINAL has ended zlib's stream, and it forgets; the rest begins another.
      if (read < bytes.length) {
        dictionary = EMPTY;
        remembered = parts.length;
      }
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ERR_BUFFER_TOO_LARGE' ? 'too-big' : 'corrupt';
  }
  const recent = concat(...parts.slice(remembered));
  return { output: concat(...parts), window: window(dictionary, recent, 15) };
}

function window(before: Uint8Array, added: Uint8Array, bits: number): Uint8Array {
  return concat(before, added).slice(-(2 ** bits));
}
