/**
 * Raw DEFLATE that answers at once (docs/decisions/0001, 0006).
 *
 * The only file that knows what `node:zlib` keeps inside: a kept handle works in half the time of the
 * one-shot functions, which make and drop one for every call. Where the inside is not as expected,
 * the one-shot functions do the same; both ways are tested alike.
 */
import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  deflateRawSync,
  inflateRawSync,
  type DeflateRaw,
  type InflateRaw,
  type ZlibOptions,
} from 'node:zlib';

import type { MessageCodec } from '../protocol/index.ts';

/** What compressed messages end with on the way to zlib, and without on the wire (RFC 7692 §7.2). */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** RFC 7692 §7.2.3.6: zlib has nothing to flush for an empty message. */
const EMPTY_MESSAGE = Buffer.from([0x00]);

/**
 * The tail and a byte that is not to be read: an inflater told to stop at the end of a block leaves it
 * if the tail ended one, and takes it for data if the message was cut off inside a block.
 */
const PROBE = Buffer.from([...TAIL, 0x00]);

/** An empty final block, for the one-shot functions: behind a whole block, it ends the stream. */
const FINAL_BLOCK = Buffer.from([0x01, 0x00, 0x00, 0xff, 0xff]);

const EMPTY = Buffer.alloc(0);
const SCRATCH_BYTES = 64 * 1024;

/** Output of one step; what is kept of it is copied. One at a time uses it. */
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

/** Of the 16 KiB for output that each stream of Node makes for itself, nothing is used here. */
const NO_OUTPUT = { chunkSize: constants.Z_MIN_CHUNK };

export interface DeflateSettings {
  /** 9–15 */
  readonly windowBits: number;
  /** 1, fastest, to 9, smallest. */
  readonly level: number;
  readonly memLevel: number;
}

export interface Deflater {
  /**
   * The window keeps what went before unless `reset` was called.
   *
   * @param keepTail - more of the same message follows
   */
  compress(payload: Uint8Array, keepTail?: boolean): Buffer;
  /** Forgets what went before (no context takeover). */
  reset(): void;
  /** Frees what is outside of the heap; not to be used afterwards. */
  close(): void;
}

/** The part of a `MessageCodec` that inflates. */
export interface Inflater extends Pick<
  MessageCodec,
  'feed' | 'inflate' | 'unreadBytes' | 'detach'
> {
  /** Messages may be fed in parts; else all of one at once. */
  readonly takesParts: boolean;
  /** Forgets what went before (no context takeover), and what was fed. */
  reset(): void;
  /** Frees what is outside of the heap; not to be used afterwards. */
  close(): void;
}

export function createDeflater(settings: DeflateSettings): Deflater {
  const handle = KeptHandle.of(createDeflateRaw({ ...settings, ...NO_OUTPUT }));
  return handle === undefined ? new OneShotDeflater(settings) : new KeptDeflater(handle);
}

/** A window of 15 bits reads what any smaller one has written. */
export function createInflater(): Inflater {
  const handle = KeptHandle.of(createInflateRaw({ windowBits: 15, ...NO_OUTPUT }));
  return handle === undefined ? new OneShotInflater() : new KeptInflater(handle);
}

/** The part of zlib's handle that is used: `lib/zlib.js`, `processChunkSync`. */
interface ZlibHandle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
  reset(): void;
  onerror: (message: string, errno: number, code: string) => void;
}

class KeptHandle {
  readonly #stream: DeflateRaw | InflateRaw;
  readonly #handle: ZlibHandle;
  /** Room left in the output, bytes left of the input. */
  readonly #left: Uint32Array;
  failed = false;

  private constructor(stream: DeflateRaw | InflateRaw, handle: ZlibHandle, left: Uint32Array) {
    this.#stream = stream;
    this.#handle = handle;
    this.#left = left;
    // Its own is cut from a page of Buffer's pool, which would be kept with it: 8 KiB for 64 bytes.
    Object.assign(stream, { _outBuffer: scratch });
    handle.onerror = () => {
      this.failed = true;
    };
  }

  static of(stream: DeflateRaw | InflateRaw): KeptHandle | undefined {
    const { _handle: handle, _writeState: left } = stream as unknown as {
      _handle?: Partial<ZlibHandle>;
      _writeState?: unknown;
    };
    const known =
      typeof handle?.writeSync === 'function' &&
      typeof handle.reset === 'function' &&
      left instanceof Uint32Array &&
      left.length === 2;
    if (known) return new KeptHandle(stream, handle as ZlibHandle, left);
    stream.close();
    return undefined;
  }

