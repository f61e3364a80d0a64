import { encodeMessage, type EncodedFrame, type OutputSlab } from '../protocol/index.ts';
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
    if (item instanceof SharedMessage) item.encode();
    if (!(item instanceof Uint8Array) || item.length > MAX_COPIED_BYTES) return this;
    // Not from Buffer's pool, whose pages would wait with it.
    return new OutgoingMessage(Buffer.from(Uint8Array.from(item).buffer), this.options);
  }
}

/** A message for many connections, encoded at most once. */
export class SharedMessage {
  readonly data: string | Uint8Array;
  readonly type: 'text' | 'binary';
  readonly #slab: OutputSlab;
  #frame: EncodedFrame | undefined;

  constructor(slab: OutputSlab, type: 'text' | 'binary', data: string | Uint8Array) {
    this.#slab = slab;
    this.type = type;
    this.data = data;
  }

  /**
   * Copies the data, unless that has happened. One frame per set of compression parameters; there
   * is only one set so far, none.
   */
  encode(): EncodedFrame {
    return (this.#frame ??= encodeMessage(this.#slab, this.type, this.data));
  }
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
