/** The three ways in which every decoder is fed: whole, byte by byte, split at random. */

export interface Split {
  readonly how: string;
  readonly chunks: Uint8Array[];
}

/** Chunks are copies: decoders own what they are fed. */
export function splits(bytes: Uint8Array, randomSplits = 5): Split[] {
  const ways: Split[] = [
    { how: 'whole', chunks: [copy(bytes, 0, bytes.length)] },
    { how: 'byte by byte', chunks: cut(bytes, [...bytes.keys()]) },
  ];
  for (let seed = 1; seed <= randomSplits; seed++) {
    const random = createRandom(seed);
    const cuts = Array.from({ length: 1 + (seed % 5) }, () => Math.floor(random() * bytes.length));
    ways.push({ how: `split with seed ${seed}`, chunks: cut(bytes, cuts) });
  }
  return ways;
}

function cut(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const bounds = [0, ...positions.toSorted((a, b) => a - b), bytes.length];
  return bounds.slice(1).map((end, index) => copy(bytes, bounds[index] ?? 0, end));
}

/** Reproducible numbers in [0, 1) (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

function copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, start, end);
}