  /** One step from `input[from …]` into the scratch memory; returns the number of bytes there. */
  step(input: Uint8Array, from: number, flush: number = constants.Z_SYNC_FLUSH): number {
    const length = input.length - from;
    this.#handle.writeSync(flush, input, from, length, scratch, 0, SCRATCH_BYTES);
    return SCRATCH_BYTES - (this.#left[0] as number);
  }

  /** Bytes the last step has not read. */
  get unread(): number {
    return this.#left[1] as number;
  }

  reset(): void {
    this.#handle.reset();
    this.failed = false;
  }

  close(): void {
    this.#stream.close();
  }
}

class KeptDeflater implements Deflater {
  readonly #handle: KeptHandle;

  constructor(handle: KeptHandle) {
    this.#handle = handle;
  }

  compress(payload: Uint8Array, keepTail = false): Buffer {
    if (payload.length === 0) return keepTail ? EMPTY : EMPTY_MESSAGE;
    const output = new ScratchOutput();
    let produced: number;
    let from = 0;
    do {
      produced = this.#handle.step(payload, from);
      from = payload.length - this.#handle.unread;
      output.add(produced);
    } while (produced === SCRATCH_BYTES);
    return keepTail ? output.take() : withoutTail(output.take());
  }

  reset(): void {
    this.#handle.reset();
  }

  close(): void {
    this.#handle.close();
  }
}

class KeptInflater implements Inflater {
  readonly takesParts = true;
  readonly #handle: KeptHandle;
  /** What is being read; the tail follows the last part. */
  #part: Uint8Array | undefined;
  #position = 0;
  #last = false;
  /** Nothing of the message was fed so far. */
  #empty = true;

  constructor(handle: KeptHandle) {
    this.#handle = handle;
  }

  feed(part: Uint8Array, last: boolean): void {
    if (part.length > 0) this.#empty = false;
    this.#part = part;
    this.#position = 0;
    this.#last = last;
  }

