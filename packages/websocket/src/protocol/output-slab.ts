export interface OutputSlabOptions {
  /** Length of one block; frames up to a quarter of it are copied into it. Default 64 KiB. */
  readonly blockBytes?: number;
  /** Makes the blocks, zeroed or not; default `new Uint8Array`. Node passes `Buffer.allocUnsafeSlow`. */
  readonly allocate?: (lengthBytes: number) => Uint8Array;
  /**
   * Writes `text` as UTF-8 into `target` (a block of `allocate`) from `offset` and returns how many
   * bytes that took. At least three bytes per UTF-16 unit are free there. Lone surrogates become
   * U+FFFD, as WHATWG's USVString wants. Default: this package's encoder.
   */
  readonly encodeText?: (text: string, target: Uint8Array, offset: number) => number;
}

/** Blocks of memory in which small outgoing frames are put side by side. */
export declare class OutputSlab {
  constructor(options?: OutputSlabOptions);
}
