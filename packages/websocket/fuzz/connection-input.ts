/**
 * The input of a connection: four bytes that choose its settings, then what the peer sends.
 *
 * In one row of bytes, so that settings are mutated, cut down and kept in files like the rest.
 */
import type { Role } from '../src/protocol/frame.ts';
import type { DeflateParameters } from '../src/protocol/permessage-deflate.ts';
import { concat } from '../test/protocol/support/bytes.ts';
import { walkFrames, type FrameSpan } from './frame-walker.ts';
import { Random } from './random.ts';

const LIMITS = [0, 1, 125, 126, 1000, 65_535, 65_536, 1_048_576] as const;

/** Byte 0, bit by bit. */
const CLIENT = 0x01;
const DEFLATE = 0x02;
const CONTEXT_TAKEOVER = 0x04;
const LENIENT_LENGTHS = 0x08;
const REUSED_MEMORY = 0x10;
const PRESSURE = 0x20;
const SLOW_APPLICATION = 0x40;
const CLOSES_FIRST = 0x80;

/** In byte 1, beside the index of the limit. */
const STREAMS = 0x80;
const MAX_STREAM_BYTES = 70_000;

export const SETTING_BYTES = 4;

export interface Settings {
  readonly role: Role;
  readonly maxMessageBytes: number;
  readonly maxStreamBytes: number;
  readonly refuseNonMinimalLengths: boolean;
  readonly deflate: DeflateParameters | undefined;
  /** The socket reads into the same memory again and again. */
  readonly reusedMemory: boolean;
  /** The socket does not drain, now and then. */
  readonly pressure: boolean;
  /** The application takes one event per chunk. */
  readonly slowApplication: boolean;
  /** Close is sent before anything is received. */
  readonly closesFirst: boolean;
  /** 0: one chunk; 1: byte by byte; else the seed of random cuts. */
  readonly split: number;
}

export interface ConnectionInput {
  readonly settings: Settings;
  readonly stream: Uint8Array;
}

export function readConnectionInput(input: Uint8Array): ConnectionInput {
  const [flags = 0, limit = 0, high = 0, low = 0] = input;
  const has = (flag: number) => (flags & flag) !== 0;
  return {
    settings: {
      role: has(CLIENT) ? 'client' : 'server',
      maxMessageBytes: LIMITS[limit % LIMITS.length] ?? 0,
      maxStreamBytes: (limit & STREAMS) === 0 ? 0 : MAX_STREAM_BYTES,
      refuseNonMinimalLengths: !has(LENIENT_LENGTHS),
      deflate: has(DEFLATE) ? deflateWith(has(CONTEXT_TAKEOVER)) : undefined,
      reusedMemory: has(REUSED_MEMORY),
      pressure: has(PRESSURE),
      slowApplication: has(SLOW_APPLICATION),
      closesFirst: has(CLOSES_FIRST),
      split: high * 256 + low,
    },
    stream: input.slice(SETTING_BYTES),
  };
}

/** Settings by chance: often usual ones, so that each of the others is met alone, too. */
export function randomSettingBytes(random: Random, forced = 0): Uint8Array {
  const flag = (bit: number, probability: number) => (random.chance(probability) ? bit : 0);
  const flags =
    forced |
    flag(CLIENT, 0.4) |
    flag(DEFLATE, 0.3) |
    flag(CONTEXT_TAKEOVER, 0.5) |
    flag(LENIENT_LENGTHS, 0.2) |
    flag(REUSED_MEMORY, 0.3) |
    flag(PRESSURE, 0.3) |
    flag(SLOW_APPLICATION, 0.3) |
    flag(CLOSES_FIRST, 0.1);
  const limit = random.chance(0.5) ? 7 : random.below(LIMITS.length);
  const streams = random.chance(0.2) ? STREAMS : 0;
  const split = random.weigh([
    [3, 0],
    [1, 1],
    [6, 2 + random.below(0xfffe)],
  ]);
  return Uint8Array.of(flags, limit | streams, split >>> 8, split & 0xff);
}

/** Settings with compression on. */
export function randomDeflateSettingBytes(random: Random): Uint8Array {
  return randomSettingBytes(random, DEFLATE);
}

export function joinInput(settings: Uint8Array, stream: Uint8Array): Uint8Array {
  return concat(settings, stream);
}

/** How the stream arrives: where chunks end, the last one at the stream's length. */
export function chunkEnds({ split }: Settings, stream: Uint8Array): number[] {
  const { length } = stream;
  if (split === 0 || length < 2) return [length];
  if (split === 1 && length <= 4096) return Array.from({ length }, (_, index) => index + 1);
  const random = new Random(split);
  const cuts =
    split % 2 === 0
      ? random.list(1 + random.magnitude(30), () => random.below(length))
      : cutsNearFrames(walkFrames(stream), random);
  const ends = [...new Set(cuts)].filter((cut) => cut > 0 && cut < length);
  return [...ends.toSorted((a, b) => a - b), length];
}

/** In headers, right behind them, a few bytes into payloads. */
function cutsNearFrames(spans: readonly FrameSpan[], random: Random): number[] {
  const often = random.chance(0.3) ? 1 : random.next();
  const offset = () => random.below(4) - 1;
  const usual = offset();
  return spans
    .flatMap(({ start, payloadStart }) => [start, payloadStart])
    .filter(() => random.chance(often))
    .map((place) => place + (often === 1 ? usual : offset()));
}

function deflateWith(takeover: boolean): DeflateParameters {
  return {
    compressContextTakeover: takeover,
    compressWindowBits: 15,
    decompressContextTakeover: takeover,
    decompressWindowBits: 15,
  };
}
