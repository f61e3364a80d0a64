import type { DeflateParameters, MessageCodec } from '../protocol/index.ts';
import { createDeflater, createInflater, type Deflater, type Inflater } from './sync-zlib.ts';

export interface CodecSettings {
  /** Shorter messages go uncompressed. */
  readonly thresholdBytes: number;
  readonly level: number;
}

/** zlib's own default: half of the memory a compressor takes is for this. */
const MEM_LEVEL = 8;

/** zlib cannot keep a window of 2^8, which a client may be bound to; then it does not compress. */
const MIN_WINDOW_BITS = 9;

/** Without context takeover there is nothing to remember: one of each kind serves all connections. */
const sharedDeflaters = new Map<string, Deflater>();
let sharedInflater: Inflater | undefined;

/** The compressor and decompressor of one connection (RFC 7692 §7.2). */
export class DeflateCodec implements MessageCodec {
  readonly shareKey: string | undefined;
  readonly #thresholdBytes: number;
  readonly #deflater: Deflater | undefined;
  readonly #ownsDeflater: boolean;
  readonly #inflater: Inflater;
  readonly #ownsInflater: boolean;

  constructor(parameters: DeflateParameters, settings: CodecSettings) {
    this.#thresholdBytes = settings.thresholdBytes;
    this.#ownsDeflater = parameters.compressContextTakeover;
    this.#ownsInflater = parameters.decompressContextTakeover;
    this.#inflater = this.#ownsInflater ? createInflater() : (sharedInflater ??= createInflater());
    const { compressWindowBits: windowBits } = parameters;
    const { level, thresholdBytes } = settings;
    if (!this.#ownsDeflater) this.shareKey = `${windowBits}/${level}/${thresholdBytes}`;
    if (windowBits >= MIN_WINDOW_BITS) {
      this.#deflater = this.#ownsDeflater
        ? createDeflater({ windowBits, level, memLevel: MEM_LEVEL })
        : shareDeflater(windowBits, level);
    }
  }

  compress(payload: Uint8Array): Uint8Array | undefined {
    const deflater = this.#deflater;
    if (deflater === undefined || payload.length < this.#thresholdBytes) return undefined;
    if (this.#ownsDeflater) return deflater.compress(payload);
    deflater.reset();
    const compressed = deflater.compress(payload);
    // With takeover it would have to be sent all the same: the window has moved on.
    return compressed.length < payload.length ? compressed : undefined;
  }

  decompress(payload: Uint8Array, maxBytes: number): Uint8Array | 'too-big' | 'corrupt' {
    if (!this.#ownsInflater) this.#inflater.reset();
    return this.#inflater.decompress(payload, maxBytes);
  }

  /** Frees zlib's memory, which the heap knows nothing of. */
  close(): void {
    if (this.#ownsDeflater) this.#deflater?.close();
    if (this.#ownsInflater) this.#inflater.close();
  }

  /** Bytes that a connection with these parameters holds (zlib.h, "Memory Footprint"). */
  static memoryBytes(parameters: DeflateParameters): number {
    const { compressContextTakeover, compressWindowBits, decompressContextTakeover } = parameters;
    const deflater = compressContextTakeover
      ? (1 << (compressWindowBits + 2)) + (1 << (MEM_LEVEL + 9))
      : 0;
    const inflater = decompressContextTakeover ? (1 << 15) + 10 * 1024 : 0;
    return deflater + inflater;
  }
}

function shareDeflater(windowBits: number, level: number): Deflater {
  const name = `${windowBits}/${level}`;
  let deflater = sharedDeflaters.get(name);
  if (deflater === undefined) {
    deflater = createDeflater({ windowBits, level, memLevel: MEM_LEVEL });
    sharedDeflaters.set(name, deflater);
  }
  return deflater;
}
