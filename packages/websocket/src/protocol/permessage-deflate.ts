/**
 * The negotiation of permessage-deflate (RFC 7692 §7). The compressor itself is passed in: see
 * `MessageCodec`.
 */
import { HandshakeError } from './errors.ts';
import type { Extension, ExtensionParameter } from './extension-header.ts';

const NAME = 'permessage-deflate';

/** What an end has to expect when nothing is said (§7.1.2). */
const MAX_WINDOW_BITS = 15;

/** zlib makes a window of 2^9 when asked for 2^8, so that we can read such data but not write it. */
const MIN_COMPRESS_WINDOW_BITS = 9;

/** §7.1.2: 8–15 as a decimal number without leading zeros. */
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;

/**
 * What an endpoint wants of the extension; the same meaning for either role.
 *
 * Without context takeover a compressor forgets each message, so that one can serve all
 * connections; with it, similar messages shrink more and every connection holds its windows:
 * 2^bits for inflating, about eight times as much for compressing.
 */
export interface DeflateOptions {
  /** The server's compressor may look back to earlier messages. */
  readonly serverContextTakeover: boolean;
  /** The client's compressor may. */
  readonly clientContextTakeover: boolean;
  /** Base-2 logarithm of the server's largest window in bytes, 9–15. */
  readonly serverMaxWindowBits: number;
  /** Of the client's, 9–15. */
  readonly clientMaxWindowBits: number;
}

/** What was agreed on, as one end sees it; what its codec is made from. */
export interface DeflateParameters {
  readonly compressContextTakeover: boolean;
  /** 8–15. A client may be bound to 8, which zlib cannot keep: then it must send uncompressed. */
  readonly compressWindowBits: number;
  readonly decompressContextTakeover: boolean;
  /** The peer uses no larger window. */
  readonly decompressWindowBits: number;
}

/**
 * The compressor and decompressor of one connection (§7.2), passed in because the core has no zlib.
 * Both work synchronously (docs/decisions/0001, 0006).
 */
export interface MessageCodec {
  /**
   * Codecs with the same key make the same of the same payload, so that a message for many is
   * compressed once. Undefined: with context takeover it depends on what went before.
   */
  readonly shareKey?: string | undefined;
  /**
   * The compressed payload without its last four bytes 00 00 ff ff (§7.2.1), in memory that stays
   * as it is; or undefined when the message had better go uncompressed, which is decided with its
   * first frame (§6.1).
   *
   * @param continues - it belongs to a message whose first frame was compressed, so this one must be
   * @param last - false: more frames of the message follow, and the four bytes are left in
   */
  compress(payload: Uint8Array, continues?: boolean, last?: boolean): Uint8Array | undefined;
  /**
   * Asks before the first part of a message that is not there as a whole; false when there is no
   * memory to inflate it while it arrives: then `feed` is to be called once, with all of it.
   */
  openParts(): boolean;
  /**
   * Takes the next part of a compressed message. It is left where it lies until `inflate` has read
   * it, or until `detach`.
   *
   * @param last - the message ends with it
   */
  feed(part: Uint8Array, last: boolean): void;
  /**
   * Some more of what the parts fed so far inflate to (§7.2.2), in memory of its own; undefined once
   * that is all. A bounded piece at a time, so that a limit holds while inflating. Ready for the next
   * message behind the last part, also after a block with BFINAL (§7.2.3.4).
   *
   * @param maxBytes - what is left of the limit on the message: `too-big` with the piece beyond it
   */
  inflate(maxBytes: number): Uint8Array | 'too-big' | 'corrupt' | undefined;
  /** Of what was fed, bytes that are not inflated yet; 0 when `inflate` would give undefined. */
  readonly unreadBytes: number;
  /** Copies what still lies in `memory`, which is about to be used again. */
  detach(memory: ArrayBufferLike): void;
  /** Forgets the unfinished message. */
  abandon(): void;
}

/** The parameters of one offer or answer, read but not yet weighed. */
interface Wishes {
  serverNoContextTakeover: boolean;
  clientNoContextTakeover: boolean;
  serverMaxWindowBits: number | undefined;
  /** True: named without a value, which only an offer may do. */
  clientMaxWindowBits: number | true | undefined;
}

/** What a server agreed to, and how it says so. */
export interface DeflateAnswer {
  readonly extension: Extension;
  readonly parameters: DeflateParameters;
}

/** The client's offer (§7.1). @throws {RangeError} when a window is not 9–15 */
export function buildDeflateOffer(options: DeflateOptions): Extension {
  requireWindows(options);
  const { serverMaxWindowBits, clientMaxWindowBits } = options;
  const parameters: ExtensionParameter[] = [];
  if (!options.serverContextTakeover) parameters.push({ name: 'server_no_context_takeover' });
  if (!options.clientContextTakeover) parameters.push({ name: 'client_no_context_takeover' });
  if (serverMaxWindowBits < MAX_WINDOW_BITS) {
    parameters.push({ name: 'server_max_window_bits', value: String(serverMaxWindowBits) });
  }
  parameters.push(
    clientMaxWindowBits < MAX_WINDOW_BITS
      ? { name: 'client_max_window_bits', value: String(clientMaxWindowBits) }
      : { name: 'client_max_window_bits' },
  );
  return { name: NAME, parameters };
}

/**
 * The server's answer to the first offer it can accept (§7.1), in the client's order; undefined when
 * there is none, which means no compression. An offer that breaks a rule is passed over (§7.1).
 *
 * @throws {RangeError} when a window of `options` is not 9–15
 */
