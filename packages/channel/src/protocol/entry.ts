/**
 * What the body of an HTTP request or answer consists of (docs/protocol/channel.md §8.3): entries,
 * each a type of one byte, a length, and a payload.
 */
import { isShortReason } from './close-code.ts';
import type { Packet } from './packet.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

export const EntryType = {
  /** Means nothing: the prelude of a stream, and what keeps it alive. */
  padding: 0,
  text: 1,
  binary: 2,
  /** The last entry of a way: two bytes of code, then the reason. */
  close: 3,
  /** Asks the client for any request. Server only. */
  ping: 4,
  /** The last entry of a stream that another one follows. Server only. */
  recycle: 5,
} as const;

export type EntryType = (typeof EntryType)[keyof typeof EntryType];

export interface Entry {
  readonly type: EntryType;
  readonly payload: Uint8Array;
}

/** Most bytes of type and length in front of a payload. */
export const MAX_ENTRY_HEADER_BYTES = 5;

/** Longest payload of an entry that carries no packet. */
export const MAX_CONTROL_BYTES = 4_096;

const NO_PAYLOAD = new Uint8Array(0);

/** @param payload - at most 2³⁰ − 1 bytes, the longest that a length of 4 bytes can say */
export function encodeEntry(
  type: EntryType,
  payload: Uint8Array = NO_PAYLOAD,
): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  // Variable-length integers of RFC 9000 §16: the first two bits say how many bytes.
  const lengthBytes = length < 0x40 ? 1 : length < 0x4000 ? 2 : 4;
  const entry = new Uint8Array(1 + lengthBytes + length);
  entry[0] = type;
  const view = new DataView(entry.buffer);
  if (lengthBytes === 1) view.setUint8(1, length);
  else if (lengthBytes === 2) view.setUint16(1, 0x4000 | length);
  else view.setUint32(1, 0x8000_0000 + length);
  entry.set(payload, 1 + lengthBytes);
  return entry;
}

export function encodePacketEntry(packet: Packet): Uint8Array<ArrayBuffer> {
  return typeof packet === 'string'
    ? encodeEntry(EntryType.text, encodeUtf8(packet))
    : encodeEntry(EntryType.binary, packet);
}

/** @returns the empty text, which is no packet, for an entry that carries none */
export function decodePacketEntry({ type, payload }: Entry): Packet {
  if (type === EntryType.binary) return payload;
  return (type === EntryType.text ? decodeUtf8(payload) : undefined) ?? '';
}

export function encodeCloseEntry(code: number, reason: string): Uint8Array<ArrayBuffer> {
  const text = encodeUtf8(reason);
  const payload = new Uint8Array(2 + text.length);
  new DataView(payload.buffer).setUint16(0, code);
  payload.set(text, 2);
  return encodeEntry(EntryType.close, payload);
}

/** @returns undefined: a code that nobody may say, too long a reason, or one that is no UTF-8 */
export function decodeClosePayload(
  payload: Uint8Array,
): { code: number; reason: string } | undefined {
  if (payload.length < 2) return undefined;
  const code = new DataView(payload.buffer, payload.byteOffset).getUint16(0);
  const reason = decodeUtf8(payload.subarray(2));
  // The codes of RFC 6455 §7.4.1 that may be on a wire at all, and the ranges of §7.4.2.
  const isSayable =
    code === 1000 || code === 1001 || code === 1009 || code === 1011 || code >= 3000;
  if (!isSayable || code > 4999 || reason === undefined || !isShortReason(reason)) return undefined;
  return { code, reason };
}
