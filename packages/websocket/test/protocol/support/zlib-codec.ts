import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib';

import type { DeflateParameters, MessageCodec } from '../../../src/protocol/permessage-deflate.ts';
import { concat, hex } from './bytes.ts';

const TAIL = hex('0000ffff');

/**
 * A codec as plain as zlib's one-shot functions allow: context takeover is the last 32 KiB of what
 * went before, given as a dictionary.
 */
export function createZlibCodec({
  compressContextTakeover,
  compressWindowBits,
  decompressContextTakeover,
  decompressWindowBits,
}: DeflateParameters): MessageCodec {
  let sent: Uint8Array = new Uint8Array(0);
  let received: Uint8Array = new Uint8Array(0);
  return {
    compress(payload) {
      if (compressWindowBits < 9) return undefined;
      // zlib gives nothing at all for an empty input: RFC 7692 §7.2.3.6.
      if (payload.length === 0) return hex('00');
      const output = deflateRawSync(payload, {
        windowBits: compressWindowBits,
        finishFlush: constants.Z_SYNC_FLUSH,
        ...(sent.length > 0 ? { dictionary: sent } : {}),
      });
      if (compressContextTakeover) sent = window(sent, payload, compressWindowBits);
      return Uint8Array.from(output.subarray(0, output.length - TAIL.length));
    },
    decompress(payload, maxBytes) {
      const parts: Uint8Array[] = [];
      let length = 0;
      let remembered = 0;
      try {
        for (let rest = concat(payload, TAIL); rest.length > 0;) {
          const { buffer, engine } = inflate(rest, {
            windowBits: decompressWindowBits,
            finishFlush: constants.Z_SYNC_FLUSH,
            // zlib refuses a limit of 0; one byte too many is noticed below.
            maxOutputLength: Math.max(maxBytes - length, 1),
            ...(received.length > 0 ? { dictionary: received } : {}),
          });
          parts.push(buffer);
          length += buffer.length;
          if (length > maxBytes) return 'too-big';
          rest = rest.slice(engine.bytesWritten);
          // A block with BFINAL has ended zlib's stream, and it forgets; the rest begins another.
          if (rest.length > 0) {
            received = new Uint8Array(0);
            remembered = parts.length;
          }
        }
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        return code === 'ERR_BUFFER_TOO_LARGE' ? 'too-big' : 'corrupt';
      }
      const output = concat(...parts);
      const recent = concat(...parts.slice(remembered));
      received = decompressContextTakeover ? window(received, recent, 15) : new Uint8Array(0);
      return output;
    },
  };
}

/** With `info`, which its types do not know, zlib says how much of the input it has read. */
function inflate(input: Uint8Array, options: ZlibOptions) {
  const result: unknown = inflateRawSync(input, { ...options, info: true });
  return result as { buffer: Uint8Array; engine: { bytesWritten: number } };
}

function window(before: Uint8Array, added: Uint8Array, bits: number): Uint8Array {
  return concat(before, added).slice(-(2 ** bits));
}
