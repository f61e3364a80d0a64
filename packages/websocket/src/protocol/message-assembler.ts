import type { ProtocolErrorCode } from './errors.ts';
import { MessagePiece, PayloadEvent } from './event.ts';
import type { FramePiece } from './frame-decoder.ts';
import { RSV1, type FrameHeader } from './frame.ts';
import { isAscii } from './masking.ts';
import { Opcode } from './opcode.ts';
import type { MessageCodec } from './permessage-deflate.ts';
import { PieceBuffer } from './piece-buffer.ts';
import { Utf8Validator } from './utf8.ts';

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
 */
export class MessageAssembler {
  readonly #maxMessageBytes: number;
  readonly #maxStreamBytes: number;
  readonly #codec: MessageCodec | undefined;
  readonly #buffer = new PieceBuffer();
  readonly #validator = new Utf8Validator();
  /** Of the message in progress; 0 between messages. */
  #opcode: number = Opcode.continuation;
  #compressed = false;
  #ascii = true;
  /** The message in progress is handed on in pieces. */
  #streamed = false;
  #firstPiece = false;
  /** Payload of its frames so far, announced included. */
  #streamedBytes = 0;

  /**
   * @param maxMessageBytes - limit on a message, joined and inflated; announcing more is refused too
   * @param codec - when permessage-deflate was negotiated; else no frame may come with RSV1
   * @param maxStreamBytes - up to here a longer message comes in pieces, unless it is compressed
   */
  constructor(maxMessageBytes: number, codec?: MessageCodec, maxStreamBytes = 0) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#codec = codec;
    this.#maxStreamBytes = maxStreamBytes;
  }

  /** Memory kept alive by the unfinished message, in bytes. */
  get heldBytes(): number {
    return this.#buffer.heldBytes;
  }

  /** The message, when `piece` ends it; a piece of a long one; or the rule it breaks. */
  push(piece: FramePiece): PayloadEvent | MessagePiece | ProtocolErrorCode | undefined {
    const { header, source, start, end } = piece;
    if (piece.first) {
      const problem = this.#begin(header);
      if (problem !== undefined) return problem;
    }
    if (!piece.ascii) this.#ascii = false;
    if (this.#opcode === Opcode.text && !this.#compressed) {
      const needsValidator = !piece.ascii || !this.#validator.complete;
      if (needsValidator && !this.#validator.push(source, start, end)) return 'PW_WS_INVALID_UTF8';
    }
    const whole = piece.last && header.fin;
    if (this.#streamed) return this.#handOn(source, start, end, whole);
    if (whole && this.#buffer.length === 0) return this.#finish(source, start, end);
    const expectedBytes = header.payloadLength - (end - start);
    this.#buffer.add(source, start, end, expectedBytes);
    if (!whole) return undefined;
    const joined = this.#buffer.take();
    return this.#finish(joined, 0, joined.length);
  }

  /** Before the memory of a chunk is used again: copies what was left lying there. */
  detach(memory: ArrayBufferLike): void {
    this.#buffer.detach(memory);
  }

  /** Forgets the unfinished message. */
  clear(): void {
    this.#buffer.clear();
    this.#opcode = Opcode.continuation;
    this.#streamed = false;
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
      this.#validator.reset();
    }
    const max = this.#maxMessageBytes;
    // Data that cannot be compressed grows a little: stored blocks have headers.
    const limit = this.#compressed ? max + Math.floor(max / 256) + 64 : max;
    if (!this.#streamed && this.#buffer.length + header.payloadLength <= limit) return undefined;
    return this.#beginStreaming(header.payloadLength) ? undefined : 'PW_WS_MESSAGE_TOO_BIG';
  }

  /** Counts the announced payload of a frame; false when the message becomes too long for a stream. */
  #beginStreaming(payloadLength: number): boolean {
    // Inflating is synchronous and whole (docs/decisions/0001), so `maxMessageBytes` holds for it.
    if (this.#compressed) return false;
    if (!this.#streamed) this.#streamedBytes = this.#buffer.length;
    this.#streamedBytes += payloadLength;
    if (this.#streamedBytes > this.#maxStreamBytes) return false;
    if (!this.#streamed) this.#firstPiece = true;
    this.#streamed = true;
    return true;
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
    if (this.#compressed && this.#codec !== undefined) {
      return this.#inflate(this.#codec, type, source.subarray(start, end));
    }
    if (type === 'text' && !this.#validator.complete) return 'PW_WS_INVALID_UTF8';
    return new PayloadEvent(type, source, start, end, this.#ascii);
  }

  #inflate(
    codec: MessageCodec,
    type: 'text' | 'binary',
    compressed: Uint8Array,
  ): PayloadEvent | ProtocolErrorCode {
    const payload = codec.decompress(compressed, this.#maxMessageBytes);
    if (payload === 'too-big') return 'PW_WS_MESSAGE_TOO_BIG';
    if (payload === 'corrupt') return 'PW_WS_CORRUPT_COMPRESSED_DATA';
    const ascii = isAscii(payload, 0, payload.length);
    if (type === 'text' && !ascii) {
      const valid = this.#validator.push(payload, 0, payload.length) && this.#validator.complete;
      if (!valid) return 'PW_WS_INVALID_UTF8';
    }
    return new PayloadEvent(type, payload, 0, payload.length, ascii);
  }
}
