#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);

if (existsSync(main)) {
  const { runMain } = await import(main.href);
  await runMain();
} else {
  process.stderr.write('pairwire: not built yet; run: npm run build\n');
  process.exitCode = 1;
}
