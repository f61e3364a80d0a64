import type { DeflateParameters, MessageCodec } from '../protocol/index.ts';
import { compressionMemory } from './compression-memory.ts';
import { createDeflater, createInflater, type Deflater, type Inflater } from './sync-zlib.ts';

export interface CodecSettings {
  /** Shorter messages go uncompressed. */
  readonly thresholdBytes: number;
  readonly level: number;
  /** Beyond this, no message is inflated before it is whole. */
  readonly maxMemoryBytes: number;
}

/** What is counted; the counters of the server or client. */
export interface CodecCounters {
  compressionShortages: number;
}

/** zlib's own default: half of the memory a compressor takes is for this. */
const MEM_LEVEL = 8;

/** zlib cannot keep a window of 2^8, which a client may be bound to; then it does not compress. */
const MIN_WINDOW_BITS = 9;

/** zlib.h, "Memory Footprint": a window of 2^15, and what is around it. */
const INFLATER_BYTES = (1 << 15) + 10 * 1024;

/** Without context takeover there is nothing to remember: one of each kind serves all connections. */
const sharedDeflaters = new Map<string, Deflater>();
/** Not there while a message is inflated with it. */
let restingInflater: Inflater | undefined;

/** The compressor and decompressor of one connection (RFC 7692 §7.2). */
export class DeflateCodec implements MessageCodec {
  readonly shareKey: string | undefined;
  readonly #settings: CodecSettings;
  readonly #counters: CodecCounters;
  readonly #deflater: Deflater | undefined;
  readonly #ownsDeflater: boolean;
  readonly #ownsInflater: boolean;
  /** With context takeover always the same, else borrowed while a message is inflated. */
  #inflater: Inflater | undefined;
  #last = false;
  #closed = false;
  /** What `close` gives back. */
  readonly #memoryBytes: number;

  constructor(parameters: DeflateParameters, settings: CodecSettings, counters: CodecCounters) {
    this.#settings = settings;
    this.#counters = counters;
    this.#ownsDeflater = parameters.compressContextTakeover;
    this.#ownsInflater = parameters.decompressContextTakeover;
    if (this.#ownsInflater) this.#inflater = createInflater();
    const { compressWindowBits: windowBits } = parameters;
    const { level, thresholdBytes } = settings;
    if (!this.#ownsDeflater) this.shareKey = `${windowBits}/${level}/${thresholdBytes}`;
    if (windowBits >= MIN_WINDOW_BITS) {
      this.#deflater = this.#ownsDeflater
        ? createDeflater({ windowBits, level, memLevel: MEM_LEVEL })
        : shareDeflater(windowBits, level);
    }
    this.#memoryBytes = DeflateCodec.memoryBytes(parameters);
    compressionMemory.hold(this.#memoryBytes);
  }

  compress(payload: Uint8Array, continues = false, last = true): Uint8Array | undefined {
    const deflater = this.#deflater;
    if (deflater === undefined) return undefined;
    if (!continues && payload.length < this.#settings.thresholdBytes) return undefined;
    // Others use it between the frames of a message, too: each begins with an empty window.
    if (!this.#ownsDeflater) deflater.reset();
    const compressed = deflater.compress(payload, !last);
    // With takeover it would have to be sent all the same: the window has moved on.
    const mustGo = continues || this.#ownsDeflater;
    return mustGo || compressed.length < payload.length ? compressed : undefined;
  }

  openParts(): boolean {
    if (!this.#ownsInflater) {
      const { maxMemoryBytes } = this.#settings;
      if (!compressionMemory.hasRoomFor(INFLATER_BYTES, maxMemoryBytes)) {
        this.#counters.compressionShortages += 1;
        return false;
      }
      this.#inflater ??= borrowInflater();
    }
    return this.#inflater?.takesParts === true;
  }

  feed(part: Uint8Array, last: boolean): void {
    this.#last = last;
    this.#inflater ??= borrowInflater();
    this.#inflater.feed(part, last);
  }

  inflate(maxBytes: number): Uint8Array | 'too-big' | 'corrupt' | undefined {
    const inflated = this.#inflater?.inflate(maxBytes);
    if (inflated === undefined && this.#last) this.#returnLoan();
    return inflated;
  }

  get unreadBytes(): number {
    return this.#inflater?.unreadBytes ?? 0;
  }

  detach(memory: ArrayBufferLike): void {
    this.#inflater?.detach(memory);
  }

  abandon(): void {
    if (this.#ownsInflater) this.#inflater?.reset();
    this.#returnLoan();
  }

  /** Frees zlib's memory, which the heap knows nothing of. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#returnLoan();
    if (this.#ownsDeflater) this.#deflater?.close();
    this.#inflater?.close();
    compressionMemory.release(this.#memoryBytes);
  }

  #returnLoan(): void {
    if (this.#ownsInflater || this.#inflater === undefined) return;
    returnInflater(this.#inflater);
    this.#inflater = undefined;
  }

  /** Bytes that a connection with these parameters holds all the time. */
  static memoryBytes(parameters: DeflateParameters): number {
    const { compressContextTakeover, compressWindowBits, decompressContextTakeover } = parameters;
    const deflater = compressContextTakeover
      ? (1 << (compressWindowBits + 2)) + (1 << (MEM_LEVEL + 9))
      : 0;
    return deflater + (decompressContextTakeover ? INFLATER_BYTES : 0);
  }
}

function borrowInflater(): Inflater {
  const inflater = restingInflater ?? createInflater();
  restingInflater = undefined;
  compressionMemory.hold(INFLATER_BYTES);
  inflater.reset();
  return inflater;
}

function returnInflater(inflater: Inflater): void {
  compressionMemory.release(INFLATER_BYTES);
  inflater.reset();
  if (restingInflater === undefined) restingInflater = inflater;
  else inflater.close();
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
