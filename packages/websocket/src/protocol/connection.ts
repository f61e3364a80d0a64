import { CloseCode, decodeClosePayload, encodeClosePayload } from './close-code.ts';
import { copyOf } from './copy-bytes.ts';
import type { EncodedFrame } from './encoded-frame.ts';
import { InvalidStateError, ProtocolError, type ProtocolErrorCode } from './errors.ts';
import { PayloadEvent, type ConnectionEvent } from './event.ts';
import type { FrameDecoder } from './frame-decoder.ts';
import { firstByteOf, MAX_SHORT_PAYLOAD_BYTES, RSV1, type Role } from './frame.ts';
import { MessageReader } from './message-reader.ts';
import { isControlOpcode, Opcode } from './opcode.ts';
import { OutputQueue } from './output-queue.ts';
import type { OutputSlab } from './output-slab.ts';
import type { MessageCodec } from './permessage-deflate.ts';
import { PieceBuffer } from './piece-buffer.ts';
import type { Utf8Check } from './utf8.ts';

const EMPTY = new Uint8Array(0);

const TEXT_FRAME = firstByteOf(Opcode.text, true);
const BINARY_FRAME = firstByteOf(Opcode.binary, true);
const CLOSE_FRAME = firstByteOf(Opcode.close, true);
const PING_FRAME = firstByteOf(Opcode.ping, true);
const PONG_FRAME = firstByteOf(Opcode.pong, true);

/** Shared by any number of connections; every field is set, defaults live with the I/O layer. */
export interface ConnectionOptions {
  readonly role: Role;
  /** Limit on one message, joined and inflated, in bytes; beyond it: pieces, or 1009. */
  readonly maxMessageBytes: number;
  /** Limit on a message that is handed on in pieces, inflated; 0: none is. */
  readonly maxStreamBytes: number;
  /** True: a length in more bytes than needed fails the connection (1002). False: it is counted. */
  readonly refuseNonMinimalLengths: boolean;
  /** False: Pings are left to whoever reads the events. Default true. */
  readonly answersPings?: boolean;
  /** A fresh unpredictable 32-bit number for every frame of a client (§5.3); servers never ask. */
  maskingKey(): number;
  /** Where small outgoing frames are put together; one for all connections of a process will do. */
  readonly slab: OutputSlab;
  /** The platform's check of a text, faster than ours for long ones. Default: ours for all. */
  readonly isUtf8?: Utf8Check;
}

/**
 * - `open`: both directions work.
 * - `closing`: we sent Close and wait for the peer's.
 * - `closed`: nothing more is sent or read: both Close frames are through, the connection was
 *   failed, or TCP ended. The I/O layer still flushes the output and closes TCP.
 */
export type ConnectionState = 'open' | 'closing' | 'closed';

