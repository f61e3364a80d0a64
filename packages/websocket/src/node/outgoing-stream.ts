/** One message sent in fragments, as its source yields them (RFC 6455 §5.4). */
import { Utf8Validator, type ConnectionError } from '../protocol/index.ts';
import { bytesOf } from './outgoing-message.ts';

export type StreamChunk = string | ArrayBufferLike | ArrayBufferView;

/** A `ReadableStream`, a Node `Readable`, a generator, an array: whatever can be iterated. */
export type StreamSource = AsyncIterable<StreamChunk> | Iterable<StreamChunk>;

export interface StreamOptions {
  /** Default: `text` when the first chunk is a string, else `binary`. */
  readonly type?: 'text' | 'binary' | undefined;
  /**
   * False keeps the message away from the compressor. Default true: where that was agreed on, its
   * first fragment decides, as a short message or one that does not shrink goes uncompressed.
   */
  readonly compress?: boolean | undefined;
}

export interface FragmentSink {
  /** Encoded bytes that have not left this process. */
  readonly socketBytes: number;
  readonly highWaterBytes: number;
  /** False: the connection sends nothing more. */
  sendFragment(
    type: 'text' | 'binary',
    payload: Uint8Array,
    last: boolean,
    compress: boolean | undefined,
  ): boolean;
  /** What whoever waits for the connection is told when it is over. */
  closedError(): ConnectionError;
  /** The source failed in the middle of a message, which cannot be taken back. */
  streamFailed(error: unknown): void;
}

/** A control frame gets its turn after this many bytes at the latest. */
const MAX_FRAGMENT_BYTES = 65_536;

const EMPTY = new Uint8Array(0);

export class OutgoingStream {
  /** Settles when the last fragment is handed over, or when it is clear that it never will be. */
  readonly done: Promise<void>;

  readonly #source: StreamSource;
  readonly #encoder: ChunkEncoder;
  readonly #compress: boolean | undefined;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #begun = false;
  #cutBecause: ConnectionError | undefined;
  /** Ends the wait for the source, or for room. */
  #interrupt: ((error: ConnectionError) => void) | undefined;
  #goOn: (() => void) | undefined;

  constructor(source: StreamSource, { type, compress }: StreamOptions) {
    this.#source = source;
    this.#compress = compress;
    this.#encoder = new ChunkEncoder(type);
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** @param over - called when the sink is free for other messages again */
  start(sink: FragmentSink, over: () => void): void {
    this.#run(sink).then(
      () => {
        over();
        this.#resolve();
      },
      (error: unknown) => {
        if (this.#begun && error !== this.#cutBecause) sink.streamFailed(error);
        over();
        this.#reject(error);
      },
    );
  }

  drained(): void {
    this.#goOn?.();
  }

  /** The connection is over. */
  cut(error: ConnectionError): void {
    this.#cutBecause = error;
    this.#interrupt?.(error);
    // Whoever does not wait for `done` need not care either: the connection's `close` says it.
    this.done.catch(() => {});
    this.#reject(error);
  }

  async #run(sink: FragmentSink): Promise<void> {
    const iterator = iterate(this.#source);
    try {
      for (;;) {
        // The source decides how long this takes, the connection's end must not wait for it.
        // oxlint-disable-next-line no-await-in-loop -- one chunk after another is the point
        const result = await this.#unlessCut(Promise.resolve(iterator.next()));
        if (result.done === true) break;
        const bytes = this.#encoder.encode(result.value);
        for (let at = 0; at < bytes.length; at += MAX_FRAGMENT_BYTES) {
          // oxlint-disable-next-line no-await-in-loop -- back-pressure
          await this.#send(sink, bytes.subarray(at, at + MAX_FRAGMENT_BYTES));
        }
      }
      this.#put(sink, this.#encoder.end(), true);
    } catch (error) {
      // What a source that is left early throws concerns nobody any more.
      Promise.resolve(iterator.return?.()).catch(() => {});
      throw error;
    }
  }

  async #send(sink: FragmentSink, fragment: Uint8Array): Promise<void> {
    this.#put(sink, fragment, false);
    this.#begun = true;
    if (sink.socketBytes < sink.highWaterBytes) return;
    await this.#unlessCut(
      new Promise<void>((resolve) => {
        this.#goOn = resolve;
      }),
    );
  }

  #put(sink: FragmentSink, fragment: Uint8Array, last: boolean): void {
    const { type = 'binary' } = this.#encoder;
    if (sink.sendFragment(type, fragment, last, this.#compress)) return;
    throw (this.#cutBecause ??= sink.closedError());
  }

  #unlessCut<T>(promise: Promise<T>): Promise<T> {
    if (this.#cutBecause !== undefined) return Promise.reject(this.#cutBecause);
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      promise.then(resolve, reject);
    });
  }
}

/** Chunks to bytes; a surrogate pair may be cut by a chunk's end. */
class ChunkEncoder {
  type: 'text' | 'binary' | undefined;
  readonly #validator = new Utf8Validator();
  /** A high surrogate that may have its other half in the next chunk. */
  #held = '';

  constructor(type: 'text' | 'binary' | undefined) {
    this.type = type;
  }

  /** @throws {TypeError} when the chunk does not fit the message's type */
  encode(chunk: unknown): Uint8Array {
    this.type ??= typeof chunk === 'string' ? 'text' : 'binary';
    if (typeof chunk === 'string') {
      if (this.type === 'binary') throw new TypeError('a binary message takes no string');
      return this.#encodeText(chunk);
    }
    const bytes = bytesOf(chunk);
    if (this.type === 'text') this.#check(bytes);
    return bytes;
  }

  /** What is left at the end. */
  end(): Uint8Array {
    if (!this.#validator.complete) throw new TypeError('a text must not end inside a character');
    return this.#held === '' ? EMPTY : Buffer.from(this.#held);
  }

  #encodeText(chunk: string): Uint8Array {
    if (!this.#validator.complete) throw new TypeError('a character was not finished');
    const text = this.#held + chunk;
    const last = text.charCodeAt(text.length - 1);
    const cut = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
    this.#held = text.slice(cut);
    return Buffer.from(text.slice(0, cut));
  }

  #check(bytes: Uint8Array): void {
    if (this.#held !== '' || !this.#validator.push(bytes, 0, bytes.length)) {
      throw new TypeError('a text takes strings, or bytes that are valid UTF-8');
    }
  }
}

function iterate(source: StreamSource): Iterator<unknown> | AsyncIterator<unknown> {
  return Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
}
