import type { MessageCodec } from '../../../src/protocol/permessage-deflate.ts';

export interface WholeMessages {
  compress: MessageCodec['compress'];
  decompress(message: Uint8Array, maxBytes: number): Uint8Array | 'too-big' | 'corrupt';
}

/** A codec that must have messages as a whole. */
export function createWholeCodec({ compress, decompress }: WholeMessages): MessageCodec {
  let message: Uint8Array | undefined;
  return {
    compress,
    openParts: () => false,
    feed(part) {
      message = part.slice();
    },
    inflate(maxBytes) {
      if (message === undefined) return undefined;
      const result = decompress(message, maxBytes);
      message = undefined;
      return result.length === 0 ? undefined : result;
    },
    get unreadBytes() {
      return message?.length ?? 0;
    },
    detach() {},
    abandon() {
      message = undefined;
    },
  };
}
