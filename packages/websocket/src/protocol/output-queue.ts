import { copyBytes } from './copy-bytes.ts';
import type { EncodedFrame } from './encoded-frame.ts';
import { encodeFrameHeader, frameHeaderLength, MAX_HEADER_BYTES } from './frame.ts';
import { applyMask } from './masking.ts';
import type { OutputSlab } from './output-slab.ts';
import { encodeUtf8Into } from './utf8.ts';

/** Frames up to this length are copied next to each other; longer ones get a buffer of their own. */
const MAX_COPIED_BYTES = 16 * 1024;

/** Neighbouring pieces up to this length are joined before they are written. */
const MAX_JOINED_BYTES = 2 * 1024;

/** Up to here a loop in JavaScript encodes faster than a call of the platform's encoder. */
const MAX_LOOPED_UNITS = 24;

/** A connection that cannot write keeps its frames in blocks of this size. */
const PRIVATE_BLOCK_BYTES = 4 * 1024;

/**
 * The frames one connection has to write, in order.
 *
 * Small frames are encoded straight into the slab, so that the answers to everything one read
 * brought leave in one buffer and one write.
 */
export class OutputQueue {
  /** Bytes that wait. */
  length = 0;

  readonly #common: OutputSlab;
  #slab: OutputSlab;
  #pieces: Uint8Array[] = [];
  /** The run of frames that is still growing: `#block[#start … #end)`. */
  #block: Uint8Array | undefined;
  #start = 0;
  #end = 0;
  /** Since the last `take`: frames encoded for many connections, whose memory is not ours alone. */
  #shared = false;
  #tookShared = false;

  constructor(slab: OutputSlab) {
    this.#common = slab;
    this.#slab = slab;
  }

