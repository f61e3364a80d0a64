// npm run compat [-- NAME …]: programs that people run on ws, with the facade in its place. Each check
// must have its connections made by the facade, its messages through both ways, and a clean end.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
install();
requireFacade();

const wanted = process.argv.slice(2);
const names = readdirSync(join(folder, 'checks'))
  .map((file) => file.replace(/\.mjs$/, ''))
  .filter((name) => wanted.length === 0 || wanted.includes(name));
let failures = wanted.length > 0 && names.length < wanted.length ? 1 : 0;
// A process each: what one leaves behind must not help or harm the next.
for (const name of names) {
  const { status } = spawnSync(process.execPath, [join(folder, 'check.mjs'), name], {
    stdio: 'inherit',
    timeout: 60_000,
  });
  if (status !== 0) {
    failures += 1;
    console.error(`not ok ${name}`);
  }
}
process.exit(failures > 0 ? 1 : 0);

/** Once for each lock. */
function install() {
  const installed = read('node_modules/.package-lock.json');
  const isFresh = Object.entries(
    JSON.parse(read('package-lock.json') ?? '{}').packages ?? {},
  ).every(
    ([path, { version, optional }]) =>
      !path.startsWith('node_modules/') ||
      optional === true ||
      JSON.parse(installed ?? '{}').packages?.[path]?.version === version,
  );
  if (installed !== undefined && isFresh) return;
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}

/** `overrides` has reached everybody: there is one ws in the tree, and it is not ws. */
function requireFacade() {
  const lock = JSON.parse(read('package-lock.json') ?? '{}');
  const copies = Object.keys(lock.packages).filter((path) => path.endsWith('node_modules/ws'));
  const found = realpathSync(createRequire(join(folder, 'run.mjs')).resolve('ws'));
  if (copies.length === 1 && found === join(folder, 'ws', 'index.cjs')) return;
  console.error(`ws itself is still there: ${copies.join(', ')}`);
  process.exit(1);
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(join(folder, path), 'utf8');
  } catch {
    return undefined;
  }
}
