import { inflateRawSync, type ZlibOptions } from 'node:zlib';

/** With `info`, which its types do not know, zlib says how much of the input it has read. */
export function inflate(input: Uint8Array, options: ZlibOptions) {
  const result: unknown = inflateRawSync(input, { ...options, info: true });
  return result as { buffer: Uint8Array; engine: { bytesWritten: number } };
}
