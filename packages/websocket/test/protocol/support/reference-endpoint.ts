/**
 * RFC 6455 §5 as slowly and plainly as it can be written: all bytes at once, one copy per step, big
 * integers. What the fast path must equal.
 */
import type { Role } from '../../../src/protocol/frame.ts';
import type { MessageCodec } from '../../../src/protocol/permessage-deflate.ts';
import { concat, toHex, toText } from './bytes.ts';
import { inflateOn } from './zlib-codec.ts';

const SENDABLE = new Set([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]);

interface Frame {
  readonly fin: boolean;
  readonly rsv: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly lengthBits: number;
  readonly length: bigint;
  /** As much of the payload as is there. */
  readonly payload: Uint8Array;
  readonly complete: boolean;
  readonly rest: Uint8Array;
}

export interface SlowOptions {
  /** Up to here a message may come in pieces, which are joined here. */
  readonly maxStreamBytes?: number;
  /** Lengths in more bytes than needed are let pass. */
  readonly lenientLengths?: boolean;
  /** permessage-deflate was negotiated. */
  readonly codec?: MessageCodec | undefined;
}

/** Events in the form of `describeEvent`, up to the end of the connection or of the bytes. */
export function readSlowly(
  role: Role,
  bytes: Uint8Array,
  maxMessageBytes: number,
  { maxStreamBytes = 0, lenientLengths = false, codec }: SlowOptions = {},
): string[] {
  const events: string[] = [];
  let rest = bytes;
  let opcode = 0;
  let compressed = false;
  let announced = 0n;
  let message: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  for (;;) {
    const frame = readFrame(rest);
    if (frame === undefined) return events;
    rest = frame.rest;
    const problem = checkHeader(role, frame, { lenientLengths, codec });
    if (problem !== undefined) return [...events, `fail ${problem}`];
    if (frame.opcode >= 8) {
      if (!frame.complete) return events;
      const event = readControl(frame);
      events.push(event);
      if (event.startsWith('close') || event.startsWith('fail')) return events;
      continue;
    }
    if (frame.opcode === 0 && opcode === 0) return [...events, 'fail PW_WS_ORPHAN_CONTINUATION'];
    if (frame.opcode === 0 && frame.rsv !== 0) return [...events, 'fail PW_WS_RESERVED_BITS'];
    if (frame.opcode !== 0 && opcode !== 0) return [...events, 'fail PW_WS_INTERRUPTED_MESSAGE'];
    if (frame.opcode !== 0) {
      opcode = frame.opcode;
      compressed = frame.rsv !== 0;
    }
    const longest = Math.max(maxMessageBytes, maxStreamBytes);
    // Stored blocks make compressed data a little longer than the message.
    const maxBytes = compressed ? longest + Math.floor(longest / 256) + 64 : longest;
    announced += frame.length;
    if (announced > BigInt(maxBytes)) return [...events, 'fail PW_WS_MESSAGE_TOO_BIG'];
    const ended = frame.complete && frame.fin;
    let payload = frame.payload;
    if (compressed && codec !== undefined) {
      codec.feed(payload, ended);
      const inflated = inflateOn(codec, longest - message.length);
      if (inflated === 'too-big') return [...events, 'fail PW_WS_MESSAGE_TOO_BIG'];
      if (inflated === 'corrupt') return [...events, 'fail PW_WS_CORRUPT_COMPRESSED_DATA'];
      payload = inflated;
    }
    message = concat(message, payload);
    if (opcode === 1 && !isUtf8(message, !ended)) return [...events, 'fail PW_WS_INVALID_UTF8'];
    if (!frame.complete) return events;
    if (!ended) continue;
    events.push(opcode === 1 ? `text ${toText(message)}` : `binary ${toHex(message)}`.trimEnd());
    opcode = 0;
    announced = 0n;
    message = new Uint8Array(0);
  }
}

function readFrame(bytes: Uint8Array): Frame | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const masked = second >= 0x80;
  const code = second & 0x7f;
  const lengthBits = code === 126 ? 16 : code === 127 ? 64 : 7;
  const lengthEnd = 2 + (lengthBits === 7 ? 0 : lengthBits / 8);
  const headerEnd = lengthEnd + (masked ? 4 : 0);
  if (bytes.length < headerEnd) return undefined;
  const digits = toHex(bytes.slice(2, lengthEnd));
  const length = lengthBits === 7 ? BigInt(code) : BigInt(`0x${digits}`);
  const mask = bytes.slice(lengthEnd, headerEnd);
  const there = bytes.slice(headerEnd);
  const complete = length <= BigInt(there.length);
  const end = complete ? Number(length) : there.length;
  return {
    fin: first >= 0x80,
    rsv: (first >> 4) & 7,
    opcode: first & 15,
    masked,
    lengthBits,
    length,
    payload: there.slice(0, end).map((byte, index) => byte ^ (mask[index % 4] ?? 0)),
    complete,
    rest: there.slice(end),
  };
}

function checkHeader(role: Role, frame: Frame, options: SlowOptions): string | undefined {
  // RSV1 is the first of the three bits, and means compression where that was negotiated.
  if (frame.rsv !== 0 && (frame.rsv !== 4 || options.codec === undefined)) {
    return 'PW_WS_RESERVED_BITS';
  }
  if (![0, 1, 2, 8, 9, 10].includes(frame.opcode)) return 'PW_WS_RESERVED_OPCODE';
  if (role === 'server' && !frame.masked) return 'PW_WS_UNMASKED_FRAME';
  if (role === 'client' && frame.masked) return 'PW_WS_MASKED_FRAME';
  if (frame.opcode >= 8 && !frame.fin) return 'PW_WS_CONTROL_FRAGMENTED';
  if (frame.opcode >= 8 && frame.length > 125n) return 'PW_WS_CONTROL_TOO_LONG';
  if (frame.opcode >= 8 && frame.rsv !== 0) return 'PW_WS_RESERVED_BITS';
  if (frame.opcode === 8 && frame.length === 1n) return 'PW_WS_CLOSE_BODY_TOO_SHORT';
  if (frame.length >= 1n << 63n) return 'PW_WS_LENGTH_TOP_BIT';
  if (options.lenientLengths === true) return undefined;
  const needed = frame.length < 126n ? 7 : frame.length < 65536n ? 16 : 64;
  return frame.lengthBits > needed ? 'PW_WS_NON_MINIMAL_LENGTH' : undefined;
}

function readControl({ opcode, payload }: Frame): string {
  if (opcode === 9) return `ping ${toHex(payload)}`.trimEnd();
  if (opcode === 10) return `pong ${toHex(payload)}`.trimEnd();
  const [high, low] = payload;
  if (high === undefined || low === undefined) return 'close 1005';
  const code = high * 256 + low;
  if (!SENDABLE.has(code) && (code < 3000 || code > 4999)) return 'fail PW_WS_INVALID_CLOSE_CODE';
  const reason = payload.slice(2);
  if (!isUtf8(reason, false)) return 'fail PW_WS_INVALID_CLOSE_REASON';
  return reason.length === 0 ? `close ${code}` : `close ${code} ${toText(reason)}`;
}

function isUtf8(bytes: Uint8Array, mayGoOn: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: mayGoOn });
    return true;
  } catch {
    return false;
  }
}
