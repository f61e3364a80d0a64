/** Streams of frames as a peer sends them: right, or wrong in one frame. */
import { constants, deflateRawSync } from 'node:zlib';

import type { Role } from '../src/protocol/frame.ts';
import { concat, utf8 } from '../test/protocol/support/bytes.ts';
import { rawFrame, type RawFrame } from '../test/protocol/support/raw-frame.ts';
import type { Random } from './random.ts';

/** Lengths at which something changes: fields, thresholds of the code, words of memory. */
const TELLING_LENGTHS = [
  0, 1, 2, 3, 4, 31, 32, 33, 63, 64, 125, 126, 127, 128, 255, 256, 257, 999, 1000, 1001, 4095, 4096,
  4097, 5119, 5120, 16_384, 65_535, 65_536, 65_537,
] as const;

const TEXTS = [
  'a',
  'Hello',
  '*@#',
  'é',
  'ß',
  '你好',
  '世',
  '𝄞',
  '\u{10ffff}',
  '\ufeff',
  '\0',
] as const;

/** What no valid text holds: overlong, surrogates, too large, cut off, lone. */
const BAD_UTF8: [number[], ...number[][]] = [
  [0xc0, 0x80],
  [0xe0, 0x80, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x8f, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf8],
  [0xff],
  [0x80],
  [0xe4, 0xbd],
  [0xf0, 0x9d, 0x84],
];

const CLOSE_CODES = [
  0, 999, 1000, 1001, 1003, 1004, 1005, 1006, 1007, 1011, 1014, 1015, 1016, 2999, 3000, 4999, 5000,
  65_535,
] as const;

const ANNOUNCED = [31n, 32n, 48n, 53n, 62n, 63n].flatMap((bits) => [
  (1n << bits) - 1n,
  1n << bits,
  (1n << bits) + 1n,
]) as [bigint, ...bigint[]];

export interface Peer {
  /** Of the connection under test; its peer is the other one. */
  readonly role: Role;
  /** Undefined: permessage-deflate was not negotiated. */
  readonly compressed: 'now and then' | 'mostly' | undefined;
}

export function generateStream(random: Random, peer: Peer): Uint8Array {
  const frames: RawFrame[] = [];
  for (let count = 1 + random.magnitude(8); count > 0; count--) {
    frames.push(...generateMessage(random, peer));
  }
  if (random.chance(0.3)) frames.push(closeFrame(random));
  if (random.chance(0.3)) {
    const index = random.below(frames.length);
    frames.splice(index, 1, spoil(frames[index] as RawFrame, random));
  }
  const bytes = concat(...frames.map((frame) => encode(frame, random, peer)));
  return random.chance(0.2) ? bytes.slice(0, random.below(bytes.length + 1)) : bytes;
}

/** One message in one or more frames, with control frames in between. */
function generateMessage(random: Random, peer: Peer): RawFrame[] {
  if (random.chance(0.15)) return [pingOrPong(random)];
  const isText = random.chance(0.6);
  const plain = isText ? textPayload(random) : binaryPayload(random);
  const often = peer.compressed === 'mostly' ? 0.9 : 0.5;
  const compress = peer.compressed !== undefined && random.chance(often);
  const payload = compress ? deflate(plain, random) : plain;
  const opcode = isText ? 1 : 2;
  const rsv = compress ? 4 : 0;
  const frames: RawFrame[] = [];
  let start = 0;
  for (const end of fragmentEnds(payload.length, random)) {
    const first = frames.length === 0;
    const fin = end === undefined;
    const fragment = payload.slice(start, end);
    frames.push({ opcode: first ? opcode : 0, rsv: first ? rsv : 0, fin, payload: fragment });
    if (!fin && random.chance(0.2)) frames.push(pingOrPong(random));
    start = end ?? 0;
  }
  return frames;
}

/** Undefined stands for the end of the last fragment, which is the payload's. */
function fragmentEnds(length: number, random: Random): (number | undefined)[] {
  if (random.chance(0.6)) return [undefined];
  if (random.chance(0.5)) {
    const ends = random.list(random.magnitude(12), () => random.below(length + 1));
    return [...ends.toSorted((a, b) => a - b), undefined];
  }
  const size = Math.max(random.pick(TELLING_LENGTHS), Math.ceil(length / 40), 1);
  const count = Math.max(Math.ceil(length / size) - 1, 0);
  return [...Array.from({ length: count }, (_, index) => (index + 1) * size), undefined];
}