  /**
   * Whether frames stay here for long. Then they do not go into shared blocks: a few bytes that
   * cannot be written would keep alive what thousands of other connections have long sent.
   */
  set lingering(on: boolean) {
    if (on === (this.#slab !== this.#common)) return;
    this.#slab = on ? this.#common.createPrivate(PRIVATE_BLOCK_BYTES) : this.#common;
  }

  /**
   * Adds a frame with the payload `source[start … end)`.
   *
   * Masked payloads are copied. Unmasked ones longer than 16 KiB are not: leave them as they are
   * until they are written.
   */
  addFrame(
    firstByte: number,
    source: Uint8Array,
    start: number,
    end: number,
    maskingKey: number | undefined,
  ): void {
    const payloadLength = end - start;
    const headerLength = frameHeaderLength(payloadLength, maskingKey !== undefined);
    const copied = maskingKey !== undefined || payloadLength <= MAX_COPIED_BYTES;
    const frameLength = copied ? headerLength + payloadLength : headerLength;
    const slab = this.#slab;
    let target: Uint8Array;
    let offset = 0;
    if (frameLength <= MAX_COPIED_BYTES + MAX_HEADER_BYTES) {
      offset = this.#reserve(frameLength);
      target = slab.block;
    } else {
      target = slab.allocate(frameLength);
    }
    encodeFrameHeader(target, offset, firstByte, payloadLength, maskingKey);
    if (copied) copyBytes(source, start, end, target, offset + headerLength);
    if (maskingKey !== undefined) {
      applyMask(target, offset + headerLength, offset + frameLength, maskingKey);
    }
    if (target === slab.block) this.#commit(frameLength);
    else this.#addPiece(target);
    if (!copied) this.#addPiece(source.subarray(start, end));
  }

  /** Adds a frame whose payload is `text`, encoded in its place. */
  addTextFrame(firstByte: number, text: string, maskingKey: number | undefined): void {
    const slab = this.#slab;
    const masked = maskingKey !== undefined;
    const longest = MAX_HEADER_BYTES + text.length * 3;
    if (longest > MAX_COPIED_BYTES) {
      const payloadLength = slab.textLength(text);
      const headerLength = frameHeaderLength(payloadLength, masked);
      const target = slab.allocate(headerLength + payloadLength);
      encodeFrameHeader(target, 0, firstByte, payloadLength, maskingKey);
      slab.encodeTextInto(text, target, headerLength);
      if (masked) applyMask(target, headerLength, target.length, maskingKey);
      this.#addPiece(target);
      return;
    }
    const offset = this.#reserve(longest);
    const { block } = slab;
    // ASCII gets the header right at once; other text may need a longer one and is moved then.
    const expectedHeader = frameHeaderLength(text.length, masked);
    const encode = text.length <= MAX_LOOPED_UNITS ? encodeUtf8Into : slab.encodeTextInto;
    const payloadLength = encode(text, block, offset + expectedHeader);
    const headerLength = frameHeaderLength(payloadLength, masked);
    if (headerLength !== expectedHeader) {
      const from = offset + expectedHeader;
      block.copyWithin(offset + headerLength, from, from + payloadLength);
    }
    encodeFrameHeader(block, offset, firstByte, payloadLength, maskingKey);
    const frameLength = headerLength + payloadLength;
    if (masked) applyMask(block, offset + headerLength, offset + frameLength, maskingKey);
    this.#commit(frameLength);
  }

  /**
   * Adds a frame that was encoded for many connections, without copying it. Frames that lie behind
   * each other in memory stay one piece, so that what was published in one tick is one write.
   */
  addEncoded({ source, start, end }: EncodedFrame): void {
    const lengthBytes = end - start;
    if (this.#slab !== this.#common && lengthBytes <= MAX_COPIED_BYTES) {
      const offset = this.#reserve(lengthBytes);
      copyBytes(source, start, end, this.#slab.block, offset);
      this.#commit(lengthBytes);
      return;
    }
    if (this.#block !== source || this.#end !== start) {
      this.#endRun();
      this.#block = source;
      this.#start = start;
    }
    this.#end = end;
    this.#shared = true;
    this.length += lengthBytes;
  }

  /** Everything that waits, in order; the caller owns it. */
  take(): Uint8Array[] {
    this.#endRun();
    this.#tookShared = this.#shared;
    this.#shared = false;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.length = 0;
    return pieces.length > 1 ? this.#join(pieces) : pieces;
  }

  /** The caller needs what `take` returned last no more, nor does anybody else. */
  reclaim(pieces: readonly Uint8Array[]): void {
    const [only] = pieces;
    if (pieces.length === 1 && only !== undefined && !this.#tookShared) this.#slab.reclaim(only);
  }

  /** Makes room and returns where it begins in the slab's block. */
  #reserve(lengthBytes: number): number {
    const slab = this.#slab;
    slab.reserve(lengthBytes);
    if (this.#block !== slab.block || this.#end !== slab.used) {
      this.#endRun();
      this.#block = slab.block;
      this.#start = slab.used;
      this.#end = slab.used;
    }
    return slab.used;
  }

  #commit(lengthBytes: number): void {
    this.#end += lengthBytes;
    this.#slab.used = this.#end;
    this.length += lengthBytes;
  }

  #endRun(): void {
    if (this.#block === undefined) return;
    if (this.#end > this.#start) this.#pieces.push(this.#block.subarray(this.#start, this.#end));
    this.#block = undefined;
  }

  #addPiece(piece: Uint8Array): void {
    this.#endRun();
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  /** Frames of several connections that were added in turn lie apart; brings ours together. */
  #join(pieces: Uint8Array[]): Uint8Array[] {
    for (let index = 0; index < pieces.length; index++) {
      const piece = pieces[index] as Uint8Array;
      const next = pieces[index + 1];
      if (isSmall(piece) && (this.#block !== undefined || (next !== undefined && isSmall(next)))) {
        const offset = this.#reserve(piece.length);
        copyBytes(piece, 0, piece.length, this.#slab.block, offset);
        this.#commit(piece.length);
      } else {
        this.#endRun();
        this.#pieces.push(piece);
      }
    }
    this.#endRun();
    const joined = this.#pieces;
    this.#pieces = [];
    this.length = 0;
    return joined;
  }
}

function isSmall(piece: Uint8Array): boolean {
  return piece.length <= MAX_JOINED_BYTES;
}
