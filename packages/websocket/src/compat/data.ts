/** What `ws` takes for data, and what it hands out: both as bytes of the engine. */
import { isUtf8 } from 'node:buffer';

import { bytesOf } from '../node/outgoing-message.ts';
import { messageOf, type Message } from '../node/message.ts';
import { PayloadEvent } from '../protocol/index.ts';

export const BINARY_TYPES = ['nodebuffer', 'arraybuffer', 'fragments', 'blob'] as const;

export type BinaryType = (typeof BINARY_TYPES)[number];

/** What a `message` listener gets. */
export type RawData = Buffer | ArrayBuffer | Buffer[];

/** What may be sent: whatever `Buffer.from` takes, numbers as text, and a Blob. */
export type BufferLike =
  | string
  | number
  | ArrayBufferView
  | ArrayBufferLike
  | Blob
  | readonly unknown[]
  | { valueOf(): ArrayBufferLike | Uint8Array | readonly number[] | string }
  | { [Symbol.toPrimitive](hint: string): string };

/** @throws {TypeError} when no bytes can be made of it */
export function toBytes(data: unknown): Uint8Array {
  if (data === undefined || data === null) return EMPTY;
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) return bytesOf(data);
  return Buffer.from(data as Uint8Array);
}

const EMPTY = new Uint8Array(0);

/**
 * Bytes as a text message, which takes no decoding when they are UTF-8. When they are not, each
 * mistake becomes U+FFFD: RFC 6455 §5.6 leaves no other way to send them as text.
 */
export function textOf(data: unknown): string | Message {
  if (typeof data === 'string') return data;
  const bytes = toBytes(data);
  if (!isUtf8(bytes)) return Buffer.from(bytes).toString();
  return messageOf(new PayloadEvent('text', bytes, 0, bytes.length, false));
}

/** A received binary message in the shape that `binaryType` asks for. */
export function shapeOf(bytes: Buffer, type: BinaryType): RawData | Blob {
  switch (type) {
    case 'nodebuffer':
      return bytes;
    case 'arraybuffer':
      return Uint8Array.from(bytes).buffer;
    case 'fragments':
      return [bytes];
    case 'blob':
      return new Blob([Uint8Array.from(bytes)]);
  }
}