export function textPayload(random: Random): Uint8Array {
  const pieces = random.list(random.magnitude(30), () => utf8(random.pick(TEXTS)));
  if (random.chance(0.1)) {
    pieces.splice(random.below(pieces.length + 1), 0, Uint8Array.from(random.pick(BAD_UTF8)));
  }
  const text = concat(...pieces);
  if (random.chance(0.8) || text.length === 0) return text;
  const times = Math.ceil(payloadLength(random) / text.length);
  return concat(...random.list(times, () => text));
}

export function binaryPayload(random: Random): Uint8Array {
  const payload = new Uint8Array(payloadLength(random)).fill(random.below(256));
  if (random.chance(0.5)) return payload;
  const pattern = random.bytes(Math.min(payload.length, 61));
  for (let at = 0; at + 61 <= payload.length; at += 61) payload.set(pattern, at);
  return payload;
}

function payloadLength(random: Random): number {
  if (random.chance(0.7)) return random.magnitude(200);
  return random.chance(0.7) ? random.pick(TELLING_LENGTHS) : random.magnitude(80_000);
}

function pingOrPong(random: Random): RawFrame {
  const length = random.pick([0, 1, 4, 124, 125] as const);
  return { opcode: random.pick([9, 10] as const), payload: random.bytes(length) };
}

function closeFrame(random: Random): RawFrame {
  if (random.chance(0.2)) return { opcode: 8, payload: random.bytes(random.below(3)) };
  const code = random.pick(CLOSE_CODES);
  const reason = textPayload(random).slice(0, 123);
  return { opcode: 8, payload: concat(Uint8Array.of(code >>> 8, code & 0xff), reason) };
}

/** RFC 7692 §7.2.1, and the other ways of ending that §7.2.3 shows. */
export function deflate(plain: Uint8Array, random: Random): Uint8Array {
  const options = {
    level: random.pick([0, 1, 6, 9] as const),
    memLevel: random.pick([1, 8, 9] as const),
    strategy: random.pick([
      constants.Z_DEFAULT_STRATEGY,
      constants.Z_FIXED,
      constants.Z_HUFFMAN_ONLY,
      constants.Z_RLE,
    ] as const),
  };
  if (random.chance(0.15)) return concat(deflateRawSync(plain, options), Uint8Array.of(0));
  const bytes = deflateRawSync(plain, { ...options, finishFlush: constants.Z_SYNC_FLUSH });
  return plain.length === 0 ? Uint8Array.of(0) : Uint8Array.from(bytes.subarray(0, -4));
}

/** Breaks one rule, or stretches it. */
function spoil(frame: RawFrame, random: Random): RawFrame {
  switch (random.below(9)) {
    case 0:
      return { ...frame, opcode: random.below(16) };
    case 1:
      return { ...frame, rsv: random.below(8) };
    case 2:
      return { ...frame, fin: frame.fin === false };
    case 3:
      return { ...frame, lengthBits: 64 };
    case 4: {
      const { payload = new Uint8Array(0) } = frame;
      return payload.length > 0xffff ? frame : { ...frame, lengthBits: 16 };
    }
    case 5:
      return { ...frame, announce: random.pick(ANNOUNCED) };
    case 6:
      return { ...frame, announce: BigInt(payloadLength(random)) };
    case 7:
      return { ...frame, payload: random.bytes(payloadLength(random) % 300) };
    default:
      return { ...frame, mask: new Uint8Array(4) };
  }
}

function encode(frame: RawFrame, random: Random, { role }: Peer): Uint8Array {
  // What a spoiled frame brings with it stays: no mask for a server, one for a client.
  const masked = (role === 'server') !== (frame.mask !== undefined);
  const mask = random.chance(0.1) ? new Uint8Array(4) : random.bytes(4);
  return rawFrame({ ...frame, mask: masked ? mask : undefined });
}
