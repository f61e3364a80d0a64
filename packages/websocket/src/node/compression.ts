import {
  buildDeflateOffer,
  checkDeflateAnswer,
  negotiateDeflate,
  type DeflateOptions,
  type DeflateParameters,
  type Extension,
  type HandshakeError,
} from '../protocol/index.ts';
import { DeflateCodec } from './deflate-codec.ts';

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
   * With more than this many bytes held for context takeover in the whole process, further
   * connections do without it. Default 64 MiB; `0` means that none gets it.
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

/** Bytes that all connections of this process hold for context takeover. */
let heldBytes = 0;

/** A codec that counts what it holds. */
export class BudgetedCodec extends DeflateCodec {
  #bytes: number;

  constructor(parameters: DeflateParameters, options: ResolvedCompression) {
    super(parameters, options);
    this.#bytes = DeflateCodec.memoryBytes(parameters);
    heldBytes += this.#bytes;
  }

  override close(): void {
    heldBytes -= this.#bytes;
    this.#bytes = 0;
    super.close();
  }
}

export interface CompressionAnswer {
  readonly extension: Extension;
  /** Called when the connection is made. */
  createCodec(): BudgetedCodec;
}

/** The server's part: its answer to the client's offers, or undefined for no compression. */
export function answerCompression(
  offers: readonly Extension[],
  options: ResolvedCompression | undefined,
): CompressionAnswer | undefined {
  if (options === undefined) return undefined;
  const answer = negotiateDeflate(offers, withinBudget(options));
  if (answer === undefined) return undefined;
  const { extension, parameters } = answer;
  return { extension, createCodec: () => new BudgetedCodec(parameters, options) };
}

/** The client's part: what to offer, and what becomes of the answer. */
export class CompressionOffer {
  readonly extensions: readonly Extension[];
  readonly #options: ResolvedCompression | undefined;
  readonly #offered: DeflateOptions | undefined;

  constructor(options: ResolvedCompression | undefined) {
    this.#options = options;
    this.#offered = options === undefined ? undefined : withinBudget(options);
    this.extensions = this.#offered === undefined ? [] : [buildDeflateOffer(this.#offered)];
  }

  /** Undefined: the server does not compress. */
  accept(answer: readonly Extension[]): BudgetedCodec | HandshakeError | undefined {
    if (this.#options === undefined || this.#offered === undefined) return undefined;
    const parameters = checkDeflateAnswer(answer, this.#offered);
    if (parameters === undefined || parameters instanceof Error) return parameters;
    return new BudgetedCodec(parameters, this.#options);
  }
}

function withinBudget(options: ResolvedCompression): ResolvedCompression {
  if (heldBytes <= options.maxMemoryBytes && options.maxMemoryBytes > 0) return options;
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