  inflate(maxBytes: number): Buffer | 'too-big' | 'corrupt' | undefined {
    const handle = this.#handle;
    while (this.#part !== undefined) {
      if (this.#part === TAIL) return this.#endMessage() ? undefined : 'corrupt';
      const produced = handle.step(this.#part, this.#position);
      if (handle.failed) return 'corrupt';
      this.#position = this.#part.length - handle.unread;
      // A full scratch memory may mean that there is more without any further input.
      if (produced < SCRATCH_BYTES) this.#goOn();
      if (produced > maxBytes) return 'too-big';
      if (produced > 0) return Buffer.from(scratch.subarray(0, produced));
    }
    return undefined;
  }

  get unreadBytes(): number {
    if (this.#part === undefined) return 0;
    // Never 0 as long as there may be more to come.
    const ofPart = Math.max(this.#part.length - this.#position, 1);
    return this.#last && this.#part !== TAIL ? ofPart + TAIL.length : ofPart;
  }

  detach(memory: ArrayBufferLike): void {
    if (this.#part?.buffer !== memory) return;
    this.#part = Buffer.from(this.#part.subarray(this.#position));
    this.#position = 0;
  }

  reset(): void {
    this.#handle.reset();
    this.#part = undefined;
    this.#empty = true;
  }

  close(): void {
    this.#part = undefined;
    this.#handle.close();
  }

  /** Moves on to what is to be read next, if anything. */
  #goOn(): void {
    if (this.#part !== undefined && this.#position < this.#part.length) {
      // A block with BFINAL has ended zlib's stream; the message may go on (RFC 7692 §7.2.1).
      this.#handle.reset();
      return;
    }
    // zlib has nothing to flush for an empty message; some peers then send nothing of it.
    this.#part = this.#last && !this.#empty ? TAIL : undefined;
    this.#position = 0;
  }

  /** False when the message was cut off: the tail does not end a block (RFC 7692 §7.2.2). */
  #endMessage(): boolean {
    const handle = this.#handle;
    this.#part = undefined;
    this.#empty = true;
    const produced = handle.step(PROBE, 0, constants.Z_BLOCK);
    if (handle.failed || produced > 0) return false;
    if (handle.unread === PROBE.length - TAIL.length) return true;
    // Or a block with BFINAL has ended all: there is nothing that the tail would complete.
    if (handle.unread < PROBE.length) return false;
    handle.step(TAIL, 0);
    const hadEnded = !handle.failed && handle.unread === TAIL.length;
    if (hadEnded) handle.reset();
    return hadEnded;
  }
}

/** Copies what steps leave in the scratch memory; mostly there is one step. */
class ScratchOutput {
  length = 0;
  readonly #parts: Buffer[] = [];

  add(produced: number): void {
    this.length += produced;
    if (produced > 0) this.#parts.push(Buffer.from(scratch.subarray(0, produced)));
  }

  take(): Buffer {
    const [first = EMPTY, ...others] = this.#parts;
    return others.length === 0 ? first : Buffer.concat(this.#parts);
  }
}

/** The window of the one-shot functions is a dictionary: the last 32 KiB that went through. */
class Window {
  #bytes = EMPTY;

  get options(): ZlibOptions {
    return this.#bytes.length === 0 ? {} : { dictionary: this.#bytes };
  }

  add(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]).subarray(-32_768);
  }

  clear(): void {
    this.#bytes = EMPTY;
  }
}

export class OneShotDeflater implements Deflater {
  readonly #settings: DeflateSettings;
  readonly #window = new Window();

  constructor(settings: DeflateSettings) {
    this.#settings = settings;
  }

  compress(payload: Uint8Array, keepTail = false): Buffer {
    if (payload.length === 0) return keepTail ? EMPTY : EMPTY_MESSAGE;
    const output = deflateRawSync(payload, {
      ...this.#settings,
      ...this.#window.options,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    this.#window.add(payload);
    return keepTail ? output : withoutTail(output);
  }

  reset(): void {
    this.#window.clear();
  }

  close(): void {}
}

export class OneShotInflater implements Inflater {
  readonly takesParts = false;
  readonly #window = new Window();
  #message: Uint8Array | undefined;

  feed(message: Uint8Array): void {
    this.#message = message;
  }

  inflate(maxBytes: number): Buffer | 'too-big' | 'corrupt' | undefined {
    const message = this.#message;
    this.#message = undefined;
    if (message === undefined || message.length === 0) return undefined;
    const input = Buffer.concat([message, TAIL, FINAL_BLOCK]);
    const parts: Buffer[] = [];
    let length = 0;
    let remembered = 0;
    try {
      for (let from = 0; from < input.length;) {
        const start = from;
        const { buffer, engine } = this.#inflate(input.subarray(from), maxBytes - length);
        parts.push(buffer);
        length += buffer.length;
        if (length > maxBytes) return 'too-big';
        from += engine.bytesWritten;
        if (from > message.length) {
          // What is behind the message may end blocks, but there is nothing of the message in it.
          const isEnd = from === input.length || from === message.length + TAIL.length;
          const alone = this.#inflate(message.subarray(start), maxBytes, constants.Z_SYNC_FLUSH);
          if (!isEnd || alone.buffer.length < buffer.length) return 'corrupt';
          if (from === input.length) break;
        }
        // A block with BFINAL has ended zlib's stream; the message may go on (RFC 7692 §7.2.1).
        // As a kept handle does, the window forgets what went before.
        this.#window.clear();
        remembered = parts.length;
        if (from >= message.length) break;
      }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      return code === 'ERR_BUFFER_TOO_LARGE' ? 'too-big' : 'corrupt';
    }
    this.#window.add(Buffer.concat(parts.slice(remembered)));
    return length === 0 ? undefined : Buffer.concat(parts);
  }

  get unreadBytes(): number {
    return this.#message === undefined ? 0 : this.#message.length + TAIL.length;
  }

  detach(memory: ArrayBufferLike): void {
    if (this.#message?.buffer === memory) this.#message = Buffer.from(this.#message);
  }

  #inflate(
    input: Uint8Array,
    maxBytes: number,
    finishFlush: number = constants.Z_FINISH,
  ): { buffer: Buffer; engine: InflateRaw } {
    const result: unknown = inflateRawSync(input, {
      windowBits: 15,
      finishFlush,
      // zlib refuses a limit of 0; one byte too many is noticed by the caller.
      maxOutputLength: Math.max(maxBytes, 1),
      info: true,
      ...this.#window.options,
    });
    return result as { buffer: Buffer; engine: InflateRaw };
  }

  reset(): void {
    this.#window.clear();
    this.#message = undefined;
  }

  close(): void {
    this.#message = undefined;
  }
}

function withoutTail(output: Buffer): Buffer {
  return output.subarray(0, output.length - TAIL.length);
}
