/**
 * What turns a connection's input into messages, and where connections leave it while they are idle.
 *
 * Most connections are idle most of the time and hold half a frame hardly ever. So they share a few
 * readers: one takes a reader with a chunk and gives it back when everything in the chunk is
 * finished. That saves half a kilobyte for each idle connection, and the reader that many
 * connections take in turn stays in the processor's cache.
 */
import { FrameDecoder } from './frame-decoder.ts';
import { RSV1, type Role } from './frame.ts';
import { MessageAssembler } from './message-assembler.ts';
import type { OutputSlab } from './output-slab.ts';
import type { MessageCodec } from './permessage-deflate.ts';
import type { Utf8Check } from './utf8.ts';

export interface ReaderOptions {
  readonly role: Role;
  readonly maxMessageBytes: number;
  readonly maxStreamBytes: number;
  readonly refuseNonMinimalLengths: boolean;
  readonly slab: OutputSlab;
  readonly isUtf8?: Utf8Check;
}

/** As many as there may be for later; further ones are left to the garbage collector. */
const MAX_SPARE_READERS = 32;

const spareReaders = new WeakMap<ReaderOptions, MessageReader[]>();

export class MessageReader {
  readonly decoder: FrameDecoder;
  readonly assembler: MessageAssembler;
  readonly #spare: MessageReader[];

  private constructor(options: ReaderOptions, spare: MessageReader[]) {
    const { role, maxMessageBytes, maxStreamBytes, refuseNonMinimalLengths, slab, isUtf8 } =
      options;
    this.decoder = new FrameDecoder({ receiver: role, allowedBits: 0, refuseNonMinimalLengths });
    this.assembler = new MessageAssembler(
      maxMessageBytes,
      undefined,
      maxStreamBytes,
      slab.allocate,
      isUtf8,
    );
    this.#spare = spare;
  }

  /** @param options - the same object for all connections that may share readers */
  static take(options: ReaderOptions, codec: MessageCodec | undefined): MessageReader {
    let spare = spareReaders.get(options);
    if (spare === undefined) {
      spare = [];
      spareReaders.set(options, spare);
    }
    const reader = spare.pop() ?? new MessageReader(options, spare);
    reader.decoder.allowedBits = codec === undefined ? 0 : RSV1;
    reader.assembler.codec = codec;
    return reader;
  }

  /** Everything read so far is finished: nothing is known here that the next chunk depends on. */
  get atRest(): boolean {
    return this.decoder.atRest && this.assembler.atRest;
  }

  /** Received bytes that are not read, or not inflated, yet. */
  get unreadBytes(): number {
    return this.decoder.unreadBytes + this.assembler.unreadBytes;
  }

  /** The connection forgets it; only when it is at rest, and never after an error. */
  giveBack(): void {
    // Else it would keep the connection's compressor.
    this.assembler.codec = undefined;
    if (this.#spare.length < MAX_SPARE_READERS) this.#spare.push(this);
  }
}
