import type { ProtocolErrorCode } from './errors.ts';
import { MessagePiece, PayloadEvent } from './event.ts';
import type { FramePiece } from './frame-decoder.ts';
import { RSV1, type FrameHeader } from './frame.ts';
import { isAscii } from './masking.ts';
import { Opcode } from './opcode.ts';
import type { MessageCodec } from './permessage-deflate.ts';
import { PieceBuffer } from './piece-buffer.ts';
import { Utf8Validator, type Utf8Check } from './utf8.ts';

const EMPTY = new Uint8Array(0);

/**
 * Joins the frames of one message (RFC 6455 §5.4) and checks its text (§8.1).
 *
 * Takes the pieces of data frames only; control frames between fragments (§5.5) go elsewhere. A
 * message that lies whole in one chunk is passed on where it lies; any other is collected in a
 * buffer whose size follows what has arrived. Text is checked as it arrives, so that a bad byte is
 * noticed in the read that brought it, however long the frame around it is.
 *
 * With `maxStreamBytes`, a message is handed on in pieces from the header on that makes it longer
 * than `maxMessageBytes`; nothing of it is kept then.
 *
 * A compressed message (RFC 7692 §7.2.2) is inflated as it arrives, and the same holds for what comes
 * out: it is refused, or handed on in pieces, as soon as it passes the limit, whole or not.
 */
export class MessageAssembler {
  /** When permessage-deflate was negotiated; else no frame may come with RSV1. */
  codec: MessageCodec | undefined;
  readonly #maxMessageBytes: number;
  readonly #maxStreamBytes: number;
  readonly #buffer: PieceBuffer;
  readonly #validator: Utf8Validator;
  /** Of the message in progress; 0 between messages. */
  #opcode: number = Opcode.continuation;
  #compressed = false;
  #ascii = true;
  /** The message in progress is handed on in pieces. */
  #streamed = false;
  #firstPiece = false;
  /** Payload of its frames so far, announced included. */
  #announcedBytes = 0;
  #inflatedBytes = 0;
  /** The codec has parts of it that it has not inflated yet. */
  #inflating = false;
  /** The codec has its last part. */
  #whole = false;
  /** It is inflated when it is whole; undefined as long as that is not decided. */
  #collected: boolean | undefined;

  /**
   * @param maxMessageBytes - limit on a message, joined and inflated; announcing more is refused too
   * @param maxStreamBytes - up to here a longer message comes in pieces
   * @param allocate - makes memory for joined messages; it is overwritten as a whole
   * @param isUtf8 - the platform's check of a text
   */
  constructor(
    maxMessageBytes: number,
    codec?: MessageCodec,
    maxStreamBytes = 0,
    allocate?: (lengthBytes: number) => Uint8Array,
    isUtf8?: Utf8Check,
  ) {
    this.#maxMessageBytes = maxMessageBytes;
    this.codec = codec;
    this.#maxStreamBytes = maxStreamBytes;
    this.#buffer = new PieceBuffer(allocate);
    this.#validator = new Utf8Validator(isUtf8);
  }

  /** Between two messages. */
  get atRest(): boolean {
    return this.#opcode === Opcode.continuation && !this.#inflating;
  }

  /** Memory kept alive by the unfinished message, in bytes. */
  get heldBytes(): number {
    return this.#buffer.heldBytes;
  }

  /** A compressed message goes on with `inflate`; nothing may be pushed before it is through. */
  get inflating(): boolean {
    return this.#inflating;
  }

  /** Bytes not inflated yet; the end of a message counts, too. */
  get unreadBytes(): number {
    return this.#inflating ? Math.max(this.codec?.unreadBytes ?? 0, 1) : 0;
  }

