// npm run fuzz [-- --minutes N] [--seed S] [--target NAME] [--replay FILE]: fuzzes the WebSocket
// engine's core. Node 20 runs no TypeScript, so sources, targets and the tests' helpers are compiled
// side by side into a cache first. See docs/topics/fuzzing.md.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'packages/websocket/fuzz');
const built = join(root, 'node_modules/.cache/fuzz');

rmSync(built, { recursive: true, force: true });
run(join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--outDir', built);
// Outside of the package that says so, the compiled files would be taken for CommonJS.
writeFileSync(join(built, 'package.json'), '{ "type": "module" }');
run(
  '--enable-source-maps',
  join(built, 'fuzz/main.js'),
  '--folder',
  folder,
  ...process.argv.slice(2),
);

/** @param {string[]} args */
function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
