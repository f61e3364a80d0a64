/** Masking keys from a CSPRNG (RFC 6455 §10.3), drawn from a pool: one system call per 2,048. */
import { randomFillSync } from 'node:crypto';

const pool = new Uint32Array(2_048);
let used = pool.length;

export function nextMaskingKey(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const key = pool[used] ?? 0;
  // A key that has been on the wire has no business in memory.
  pool[used++] = 0;
  return key;
}
