import type { MessagePiece, PayloadEvent } from '../protocol/index.ts';

/** One whole text message (RFC 6455 §5.6); the text is decoded when it is first asked for. */
export interface TextMessage {
  readonly type: 'text';
  readonly data: string;
  /** The text as UTF-8, as it came. Belongs to the receiver; it may be a view of a larger buffer. */
  readonly bytes: Buffer;
}

/** One whole binary message. */
export interface BinaryMessage {
  readonly type: 'binary';
  readonly data: Buffer;
  /** The same as `data`. */
  readonly bytes: Buffer;
}

/**
 * A received message, told apart by `type`. Given to `send()` as it is, it is passed on without
 * being decoded.
 */
export type Message = TextMessage | BinaryMessage;

export class ReceivedMessage {
  readonly type: 'text' | 'binary';
  readonly event: PayloadEvent;
  #bytes: Buffer | undefined;
  #text: string | undefined;

  constructor(event: PayloadEvent) {
    this.type = event.type as 'text' | 'binary';
    this.event = event;
  }

  get data(): string | Buffer {
    return this.type === 'text' ? (this.#text ??= decodeText(this.event)) : this.bytes;
  }

  get bytes(): Buffer {
    return (this.#bytes ??= payloadOf(this.event));
  }
}

export function messageOf(event: PayloadEvent): Message {
  return new ReceivedMessage(event) as Message;
}

export function payloadOf({ source, start, end }: PayloadEvent | MessagePiece): Buffer {
  return Buffer.from(source.buffer, source.byteOffset + start, end - start);
}

/** The core has checked the text, so that decoding replaces nothing; latin1 is the faster way. */
function decodeText({ source, start, end, ascii }: PayloadEvent): string {
  return bufferOver(source).toString(ascii ? 'latin1' : 'utf8', start, end);
}

export function bufferOver(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