/**
 * One WebSocket connection after its opening handshake (RFC 6455 §5–§7), either role, without I/O.
 *
 * Input is parsed on demand: `receive` only takes the chunk over, each `nextEvent` reads as far as
 * the next event. So an application that is slow simply is not asked for, nothing piles up, and
 * what it answers to one message goes out before the reply to a Close behind it.
 *
 * ```
 * connection.receive(chunk);
 * for (let event; (event = connection.nextEvent()) !== undefined; ) handle(event);
 * for (const bytes of connection.takeOutput()) socket.write(bytes);
 * ```
 *
 * Nothing a peer sends makes it throw; only misuse does.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #codec: MessageCodec | undefined;
  /** There while something that was received is not finished. */
  #reader: MessageReader | undefined;
  readonly #output: OutputQueue;
  #nonMinimalLengths = 0;
  #state: ConnectionState = 'open';
  #closeSent = false;
  #closeReceived = false;
  #eof = false;
  #underPressure = false;
  /** Of a message whose last fragment is still to come. */
  #sendingFragments: 'none' | 'plain' | 'compressed' = 'none';
  /** The answer to the latest Ping that came while the socket did not drain. */
  #owedPong: Uint8Array | undefined;
  /** Payload of a control frame that a chunk boundary cut through. */
  #control: PieceBuffer | undefined;

  /** @param codec - set when permessage-deflate was negotiated for this connection */
  constructor(options: ConnectionOptions, codec?: MessageCodec) {
    this.#options = options;
    this.#codec = codec;
    this.#output = new OutputQueue(options.slab);
  }

  /** What compresses here; undefined without permessage-deflate. */
  get codec(): MessageCodec | undefined {
    return this.#codec;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** A Close frame was sent. */
  get closeSent(): boolean {
    return this.#closeSent;
  }

  /** A Close frame was received; with `closeSent` the closing handshake was clean (§7.1.4). */
  get closeReceived(): boolean {
    return this.#closeReceived;
  }

  /**
   * TCP is to end. A server closes it as soon as the output is flushed; a client gives the server a
   * moment to do so (§7.1.1). After a failure, both close it at once (§7.1.7).
   */
  get closeExpected(): boolean {
    return this.#state === 'closed';
  }

  /** Frames accepted although their length was not minimal. */
  get nonMinimalLengths(): number {
    return this.#nonMinimalLengths;
  }

  /** Received bytes that no `nextEvent` has read. */
  get unreadBytes(): number {
    return this.#reader?.unreadBytes ?? 0;
  }

  /** Memory kept alive by an unfinished message, in bytes. */
  get heldBytes(): number {
    return this.#reader?.assembler.heldBytes ?? 0;
  }

  /** Bytes that `takeOutput` would return. */
  get outputBytes(): number {
    return this.#output.length;
  }

  /**
   * To be set while the socket does not drain, and `takeOutput` to be left alone: frames then wait
   * here in memory of this connection's own, and only the latest Ping is owed a Pong (§5.5.3), sent
   * when this is cleared. Otherwise each Ping is answered in its turn.
   */
  get underPressure(): boolean {
    return this.#underPressure;
  }

  set underPressure(on: boolean) {
    this.#underPressure = on;
    this.#output.lingering = on;
    const owed = this.#owedPong;
    if (on || owed === undefined) return;
    this.#owedPong = undefined;
    if (this.#state !== 'closed') this.#addFrame(PONG_FRAME, owed, 0, owed.length);
  }

  /** Hands over a chunk: it is unmasked in place, so nobody else may use it any more. */
  receive(chunk: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.#reader ??= MessageReader.take(this.#options, this.#codec);
    this.#reader.decoder.feed(chunk);
  }

  /**
   * For an I/O layer that reads into the same memory again and again: copies whatever this
   * connection still has lying there. Payloads of events returned before are the caller's care.
   */
  detach(memory: ArrayBufferLike): void {
    this.#reader?.assembler.detach(memory);
    this.#reader?.decoder.detach(memory);
  }

  /** The peer ended its half of TCP; the state becomes `closed` once all input is read. */
  receiveEof(): void {
    this.#eof = true;
    if (this.unreadBytes === 0) this.#close();
  }

  /** The next thing that happened, or undefined until more is received. */
  nextEvent(): ConnectionEvent | undefined {
    while (this.#reader !== undefined) {
      const { decoder, assembler } = this.#reader;
      let event;
      if (assembler.inflating) {
        event = assembler.inflate();
      } else if (decoder.next()) {
        if (decoder.first && decoder.header.nonMinimal) this.#nonMinimalLengths += 1;
        const isControl = isControlOpcode(decoder.header.opcode);
        event = isControl ? this.#controlPiece(decoder) : assembler.push(decoder);
      } else {
        if (decoder.error !== undefined) return this.#failBecause(decoder.error);
        this.#rest(this.#reader);
        break;
      }
      if (typeof event === 'string') return this.#failBecause(event);
      if (event !== undefined) return event;
    }
    if (this.#eof) this.#close();
    return undefined;
  }

  /**
   * All events at once, for callers that need not answer one before the next is read: the reply to
   * a Close among them is in the output already.
   */
  takeEvents(): ConnectionEvent[] {
    const events: ConnectionEvent[] = [];
    for (let event = this.nextEvent(); event !== undefined; event = this.nextEvent()) {
      events.push(event);
    }
    return events;
  }

  /**
   * Sends a text message. A string is encoded as WHATWG's USVString: lone surrogates become U+FFFD.
   * Bytes must be valid UTF-8, which is not checked; for their ownership see `sendBinary`.
   *
   * @param compress - false keeps this message away from the compressor: secrets beside text that
   *   an attacker chooses must not be compressed together
   */
  sendText(text: string | Uint8Array, compress = true): void {
    if (typeof text !== 'string') {
      this.#sendMessage(TEXT_FRAME, text, compress);
      return;
    }
    if (compress && this.#codec !== undefined) {
      const { slab } = this.#options;
      const bytes = slab.allocate(slab.textLength(text));
      slab.encodeTextInto(text, bytes, 0);
      this.#sendMessage(TEXT_FRAME, bytes, compress);
      return;
    }
    this.#requireTurn('sendText');
    this.#output.addTextFrame(TEXT_FRAME, text, this.#maskingKey());
  }

  /**
   * Sends a binary message. A client copies the payload to mask it; a server copies short ones and
   * keeps a reference to those above 16 KiB: leave them as they are until they are written.
   */
  sendBinary(payload: Uint8Array, compress = true): void {
    this.#sendMessage(BINARY_FRAME, payload, compress);
  }

  /**
   * Passes a message on as it was received, on this connection or another: nothing is decoded. Its
   * memory is treated as `sendBinary` treats a payload.
   */
  forward({ type, source, start, end }: PayloadEvent, compress = true): void {
    const firstByte = type === 'text' ? TEXT_FRAME : BINARY_FRAME;
    if (compress && this.#codec !== undefined) {
      this.#sendMessage(firstByte, source.subarray(start, end), compress);
      return;
    }
    this.#requireTurn('forward');
    this.#addFrame(firstByte, source, start, end);
  }

  /**
   * Sends the next frame of a message that is not there as a whole (§5.4). Until the last one only
   * control frames may go between; for ownership see `sendBinary`.
   *
   * @param type - the same for all frames of a message; text may be cut inside a character
   * @param compress - as for `sendText`; what the first frame says holds for all
   */
  sendFragment(type: 'text' | 'binary', payload: Uint8Array, last: boolean, compress = true): void {
    this.#requireOpen('sendFragment');
    const continues = this.#sendingFragments !== 'none';
    const wanted = continues ? this.#sendingFragments === 'compressed' : compress;
    const compressed = wanted ? this.#codec?.compress(payload, continues, last) : undefined;
    const kind = compressed === undefined ? 'plain' : 'compressed';
    this.#sendingFragments = last ? 'none' : kind;
    const bytes = compressed ?? payload;
    const firstByte = firstByteOf(continues ? Opcode.continuation : Opcode[type], last);
    // RFC 7692 §6.1: only the first frame says that the message is compressed.
    const rsv1 = compressed !== undefined && !continues ? RSV1 : 0;
    this.#addFrame(firstByte | rsv1, bytes, 0, bytes.length);
  }

  /** Sends a message that was encoded once for many connections; for servers, which do not mask. */
  sendEncoded(frame: EncodedFrame): void {
    this.#requireTurn('sendEncoded');
    if (this.#options.role === 'client') {
      throw new InvalidStateError('sendEncoded: a client masks every frame anew (§5.3)');
    }
    this.#output.addEncoded(frame);
  }

  /** @throws {RangeError} when the payload is longer than 125 bytes (§5.5) */
  sendPing(payload: Uint8Array = EMPTY): void {
    this.#sendControl('sendPing', PING_FRAME, payload);
  }

  /** An unasked Pong: a heartbeat in one direction (§5.5.3). Pings are answered without this. */
  sendPong(payload: Uint8Array = EMPTY): void {
    this.#sendControl('sendPong', PONG_FRAME, payload);
  }

  /**
   * Starts the closing handshake (§7.1.2); without a code the Close frame is empty. Does nothing
   * when a Close was sent already.
   *
   * @throws {RangeError} when the code must not be sent or the reason takes more than 123 bytes
   */
  sendClose(code?: number, reason?: string): void {
    const payload = encodeClosePayload(code, reason);
    if (this.#state !== 'open') return;
    this.#addFrame(CLOSE_FRAME, payload, 0, payload.length);
    this.#closeSent = true;
    this.#state = 'closing';
  }

  /**
   * Fails the connection (§7.1.7): a Close with the error's code is put into the output unless one
   * was sent before, input is dropped. Gives no event, the caller knows.
   */
  fail(error: ProtocolError): void {
    if (this.#state === 'closed') return;
    if (!this.#closeSent) {
      const payload = encodeClosePayload(error.closeCode, error.message);
      this.#addFrame(CLOSE_FRAME, payload, 0, payload.length);
      this.#closeSent = true;
    }
    this.#close();
  }

  /**
   * Bytes to write, in order; the caller owns them. Small frames share one buffer, payloads that
   * were not copied stand alone.
   */
  takeOutput(): Uint8Array[] {
    return this.#output.take();
  }

  /**
   * What `takeOutput` returned last has left, so that its memory may be used again. Optional; to be
   * called before anything else is sent, and only if nobody keeps the bytes.
   */
  reclaimOutput(written: readonly Uint8Array[]): void {
    this.#output.reclaim(written);
  }

  /** Everything received is read. Gives the reader back, unless something in it is unfinished. */
  #rest(reader: MessageReader): void {
    if (!reader.atRest) return;
    reader.giveBack();
    this.#reader = undefined;
  }

  #controlPiece(decoder: FrameDecoder): ConnectionEvent | ProtocolErrorCode | undefined {
    const { header, source, start, end, last } = decoder;
    if (last && (this.#control === undefined || this.#control.length === 0)) {
      return this.#controlFrame(header.opcode, source, start, end);
    }
    this.#control ??= new PieceBuffer();
    this.#control.add(source, start, end, header.payloadLength - (end - start));
    if (!last) return undefined;
    const payload = this.#control.take();
    this.#control = undefined;
    return this.#controlFrame(header.opcode, payload, 0, payload.length);
  }

  #controlFrame(
    opcode: number,
    source: Uint8Array,
    start: number,
    end: number,
  ): ConnectionEvent | ProtocolErrorCode {
    if (opcode === Opcode.close) return this.#receiveClose(source, start, end);
    if (opcode === Opcode.pong) return new PayloadEvent('pong', source, start, end, false);
    if (this.#options.answersPings === false) {
      return new PayloadEvent('ping', source, start, end, false);
    }
    if (this.#underPressure) {
      this.#owedPong = copyOf(source, start, end);
    } else {
      this.#addFrame(PONG_FRAME, source, start, end);
    }
    return new PayloadEvent('ping', source, start, end, false);
  }

  #receiveClose(
    source: Uint8Array,
    start: number,
    end: number,
  ): ConnectionEvent | ProtocolErrorCode {
    const close = decodeClosePayload(source, start, end);
    if (typeof close === 'string') return close;
    this.#closeReceived = true;
    if (!this.#closeSent) {
      // §5.5.1: the reply carries the code received; an empty Close is answered by an empty one.
      const payload =
        close.code === CloseCode.noStatus ? EMPTY : encodeClosePayload(close.code, close.reason);
      this.#addFrame(CLOSE_FRAME, payload, 0, payload.length);
      this.#closeSent = true;
    }
    this.#close();
    return { type: 'close', code: close.code, reason: close.reason };
  }

  #failBecause(code: ProtocolErrorCode): ConnectionEvent {
    const error = new ProtocolError(code);
    this.fail(error);
    return { type: 'fail', error };
  }

  /** §1.4, §7.1.7: whatever else arrives is dropped, and so is what was kept of it. */
  #close(): void {
    this.#state = 'closed';
    this.#reader?.assembler.clear();
    this.#reader = undefined;
    this.#control = undefined;
    this.#owedPong = undefined;
  }

  #sendMessage(firstByte: number, payload: Uint8Array, compress: boolean): void {
    this.#requireTurn('send');
    const compressed = compress ? this.#codec?.compress(payload) : undefined;
    if (compressed === undefined) {
      this.#addFrame(firstByte, payload, 0, payload.length);
    } else {
      this.#addFrame(firstByte | RSV1, compressed, 0, compressed.length);
    }
  }

  #sendControl(method: string, firstByte: number, payload: Uint8Array): void {
    if (payload.length > MAX_SHORT_PAYLOAD_BYTES) {
      throw new RangeError(
        `payload: expected at most ${MAX_SHORT_PAYLOAD_BYTES} bytes, got ${payload.length}`,
      );
    }
    this.#requireOpen(method);
    this.#addFrame(firstByte, payload, 0, payload.length);
  }

  #addFrame(firstByte: number, source: Uint8Array, start: number, end: number): void {
    this.#output.addFrame(firstByte, source, start, end, this.#maskingKey());
  }

  #maskingKey(): number | undefined {
    return this.#options.role === 'client' ? this.#options.maskingKey() : undefined;
  }

  /** §5.4: the frames of one message follow each other. */
  #requireTurn(method: string): void {
    this.#requireOpen(method);
    if (this.#sendingFragments !== 'none') {
      throw new InvalidStateError(`${method}: a fragmented message is not finished`);
    }
  }

  #requireOpen(method: string): void {
    if (this.#state !== 'open') {
      throw new InvalidStateError(`${method}: the connection is ${this.#state}`);
    }
  }
}
