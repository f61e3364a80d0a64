import { copyOf } from './copy-bytes.ts';
import type { ProtocolErrorCode } from './errors.ts';
import {
  checkFrameHeader,
  decodeFrameHeader,
  FrameHeader,
  MAX_HEADER_BYTES,
  type Role,
} from './frame.ts';
import { applyMask, isAscii, rotateMaskingKey, viewWords } from './masking.ts';

const EMPTY = new Uint8Array(0);

/** A view over words serves the whole chunk, so it is made only for chunks at least this long. */
const MIN_CHUNK_FOR_WORDS = 256;

export interface FrameDecoderOptions {
  readonly receiver: Role;
  /** Reserved bits that an extension has given a meaning. */
  readonly allowedBits: number;
  readonly refuseNonMinimalLengths: boolean;
}

/**
 * As much of one frame's payload as one chunk holds, unmasked. A frame that lies whole in a chunk is
 * one piece, `first` and `last`; a header whose payload has not begun to arrive is an empty one.
 */
export interface FramePiece {
  readonly header: FrameHeader;
  readonly source: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** The frame's header has just been read. */
  readonly first: boolean;
  /** The frame ends with this piece. */
  readonly last: boolean;
  /** No byte of the piece has its top bit set. */
  readonly ascii: boolean;
}

/**
 * Cuts chunks of any size into frames (RFC 6455 §5.2) and removes the mask in place.
 *
 * A cursor, not a list: `next` moves to the next piece and the decoder itself is that piece. It
 * never holds back payload and keeps no memory but the start of a split header.
 */
export class FrameDecoder implements FramePiece {
  readonly header = new FrameHeader();
  source: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  first = false;
  last = false;
  ascii = true;
  /** Set when `next` gave false because the peer broke a rule; the input is of no use any more. */
  error: ProtocolErrorCode | undefined;

  /** As in the options. */
  allowedBits: number;

  readonly #receiver: Role;
  readonly #refuseNonMinimalLengths: boolean;
  /** Where to go on reading in `source`. */
  #position = 0;
  /** Chunks behind `source`; empty unless the reader is slower than the socket. */
  #queue: Uint8Array[] = [];
  #words: Int32Array | undefined;
  /** The beginning of a header that a chunk boundary cut through. */
  #heldHeader: Uint8Array | undefined;
  #heldLength = 0;
  #remaining = 0;
  #key = 0;

  constructor(options: FrameDecoderOptions) {
    this.allowedBits = options.allowedBits;
    this.#receiver = options.receiver;
    this.#refuseNonMinimalLengths = options.refuseNonMinimalLengths;
  }

  /** Takes a chunk over: its payloads are unmasked in place. */
  feed(chunk: Uint8Array): void {
    if (this.error !== undefined) return;
    if (this.#position === this.source.length && this.#queue.length === 0) {
      this.#read(chunk);
    } else {
      this.#queue.push(chunk);
    }
  }

  get unreadBytes(): number {
    let count = this.source.length - this.#position;
    for (const chunk of this.#queue) count += chunk.length;
    return count;
  }

  /** Between two frames, not inside one or its header; nothing is unread once `next` gave false. */
  get atRest(): boolean {
    return this.#remaining === 0 && this.#heldHeader === undefined && this.error === undefined;
  }

  /** Copies what has not been read yet out of `memory`, which is about to be used again. */
  detach(memory: ArrayBufferLike): void {
    if (this.source.buffer === memory) this.#read(copyOf(this.source, this.#position));
    this.#queue = this.#queue.map((chunk) => (chunk.buffer === memory ? copyOf(chunk) : chunk));
  }

  /** Moves to the next piece; false when there is none yet, or when `error` is set. */
  next(): boolean {
    if (this.#remaining > 0) {
      if (!this.#hasInput()) return false;
      this.first = false;
      this.#readPiece();
      return true;
    }
    if (this.error !== undefined || !this.#readHeader()) return false;
    this.error = this.#checkHeader();
    if (this.error !== undefined) return false;
    this.first = true;
    this.#remaining = this.header.payloadLength;
    this.#key = this.header.maskingKey;
    this.#readPiece();
    return true;
  }

  #read(chunk: Uint8Array): void {
    this.source = chunk;
    this.#position = 0;
    this.#words = undefined;
  }

  #hasInput(): boolean {
    while (this.#position === this.source.length) {
      const chunk = this.#queue.shift();
      // The chunk that is read through must not be kept alive by an idle connection.
      this.#read(chunk ?? EMPTY);
      if (chunk === undefined) return false;
    }
    return true;
  }

  #readHeader(): boolean {
    while (this.#hasInput()) {
      const { source } = this;
      if (this.#heldHeader === undefined) {
        const length = decodeFrameHeader(source, this.#position, source.length, this.header);
        if (length > 0) {
          this.#position += length;
          return true;
        }
        this.#heldHeader = new Uint8Array(MAX_HEADER_BYTES);
        this.#heldLength = 0;
      }
      const held = this.#heldHeader;
      const heldBefore = this.#heldLength;
      const until = Math.min(source.length, this.#position + MAX_HEADER_BYTES - heldBefore);
      for (let from = this.#position; from < until; from++) {
        held[this.#heldLength++] = source[from] as number;
      }
      const length = decodeFrameHeader(held, 0, this.#heldLength, this.header);
      if (length > 0) {
        this.#position += length - heldBefore;
        this.#heldHeader = undefined;
        return true;
      }
      this.#position = until;
    }
    return false;
  }

  #checkHeader(): ProtocolErrorCode | undefined {
    const { header } = this;
    const problem = checkFrameHeader(header, this.#receiver, this.allowedBits);
    if (problem !== undefined || !header.nonMinimal) return problem;
    // Senders MUST be minimal (§5.2); what receivers do is left open. We refuse by default.
    return this.#refuseNonMinimalLengths ? 'PW_WS_NON_MINIMAL_LENGTH' : undefined;
  }

  #readPiece(): void {
    const { source } = this;
    const start = this.#position;
    const length = Math.min(this.#remaining, source.length - start);
    const end = start + length;
    if (this.#words === undefined && length >= 32 && source.length >= MIN_CHUNK_FOR_WORDS) {
      this.#words = viewWords(source);
    }
    if (this.header.masked) {
      this.ascii = applyMask(source, start, end, this.#key, this.#words);
      this.#key = rotateMaskingKey(this.#key, length);
    } else {
      this.ascii = isAscii(source, start, end, this.#words);
    }
    this.start = start;
    this.end = end;
    this.#position = end;
    this.#remaining -= length;
    this.last = this.#remaining === 0;
  }
}
