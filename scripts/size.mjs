// Prints what each page costs to load, gzipped, and fails when the phone page is over its budget.
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../packages/web/dist', import.meta.url));
/** 1 kB = 1000 bytes. The phone page is what people wait for, often on a poor connection. */
const pages = [
  { name: 'computer page', entry: '/index.html', budgetBytes: undefined },
  { name: 'phone page', entry: '/p.html', budgetBytes: 60_000 },
  { name: 'lab', entry: '/lab.html', budgetBytes: undefined },
];

/**
 * Loaded later: the transports over plain HTTP when no WebSocket gets through, the rest while
 * the person looks at the first view.
 */
const LATER = /\/(http-transports|later-page)-/;

for (const { name, entry, budgetBytes } of pages) {
  const files = oneLanguage([...loadedFrom(entry)]);
  const bytes = files.reduce((sum, file) => sum + gzippedBytes(file), 0);
  const limit = budgetBytes === undefined ? '' : ` of ${kB(budgetBytes)}`;
  console.log(`${name}: ${kB(bytes)}${limit} gzipped, ${files.length} files`);
  if (budgetBytes !== undefined && bytes > budgetBytes) {
    console.error(`The ${name} is over its budget. Its files:`);
    for (const file of files) console.error(`  ${kB(gzippedBytes(file))}  ${file}`);
    process.exitCode = 1;
  }
}

/**
 * The file and, transitively, every file of ours that it names: scripts, styles, icons, chunks.
 *
 * @param {string} file
 * @returns {Set<string>}
 */
function loadedFrom(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  if (!/\.(html|js|css)$/.test(file)) return found;
  const text = readFileSync(join(dist, file), 'utf8');
  for (const [, name = ''] of text.matchAll(/["'`(]((?:\.{0,2}\/)[\w./-]+\.\w+)["'`)]/g)) {
    const target = posix.resolve(posix.dirname(file), name);
    if (LATER.test(target) || target.endsWith('.html')) continue;
    if (existsSync(join(dist, target))) loadedFrom(target, found);
  }
  return found;
}

/**
 * A page loads its words in one language: of each kind of words the largest file counts.
 *
 * @param {string[]} files
 */
function oneLanguage(files) {
  const others = ['messages', 'lab-messages'].flatMap((kind) => {
    const languages = files.filter((file) => file.includes(`/${kind}.`));
    return languages.sort((a, b) => gzippedBytes(b) - gzippedBytes(a)).slice(1);
  });
  return files.filter((file) => !others.includes(file));
}

/** @param {string} file */
function gzippedBytes(file) {
  return gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
}

/** @param {number} bytes */
function kB(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
