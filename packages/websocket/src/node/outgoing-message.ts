import {
  encodeMessage,
  type EncodedFrame,
  type MessageCodec,
  type OutputSlab,
} from '../protocol/index.ts';
import { ReceivedMessage } from './message.ts';

/** Longer byte arrays are sent by reference anyway, so they may as well wait by reference. */
const MAX_COPIED_BYTES = 16 * 1024;

/** What may be asked for one message. */
export interface SendOptions {
  /**
   * What the message is about. With `overflow: 'keep-latest'` it replaces a message with the same
   * key that still waits; other policies take no notice.
   */
  readonly key?: string | undefined;
  /**
   * False keeps this message away from the compressor. Default true, which compresses when that was
   * agreed on.
   */
  readonly compress?: boolean | undefined;
}

export type OutgoingItem = string | Uint8Array | ReceivedMessage | SharedMessage;

/** A whole message that is not encoded yet. */
export class OutgoingMessage {
  readonly item: OutgoingItem;
  readonly bytes: number;
  readonly options: SendOptions | undefined;

  constructor(item: OutgoingItem, options: SendOptions | undefined) {
    this.item = item;
    this.bytes = lengthOf(item);
    this.options = options;
  }

  get key(): string | undefined {
    return this.options?.key;
  }

  /** The same message, fit to wait: the caller may use its short byte array again. */
  detach(): OutgoingMessage {
    const { item } = this;
    if (item instanceof SharedMessage) item.detach();
    if (!(item instanceof Uint8Array) || item.length > MAX_COPIED_BYTES) return this;
    return new OutgoingMessage(copyOf(item), this.options);
  }
}

/** A message for many connections, encoded at most once for each set of compression parameters. */
export class SharedMessage {
  readonly type: 'text' | 'binary';
  data: string | Uint8Array;
  readonly #slab: OutputSlab;
  #detached = false;
  #plain: EncodedFrame | undefined;
  /** By the codecs' `shareKey`. */
  #compressed: Map<string, EncodedFrame> | undefined;

  constructor(slab: OutputSlab, type: 'text' | 'binary', data: string | Uint8Array) {
    this.#slab = slab;
    this.type = type;
    this.data = data;
  }

  /** Makes it fit to wait. */
  detach(): void {
    if (this.#detached || typeof this.data === 'string') return;
    this.#detached = true;
    if (this.data.length <= MAX_COPIED_BYTES) this.data = copyOf(this.data);
  }

  /**
   * The frame for a connection with this codec, compressed once for all whose codec makes the same
   * of it; undefined when that connection must compress for itself.
   */
  encodeFor(codec: MessageCodec | undefined): EncodedFrame | undefined {
    if (codec === undefined) {
      return (this.#plain ??= encodeMessage(this.#slab, this.type, this.data));
    }
    const { shareKey } = codec;
    if (shareKey === undefined) return undefined;
    let frame = this.#compressed?.get(shareKey);
    if (frame === undefined) {
      frame = encodeMessage(this.#slab, this.type, this.data, codec);
      (this.#compressed ??= new Map()).set(shareKey, frame);
    }
    return frame;
  }
}

/** Not from Buffer's pool, whose pages would be kept with it. */
function copyOf(bytes: Uint8Array): Buffer {
  return Buffer.from(Uint8Array.from(bytes).buffer);
}

/** A string's units are at most its bytes, which is near enough for a limit against floods. */
export function lengthOf(item: OutgoingItem): number {
  if (item instanceof ReceivedMessage) return item.event.end - item.event.start;
  return item instanceof SharedMessage ? item.data.length : item.length;
}

/** @throws {TypeError} when `data` is no bytes */
export function bytesOf(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  throw new TypeError(
    `data must be a string, an ArrayBuffer or a view of one, got ${data === null ? 'null' : typeof data}`,
  );
}
