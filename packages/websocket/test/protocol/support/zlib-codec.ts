import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

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
      let output: Uint8Array;
      try {
        output = inflateRawSync(concat(payload, TAIL), {
          windowBits: decompressWindowBits,
          finishFlush: constants.Z_SYNC_FLUSH,
          // zlib refuses a limit of 0; one byte too many is noticed below.
          maxOutputLength: Math.max(maxBytes, 1),
          ...(received.length > 0 ? { dictionary: received } : {}),
        });
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        return code === 'ERR_BUFFER_TOO_LARGE' ? 'too-big' : 'corrupt';
      }
      if (output.length > maxBytes) return 'too-big';
      if (decompressContextTakeover) received = window(received, output, 15);
      return Uint8Array.from(output);
    },
  };
}

function window(before: Uint8Array, added: Uint8Array, bits: number): Uint8Array {
  return concat(before, added).slice(-(2 ** bits));
}
