import {
  buildDeflateOffer,
  checkDeflateAnswer,
  negotiateDeflate,
  type DeflateOptions,
  type Extension,
  type HandshakeError,
  type Role,
} from '../protocol/index.ts';
import { compressionMemory } from './compression-memory.ts';
import { DeflateCodec, type CodecCounters } from './deflate-codec.ts';

/** permessage-deflate (RFC 7692), the same for both roles. */
export interface CompressionOptions {
  /**
   * The server's compressor may look back to earlier messages. Similar messages shrink more, and
   * every connection holds its window: about 256 KiB at 15 bits on the server. Default false.
   */
  serverContextTakeover?: boolean | undefined;
  /** The same for the client's compressor; the server holds 42 KiB to inflate. Default false. */
  clientContextTakeover?: boolean | undefined;
  /** Base-2 logarithm of the largest window of the server's compressor, 9–15. Default 15. */
  serverMaxWindowBits?: number | undefined;
  /** Of the client's, 9–15. Default 15. */
  clientMaxWindowBits?: number | undefined;
  /** Shorter messages go uncompressed, in bytes. Default 128; `0` compresses all. */
  thresholdBytes?: number | undefined;
  /** 1, fastest, to 9, smallest. Default 6. */
  level?: number | undefined;
  /**
   * What compression may hold outside of the heap in the whole process, in bytes, all servers and
   * clients counted: windows of connections with context takeover, and 42 KiB for every message
   * that is inflated while it arrives. A connection for which there is no room does without
   * takeover; a message for which there is none is inflated when it is whole. Both are counted
   * (`compressionShortages`). Default 64 MiB; `0`: no takeover at all.
   */
  maxMemoryBytes?: number | undefined;
}

export type ResolvedCompression = {
  readonly [K in keyof CompressionOptions]-?: Exclude<CompressionOptions[K], undefined>;
};

export const COMPRESSION_DEFAULTS: ResolvedCompression = Object.freeze({
  serverContextTakeover: false,
  clientContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
  thresholdBytes: 128,
  level: 6,
  maxMemoryBytes: 67_108_864,
});

const RANGES: { readonly [K in keyof ResolvedCompression]?: readonly [number, number] } = {
  serverMaxWindowBits: [9, 15],
  clientMaxWindowBits: [9, 15],
  thresholdBytes: [0, Number.MAX_SAFE_INTEGER],
  level: [1, 9],
  maxMemoryBytes: [0, Number.MAX_SAFE_INTEGER],
};

/** @throws {TypeError | RangeError} on an unknown name, a wrong type or an impossible value */
export function resolveCompression(
  options: boolean | CompressionOptions,
): ResolvedCompression | undefined {
  if (options === false) return undefined;
  if (options === true) return COMPRESSION_DEFAULTS;
  const resolved: Record<string, unknown> = { ...COMPRESSION_DEFAULTS };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(COMPRESSION_DEFAULTS, name)) {
      throw new TypeError(`unknown option 'compression.${name}'`);
    }
    if (value === undefined) continue;
    check(name as keyof ResolvedCompression, value);
    resolved[name] = value;
  }
  return Object.freeze(resolved) as ResolvedCompression;
}

export interface CompressionAnswer {
  readonly extension: Extension;
  /** Called when the connection is made. */
  createCodec(): DeflateCodec;
}

/** The server's part: its answer to the client's offers, or undefined for no compression. */
export function answerCompression(
  offers: readonly Extension[],
  options: ResolvedCompression | undefined,
  counters: CodecCounters,
): CompressionAnswer | undefined {
  if (options === undefined) return undefined;
  const answer = negotiateDeflate(offers, withinMemory(options, 'server', counters));
  if (answer === undefined) return undefined;
  const { extension, parameters } = answer;
  return { extension, createCodec: () => new DeflateCodec(parameters, options, counters) };
}

/** The client's part: what to offer, and what becomes of the answer. */
export class CompressionOffer {
  readonly extensions: readonly Extension[];
  readonly #options: ResolvedCompression | undefined;
  readonly #offered: DeflateOptions | undefined;
  readonly #counters: CodecCounters;

  constructor(options: ResolvedCompression | undefined, counters: CodecCounters) {
    this.#options = options;
    this.#counters = counters;
    this.#offered = options && withinMemory(options, 'client', counters);
    this.extensions = this.#offered === undefined ? [] : [buildDeflateOffer(this.#offered)];
  }

  /** Undefined: the server does not compress. */
  accept(answer: readonly Extension[]): DeflateCodec | HandshakeError | undefined {
    if (this.#options === undefined || this.#offered === undefined) return undefined;
    const parameters = checkDeflateAnswer(answer, this.#offered);
    if (parameters === undefined || parameters instanceof Error) return parameters;
    return new DeflateCodec(parameters, this.#options, this.#counters);
  }
}

/** The options, without context takeover when what it may cost is more than there is. */
function withinMemory(
  options: ResolvedCompression,
  role: Role,
  counters: CodecCounters,
): ResolvedCompression {
  const ofServer = [options.serverContextTakeover, options.serverMaxWindowBits] as const;
  const ofClient = [options.clientContextTakeover, options.clientMaxWindowBits] as const;
  const [ours, theirs] = role === 'server' ? [ofServer, ofClient] : [ofClient, ofServer];
  const wantedBytes = DeflateCodec.memoryBytes({
    compressContextTakeover: ours[0],
    compressWindowBits: ours[1],
    decompressContextTakeover: theirs[0],
    decompressWindowBits: theirs[1],
  });
  if (compressionMemory.hasRoomFor(wantedBytes, options.maxMemoryBytes)) return options;
  if (wantedBytes > 0) counters.compressionShortages += 1;
  return { ...options, serverContextTakeover: false, clientContextTakeover: false };
}

function check(name: keyof ResolvedCompression, value: unknown): void {
  const expected = typeof COMPRESSION_DEFAULTS[name];
  if (typeof value !== expected) {
    throw new TypeError(`compression.${name} must be a ${expected}, got ${typeof value}`);
  }
  const [least, most] = RANGES[name] ?? [];
  if (least === undefined || most === undefined || typeof value !== 'number') return;
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(
      `compression.${name} must be a whole number from ${least} to ${most}, got ${value}`,
    );
  }
}