  /** The message, when `piece` ends it; a piece of a long one; or the rule it breaks. */
  push(piece: FramePiece): PayloadEvent | MessagePiece | ProtocolErrorCode | undefined {
    const { header, source, start, end } = piece;
    if (piece.first) {
      const problem = this.#begin(header);
      if (problem !== undefined) return problem;
    }
    const whole = piece.last && header.fin;
    if (this.#compressed && this.codec !== undefined) {
      return this.#pushCompressed(this.codec, source, start, end, whole);
    }
    if (!this.#isValid(source, start, end, piece.ascii)) return 'PW_WS_INVALID_UTF8';
    if (this.#streamed) return this.#handOn(source, start, end, whole);
    if (whole && this.#buffer.length === 0) return this.#finish(source, start, end);
    const expectedBytes = header.payloadLength - (end - start);
    this.#buffer.add(source, start, end, expectedBytes);
    if (!whole) return undefined;
    const joined = this.#buffer.take();
    return this.#finish(joined, 0, joined.length);
  }

  /** Inflates what has arrived of a compressed message; returns what `push` does. */
  inflate(): PayloadEvent | MessagePiece | ProtocolErrorCode | undefined {
    const limit = Math.max(this.#maxMessageBytes, this.#maxStreamBytes);
    // Mostly one piece is the whole message, which is not worth a buffer.
    let only: Uint8Array | undefined;
    for (;;) {
      const bytes = this.codec?.inflate(limit - this.#inflatedBytes);
      if (bytes === 'too-big') return 'PW_WS_MESSAGE_TOO_BIG';
      if (bytes === 'corrupt') return 'PW_WS_CORRUPT_COMPRESSED_DATA';
      if (only !== undefined && (bytes !== undefined || !this.#whole)) {
        this.#buffer.add(only, 0, only.length, 0);
        only = undefined;
      }
      this.#inflating = bytes !== undefined;
      if (bytes === undefined) return this.#whole ? this.#finishInflated(only) : undefined;
      const { length } = bytes;
      if (!this.#isValid(bytes, 0, length, isAscii(bytes, 0, length))) return 'PW_WS_INVALID_UTF8';
      this.#inflatedBytes += length;
      if (this.#inflatedBytes > this.#maxMessageBytes) {
        if (!this.#streamed) this.#firstPiece = true;
        this.#streamed = true;
        return this.#handOn(bytes, 0, length, false);
      }
      if (this.#buffer.length === 0) only = bytes;
      else this.#buffer.add(bytes, 0, length, 0);
    }
  }

  /** Before the memory of a chunk is used again: copies what was left lying there. */
  detach(memory: ArrayBufferLike): void {
    this.#buffer.detach(memory);
    this.codec?.detach(memory);
  }

  /** Forgets the unfinished message. */
  clear(): void {
    this.#buffer.clear();
    this.#opcode = Opcode.continuation;
    this.#streamed = false;
    this.#inflating = false;
    this.codec?.abandon();
  }

  #begin(header: FrameHeader): ProtocolErrorCode | undefined {
    if (header.opcode === Opcode.continuation) {
      if (this.#opcode === Opcode.continuation) return 'PW_WS_ORPHAN_CONTINUATION';
      // Only the first frame says whether a message is compressed (RFC 7692 §6.1).
      if (header.reservedBits !== 0) return 'PW_WS_RESERVED_BITS';
    } else {
      if (this.#opcode !== Opcode.continuation) return 'PW_WS_INTERRUPTED_MESSAGE';
      this.#opcode = header.opcode;
      this.#compressed = (header.reservedBits & RSV1) !== 0;
      this.#ascii = true;
      this.#announcedBytes = 0;
      this.#inflatedBytes = 0;
      this.#collected = undefined;
      this.#validator.reset();
    }
    this.#announcedBytes += header.payloadLength;
    return this.#isTooLong() ? 'PW_WS_MESSAGE_TOO_BIG' : undefined;
  }

  /** By what the frames announce; decides whether the message is handed on in pieces. */
  #isTooLong(): boolean {
    const longest = Math.max(this.#maxMessageBytes, this.#maxStreamBytes);
    // Data that cannot be compressed grows a little: stored blocks have headers.
    if (this.#compressed) return this.#announcedBytes > longest + Math.floor(longest / 256) + 64;
    if (this.#announcedBytes > longest) return true;
    if (this.#announcedBytes <= this.#maxMessageBytes) return false;
    if (!this.#streamed) this.#firstPiece = true;
    this.#streamed = true;
    return false;
  }

  /** Whether the text is valid UTF-8 up to here; any bytes are where they are not text. */
  #isValid(source: Uint8Array, start: number, end: number, ascii: boolean): boolean {
    if (!ascii) this.#ascii = false;
    if (this.#opcode !== Opcode.text || (ascii && this.#validator.complete)) return true;
    return this.#validator.push(source, start, end);
  }

  #pushCompressed(
    codec: MessageCodec,
    source: Uint8Array,
    start: number,
    end: number,
    whole: boolean,
  ): PayloadEvent | MessagePiece | ProtocolErrorCode | undefined {
    if (!whole) {
      if (start === end) return undefined;
      this.#collected ??= !codec.openParts();
    }
    this.#whole = whole;
    if (this.#collected !== true) {
      codec.feed(source.subarray(start, end), whole);
      return this.inflate();
    }
    this.#buffer.add(source, start, end, 0);
    if (!whole) return undefined;
    codec.feed(this.#buffer.take(), whole);
    return this.inflate();
  }

  /** What was kept before the message turned out to be long goes with its first piece. */
  #handOn(
    source: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): MessagePiece | ProtocolErrorCode | undefined {
    const of = this.#opcode === Opcode.text ? 'text' : 'binary';
    const first = this.#firstPiece;
    this.#firstPiece = false;
    if (last) {
      this.#opcode = Opcode.continuation;
      this.#streamed = false;
      if (of === 'text' && !this.#validator.complete) return 'PW_WS_INVALID_UTF8';
    } else if (start === end && !first) {
      return undefined;
    }
    if (this.#buffer.length === 0) return new MessagePiece(of, source, start, end, first, last);
    this.#buffer.add(source, start, end, 0);
    const joined = this.#buffer.take();
    return new MessagePiece(of, joined, 0, joined.length, first, last);
  }

  #finish(source: Uint8Array, start: number, end: number): PayloadEvent | ProtocolErrorCode {
    const type = this.#opcode === Opcode.text ? 'text' : 'binary';
    this.#opcode = Opcode.continuation;
    if (type === 'text' && !this.#validator.complete) return 'PW_WS_INVALID_UTF8';
    return new PayloadEvent(type, source, start, end, this.#ascii);
  }

  /** @param only - the message, when it was inflated in one piece */
  #finishInflated(
    only: Uint8Array | undefined,
  ): PayloadEvent | MessagePiece | ProtocolErrorCode | undefined {
    if (this.#streamed) return this.#handOn(EMPTY, 0, 0, true);
    const message = only ?? this.#buffer.take();
    return this.#finish(message, 0, message.length);
  }
}
