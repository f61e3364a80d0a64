#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
const [major, minor] = process.versions.node.split('.').map(Number);

// The range of package.json's "engines", which npm only warns about. An older Node would end in the
// stack trace of the first thing it lacks.
if (major < 20 || (major === 20 && minor < 19) || (major === 22 && minor < 12) || major === 21) {
  process.stderr.write(
    `pairwire: needs Node.js 20.19 or later (22.12 in the 22 line); this is ${process.versions.node}\n`,
  );
  process.exitCode = 1;
} else if (existsSync(main)) {
  const { runMain } = await import(main.href);
  await runMain();
} else {
  process.stderr.write('pairwire: not built yet; run: npm run build\n');
  process.exitCode = 1;
}
