/**
 * A shorter way to a plain TCP socket than through its two stream queues (docs/decisions/0005), and
 * into one buffer instead of a new one for every read (docs/decisions/0009).
 *
 * The only file that knows what `node:net` keeps inside. Where that is not as expected, `find` gives
 * undefined and everything goes through the public interface; both ways are tested alike.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The part of the handle's interface that is used: `lib/internal/stream_base_commons.js`. */
interface StreamHandle {
  /** Called with each chunk; with undefined at the end of input, or when it lies in our buffer. */
  onread: (this: StreamHandle, chunk: ArrayBuffer | undefined) => void;
  /** From now on reads go into `buffer`, which must outlive the handle. */
  useUserBuffer(buffer: Uint8Array): void;
  readonly bytesRead: number;
  readonly writeQueueSize: number;
  [readerOf]?: ChunkReader;
}

export interface ChunkReader {
  /** Kept here for the handle: its `bytesRead` up to the last chunk. */
  bytesSeen: number;
  /** The chunk belongs to the reader. @returns false to leave it to the stream */
  chunkRead(chunk: Buffer): boolean;
}

const readerOf = Symbol('reader');

/**
 * What one read may bring. Node's own reads stop at 64 KiB, so that messages of that length always
 * came in two pieces, to be joined; twice as much or more saves that, and system calls as well.
 */
const READ_BYTES = 256 * 1024;

/** All sockets read into it: a read is taken out of it before the next can begin. Never freed. */
let input: Buffer | undefined;

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
      typeof handle.useUserBuffer === 'function' &&
      typeof handle.bytesRead === 'number' &&
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
    reader.bytesSeen = this.#handle.bytesRead;
    this.#handle.onread = onRead;
    this.#handle.useUserBuffer((input ??= Buffer.allocUnsafeSlow(READ_BYTES)));
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

function onRead(this: StreamHandle, ofNode: ArrayBuffer | undefined): void {
  const { bytesRead, [readerOf]: reader } = this;
  const lengthBytes = bytesRead - (reader?.bytesSeen ?? 0);
  if (reader !== undefined) reader.bytesSeen = bytesRead;
  // The end, an error, or a Node that has not read into our buffer.
  if (lengthBytes === 0 || ofNode !== undefined || reader === undefined || input === undefined) {
    streamRead?.call(this, ofNode);
    return;
  }
  // Short chunks share a block of 8 KiB, as short Buffers do everywhere in Node.
  const chunk = Buffer.allocUnsafe(lengthBytes);
  chunk.set(input.subarray(0, lengthBytes));
  // The stream wants memory in which the chunk is alone.
  if (!reader.chunkRead(chunk)) streamRead?.call(this, new Uint8Array(chunk).buffer);
}
