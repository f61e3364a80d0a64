import { encodeUtf8Into, utf8Length } from './utf8.ts';

export interface OutputSlabOptions {
  /** Length of one block. Default 64 KiB. */
  readonly blockBytes?: number;
  /**
   * Makes blocks and buffers for long frames. They may hold old data, every byte is written before
   * it is read. Default `new Uint8Array`; on Node `Buffer.allocUnsafeSlow` is faster.
   */
  readonly allocate?: (lengthBytes: number) => Uint8Array;
  /**
   * Writes `text` as UTF-8 into `target`, which `allocate` made, and returns the number of bytes;
   * enough are free. Lone surrogates become U+FFFD. Default: this package's encoder.
   */
  readonly encodeTextInto?: (text: string, target: Uint8Array, offset: number) => number;
  /** The length `encodeTextInto` will return. */
  readonly textLength?: (text: string) => number;
}

const DEFAULT_BLOCK_BYTES = 64 * 1024;

/**
 * Memory in which small outgoing frames are put side by side; any number of connections share it.
 *
 * Bytes are never moved; a block is left to the garbage collector when the last view of it is gone.
 * The newest bytes may be reclaimed once they are sent. That is the rule while sockets keep up, and
 * then all of it happens in one block, which stays in the processor's cache.
 */
export class OutputSlab {
  block: Uint8Array;
  /** Bytes of `block` that are taken. */
  used = 0;

  readonly blockBytes: number;
  readonly allocate: (lengthBytes: number) => Uint8Array;
  readonly encodeTextInto: (text: string, target: Uint8Array, offset: number) => number;
  readonly textLength: (text: string) => number;

  constructor(options: OutputSlabOptions = {}) {
    this.blockBytes = options.blockBytes ?? DEFAULT_BLOCK_BYTES;
    this.allocate = options.allocate ?? ((lengthBytes) => new Uint8Array(lengthBytes));
    this.encodeTextInto = options.encodeTextInto ?? encodeUtf8Into;
    this.textLength = options.textLength ?? utf8Length;
    this.block = new Uint8Array(0);
  }

  /** Makes sure that `lengthBytes` are free in `block` behind `used`. */
  reserve(lengthBytes: number): void {
    if (this.used + lengthBytes <= this.block.length) return;
    this.block = this.allocate(Math.max(this.blockBytes, lengthBytes));
    this.used = 0;
  }

  /** Makes `bytes` free again, if nothing was put behind them. Nobody may read them any more. */
  reclaim(bytes: Uint8Array): void {
    const { block } = this;
    const end = bytes.byteOffset + bytes.length;
    if (bytes.buffer === block.buffer && end === block.byteOffset + this.used) {
      this.used -= bytes.length;
    }
  }

  /** The same functions over blocks that nobody else writes into. */
  createPrivate(blockBytes: number): OutputSlab {
    return new OutputSlab({
      blockBytes,
      allocate: this.allocate,
      encodeTextInto: this.encodeTextInto,
      textLength: this.textLength,
    });
  }
}
