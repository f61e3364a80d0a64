/** Below this a loop is faster than making the view that `set` needs. Measured, decision 0001. */
const MIN_SET_BYTES = 64;

/** Copies `source[start … end)` to `target[offset …]`. */
export function copyBytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): void {
  if (end - start >= MIN_SET_BYTES) {
    // Not `subarray`: that of Node's Buffer makes a Buffer, which takes longer.
    target.set(new Uint8Array(source.buffer, source.byteOffset + start, end - start), offset);
    return;
  }
  let to = offset;
  for (let from = start; from < end; from++) target[to++] = source[from] as number;
}

/**
 * `source[start … end)` in memory of its own. Not `source.slice`, which for Node's `Buffer` makes a
 * view of the same memory.
 */
export function copyOf(source: Uint8Array, start = 0, end = source.length): Uint8Array {
  const copy = new Uint8Array(end - start);
  copyBytes(source, start, end, copy, 0);
  return copy;
}
