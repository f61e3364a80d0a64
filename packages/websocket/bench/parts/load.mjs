/** Chooses the load: the program in C where there is a compiler, else the same in Node. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../load/', import.meta.url));
const built = fileURLToPath(new URL('../../../../node_modules/.cache/bench', import.meta.url));

/** @returns {{ kind: 'C' | 'Node', command: string[] }} */
export function prepareLoad() {
  const source = join(folder, 'load.c');
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const program = join(built, `load-${hash}`);
  if (!existsSync(program)) {
    mkdirSync(built, { recursive: true });
    const { status } = spawnSync('cc', ['-O2', '-o', program, source]);
    if (status !== 0)
      return { kind: 'Node', command: [process.execPath, join(folder, 'load.mjs')] };
  }
  return { kind: 'C', command: [program] };
}
