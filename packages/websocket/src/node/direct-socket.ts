/**
 * A shorter way to a plain TCP socket than through its two stream queues (docs/decisions/0005).
 *
 * The only file that knows what `node:net` keeps inside. Where that is not as expected, `find` gives
 * undefined and everything goes through the public interface; both ways are tested alike.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The part of the handle's interface that is used: `lib/internal/stream_base_commons.js`. */
interface StreamHandle {
  /** Called with each chunk, with undefined at the end of input. */
  onread: (this: StreamHandle, chunk: ArrayBuffer | undefined) => void;
  readonly writeQueueSize: number;
  [readerOf]?: ChunkReader;
}

export interface ChunkReader {
  /** @returns false to leave the chunk to the stream */
  chunkRead(chunk: Buffer): boolean;
}

const readerOf = Symbol('reader');

export class DirectSocket {
  readonly #socket: Socket;
  readonly #handle: StreamHandle;

  private constructor(socket: Socket, handle: StreamHandle) {
    this.#socket = socket;
    this.#handle = handle;
  }

  /** Undefined for TLS and any other stream, and on a Node that has changed inside. */
  static find(socket: Duplex): DirectSocket | undefined {
    if (!(socket instanceof Socket) || Object.getPrototypeOf(socket) !== Socket.prototype) {
      return undefined;
    }
    const { _handle: handle } = socket as Socket & { _handle?: Partial<StreamHandle> | null };
    const known =
      typeof handle?.onread === 'function' &&
      typeof handle.writeQueueSize === 'number' &&
      typeof socket._write === 'function' &&
      typeof socket._writev === 'function';
    return known ? new DirectSocket(socket, handle as StreamHandle) : undefined;
  }

  /** From now on `reader` is offered every chunk before the stream is. */
  offerChunksTo(reader: ChunkReader): void {
    streamRead ??= this.#handle.onread;
    // Another function means that somebody else looks inside as well.
    if (this.#handle.onread !== streamRead) return;
    this.#handle[readerOf] = reader;
    this.#handle.onread = onRead;
  }

  /** True when the stream holds nothing that must come first. */
  get mayWrite(): boolean {
    return this.#socket.writableLength === 0;
  }

  /** Calls `done` at once when the kernel has taken everything, and later otherwise. */
  write(buffers: readonly Uint8Array[], done: (error?: Error | null) => void): void {
    const [first] = buffers;
    if (buffers.length === 1) this.#socket._write(first, ENCODING, done);
    else this.#socket._writev?.(buffers.map(asChunk), done);
  }

  get waitingBytes(): number {
    return this.#handle.writeQueueSize;
  }
}

/** What a writable stream calls the encoding of bytes. */
const ENCODING = 'buffer' as BufferEncoding;

function asChunk(chunk: Uint8Array): { chunk: Uint8Array; encoding: BufferEncoding } {
  return { chunk, encoding: ENCODING };
}

/** What Node's own sockets do with a chunk; the same function for all of them. */
let streamRead: StreamHandle['onread'] | undefined;

function onRead(this: StreamHandle, chunk: ArrayBuffer | undefined): void {
  const taken = chunk instanceof ArrayBuffer && this[readerOf]?.chunkRead(Buffer.from(chunk));
  if (taken !== true) streamRead?.call(this, chunk);
}
