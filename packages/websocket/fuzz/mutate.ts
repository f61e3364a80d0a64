import { concat } from '../test/protocol/support/bytes.ts';
import type { Random } from './random.ts';

/** Values at which lengths, opcodes and characters change their meaning. */
const TELLING_BYTES = [
  0x00, 0x01, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x88, 0x89, 0xc1, 0xfd, 0xfe, 0xff, 0x0a, 0x0d, 0x20,
  0x22, 0x2c, 0x3b, 0x3d, 0x5c,
] as const;

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const flipBit: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  return replace(bytes, at, at + 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
};

const setByte: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  const value = random.chance(0.5) ? random.pick(TELLING_BYTES) : random.below(256);
  return replace(bytes, at, at + 1, Uint8Array.of(value));
};

const insertBytes: Mutation = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  const added = random.chance(0.5)
    ? random.bytes(1 + random.below(4))
    : new Uint8Array(1 + random.magnitude(300)).fill(random.pick(TELLING_BYTES));
  return replace(bytes, at, at, added);
};

const removeBytes: Mutation = (bytes, random) => {
  const at = random.below(bytes.length);
  return replace(bytes, at, at + 1 + random.magnitude(bytes.length - at), new Uint8Array(0));
};

const repeatBytes: Mutation = (bytes, random) => {
  const from = random.below(bytes.length);
  const part = bytes.subarray(from, from + 1 + random.magnitude(bytes.length - from));
  const times = 1 + random.magnitude(Math.min(40, 4096 / part.length));
  return replace(bytes, from, from, concat(...random.list(times, () => part)));
};

const moveBytes: Mutation = (bytes, random) => {
  const from = random.below(bytes.length);
  const part = bytes.slice(from, from + 1 + random.magnitude(bytes.length - from));
  const rest = replace(bytes, from, from + part.length, new Uint8Array(0));
  const to = random.below(rest.length + 1);
  return replace(rest, to, to, part);
};

const cutOff: Mutation = (bytes, random) => bytes.slice(0, random.below(bytes.length + 1));

/** The beginning of one input, the end of another. */
const splice: Mutation = (bytes, random, other) =>
  concat(
    bytes.subarray(0, random.below(bytes.length + 1)),
    other.subarray(random.below(other.length + 1)),
  );

const MUTATIONS = [
  [4, flipBit],
  [4, setByte],
  [2, insertBytes],
  [2, removeBytes],
  [2, repeatBytes],
  [1, moveBytes],
  [1, cutOff],
  [1, splice],
] as const;

/** Changes one to a few things. @param other - another input, to take parts from */
export function mutate(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let mutated = bytes;
  for (let count = 1 + random.magnitude(5); count > 0; count--) {
    const mutation = mutated.length === 0 ? insertBytes : random.weigh<Mutation>(MUTATIONS);
    mutated = mutation(mutated, random, other);
  }
  return mutated;
}

function replace(bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array {
  return concat(bytes.subarray(0, start), by, bytes.subarray(end));
}