export function negotiateDeflate(
  offers: readonly Extension[],
  options: DeflateOptions,
): DeflateAnswer | undefined {
  requireWindows(options);
  for (const { name, parameters } of offers) {
    if (name !== NAME) continue;
    const wishes = readWishes(parameters, 'offer');
    const answer = wishes === undefined ? undefined : answerWishes(wishes, options);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/**
 * The client's reading of the server's answer: what was agreed on, undefined when the server does
 * not compress, or the error that fails the handshake (§7.1).
 *
 * @param extensions - all that the answer names
 * @param options - those of `buildDeflateOffer`
 */
export function checkDeflateAnswer(
  extensions: readonly Extension[],
  options: DeflateOptions,
): DeflateParameters | HandshakeError | undefined {
  const [answer, another] = extensions.filter(({ name }) => name === NAME);
  if (answer === undefined) return undefined;
  const wishes = another === undefined ? readWishes(answer.parameters, 'answer') : undefined;
  if (wishes === undefined || !keepsOffer(wishes, options)) {
    return new HandshakeError('PW_WS_RESPONSE_DEFLATE');
  }
  return {
    compressContextTakeover: options.clientContextTakeover && !wishes.clientNoContextTakeover,
    compressWindowBits: boundOf(wishes) ?? options.clientMaxWindowBits,
    decompressContextTakeover: !wishes.serverNoContextTakeover,
    decompressWindowBits: wishes.serverMaxWindowBits ?? MAX_WINDOW_BITS,
  };
}

function answerWishes(wishes: Wishes, options: DeflateOptions): DeflateAnswer | undefined {
  const compressWindowBits = Math.min(
    options.serverMaxWindowBits,
    wishes.serverMaxWindowBits ?? MAX_WINDOW_BITS,
  );
  if (compressWindowBits < MIN_COMPRESS_WINDOW_BITS) return undefined;
  const limitsClient = options.clientMaxWindowBits < MAX_WINDOW_BITS;
  // §7.1.2.2: the answer may bind the client's window only if the offer says it can be bound.
  if (limitsClient && wishes.clientMaxWindowBits === undefined) return undefined;

  const compressContextTakeover = options.serverContextTakeover && !wishes.serverNoContextTakeover;
  const decompressContextTakeover =
    options.clientContextTakeover && !wishes.clientNoContextTakeover;
  const promised = boundOf(wishes) ?? MAX_WINDOW_BITS;
  const decompressWindowBits = Math.min(options.clientMaxWindowBits, promised);

  const parameters: ExtensionParameter[] = [];
  if (!compressContextTakeover) parameters.push({ name: 'server_no_context_takeover' });
  if (!decompressContextTakeover) parameters.push({ name: 'client_no_context_takeover' });
  if (compressWindowBits < MAX_WINDOW_BITS) {
    parameters.push({ name: 'server_max_window_bits', value: String(compressWindowBits) });
  }
  if (decompressWindowBits < MAX_WINDOW_BITS) {
    parameters.push({ name: 'client_max_window_bits', value: String(decompressWindowBits) });
  }
  return {
    extension: { name: NAME, parameters },
    parameters: {
      compressContextTakeover,
      compressWindowBits,
      decompressContextTakeover,
      decompressWindowBits,
    },
  };
}

/** Whether the server has granted what it must grant when it accepts (§7.1.1.1, §7.1.2). */
function keepsOffer(answer: Wishes, options: DeflateOptions): boolean {
  if (!options.serverContextTakeover && !answer.serverNoContextTakeover) return false;
  const serverBits = answer.serverMaxWindowBits ?? MAX_WINDOW_BITS;
  if (serverBits > options.serverMaxWindowBits) return false;
  // §7.1.2.2: a window that was offered may only become smaller.
  return (boundOf(answer) ?? 0) <= options.clientMaxWindowBits;
}

/** The client's window, when a number is named. */
function boundOf({ clientMaxWindowBits }: Wishes): number | undefined {
  return typeof clientMaxWindowBits === 'number' ? clientMaxWindowBits : undefined;
}

/** Undefined on an unknown name, a repeated one, or a value that is missing, extra or malformed. */
function readWishes(
  parameters: readonly ExtensionParameter[],
  kind: 'offer' | 'answer',
): Wishes | undefined {
  const wishes: Wishes = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: undefined,
    clientMaxWindowBits: undefined,
  };
  if (new Set(parameters.map(({ name }) => name)).size !== parameters.length) return undefined;
  for (const { name, value } of parameters) {
    const bits = value !== undefined && WINDOW_BITS.test(value) ? Number(value) : undefined;
    if (name === 'server_no_context_takeover' && value === undefined) {
      wishes.serverNoContextTakeover = true;
    } else if (name === 'client_no_context_takeover' && value === undefined) {
      wishes.clientNoContextTakeover = true;
    } else if (name === 'server_max_window_bits' && bits !== undefined) {
      wishes.serverMaxWindowBits = bits;
    } else if (name === 'client_max_window_bits' && bits !== undefined) {
      wishes.clientMaxWindowBits = bits;
    } else if (name === 'client_max_window_bits' && value === undefined && kind === 'offer') {
      wishes.clientMaxWindowBits = true;
    } else {
      return undefined;
    }
  }
  return wishes;
}

function requireWindows({ serverMaxWindowBits, clientMaxWindowBits }: DeflateOptions): void {
  for (const bits of [serverMaxWindowBits, clientMaxWindowBits]) {
    if (!Number.isInteger(bits) || bits < MIN_COMPRESS_WINDOW_BITS || bits > MAX_WINDOW_BITS) {
      throw new RangeError(
        `maxWindowBits: expected ${MIN_COMPRESS_WINDOW_BITS}–${MAX_WINDOW_BITS}, got ${bits}`,
      );
    }
  }
}
