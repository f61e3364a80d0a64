/**
 * The compressor and decompressor of one connection (RFC 7692 §7.2), passed in because the core
 * has no zlib. Both work synchronously (docs/decisions/0001).
 */
export interface MessageCodec {
  /**
   * The compressed payload without its last four bytes 00 00 ff ff (§7.2.1), or undefined when
   * the message had better go as it is. The result may lie in memory that the next call uses again.
   */
  compress(payload: Uint8Array): Uint8Array | undefined;
  /**
   * The inflated payload (§7.2.2), in memory of its own. It must stop as soon as the output would
   * pass `maxBytes`.
   */
  decompress(payload: Uint8Array, maxBytes: number): Uint8Array | 'too-big' | 'corrupt';
}
