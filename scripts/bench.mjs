// npm run bench [-- word …]: runs every program directly inside a bench folder, one after the other,
// or those whose path contains one of the words. They print what they measure and assert nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const words = process.argv.slice(2);

const folders = [
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/bench`),
  'bench',
];
const programs = folders
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
  .filter((path) => path.endsWith('.mjs'))
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)));

if (programs.length === 0) {
  console.error('No benchmark has such a name.');
  process.exitCode = 2;
}
for (const program of programs) {
  console.log(`\n${program}`);
  const { status } = spawnSync(process.execPath, [join(root, program)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
