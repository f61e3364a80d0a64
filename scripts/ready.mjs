// Makes a fresh clone ready to run: installs, compiles, builds the pages. Needs nothing but Node,
// so npm can call it before node_modules exists (prestart, pretest, …). Does only what is missing.
//
//   node scripts/ready.mjs           what is missing
//   node scripts/ready.mjs --clean   delete what was built, then build everything
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, 'node_modules/.cache/ready');
const installStamp = join(cache, 'lock');
const pageStamp = join(cache, 'pages');
const builtPage = join(root, 'packages/web/dist/index.html');

/** What the pages are bundled from: a change in their sources makes the built pages stale. */
const pagePackages = ['packages/web', 'packages/channel', 'packages/pairing'];
const notSources = new Set(['dist', 'node_modules', 'test']);

requireNode();
installWhenTheLockChanged();
if (process.argv.includes('--clean')) deleteBuilt();
compile();
buildPagesWhenStale();

/** The same range as `engines` in package.json. */
function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const newEnough = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 23;
  if (newEnough) return;
  console.error(
    `Pairwire needs Node 20.19 or newer (or 22.12 or newer); this is Node ${process.versions.node}. ` +
      'See https://nodejs.org.',
  );
  process.exit(1);
}

function installWhenTheLockChanged() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const wanted = createHash('sha256')
    .update(`${process.platform} ${process.arch}\n${lock}`)
    .digest('hex');
  if (existsSync(installStamp) && readFileSync(installStamp, 'utf8') === wanted) return;

  if (!isInstalled(JSON.parse(lock))) {
    say('Installing what it needs (once)');
    npm('ci', '--no-audit', '--no-fund', '--loglevel=error');
  }
  deleteBuilt();
  // Last, so that an interrupted install is done again.
  mkdirSync(cache, { recursive: true });
  writeFileSync(installStamp, wanted);
}

/**
 * Whether npm has already installed exactly this lock here, as after `npm ci` by hand. npm writes
 * its own list of what it installed last of all.
 *
 * @param {{ packages: Record<string, LockEntry> }} lock
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockEntry
 */
function isInstalled(lock) {
  const list = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(list)) return false;
  /** @type {Record<string, LockEntry>} */
  const installed = JSON.parse(readFileSync(list, 'utf8')).packages;
  return Object.entries(lock.packages).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true && !isBinaryForThisMachine(entry);
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** @param {LockEntry} entry */
function isBinaryForThisMachine(entry) {
  if (entry.os === undefined && entry.cpu === undefined) return false;
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
    process.report.getReport()
  );
  const libc = report.header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return (
    (entry.os?.includes(process.platform) ?? true) &&
    (entry.cpu?.includes(process.arch) ?? true) &&
    (entry.libc?.includes(libc) ?? true)
  );
}

/** Whole folders: `tsc -b` neither restores a single deleted output nor deletes a stale one. */
function deleteBuilt() {
  for (const name of readdirSync(join(root, 'packages'))) {
    rmSync(join(root, 'packages', name, 'dist'), { recursive: true, force: true });
  }
  rmSync(join(root, 'conformance/dist'), { recursive: true, force: true });
}

function compile() {
  node(join(root, 'node_modules/typescript/bin/tsc'), '-b');
}

function buildPagesWhenStale() {
  const startedAt = new Date();
  const fresh = existsSync(builtPage) && existsSync(pageStamp) ? statSync(pageStamp).mtimeMs : 0;
  const sources = pagePackages.flatMap((path) => entriesOf(join(root, path)));
  if (!sources.some((path) => changedAfter(fresh, path))) return;
  say('Building the pages');
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const build = ['build', join(root, 'packages/web'), '--logLevel=warn'];
  node(vite, ...build);
  node(vite, ...build, '--mode', 'lab');
  writeFileSync(pageStamp, '');
  // An edit made during the build is newer than its start, and builds again next time.
  utimesSync(pageStamp, startedAt, startedAt);
}

/**
 * A folder's own time counts too: it is how a deleted file shows.
 *
 * @param {number} timeMs
 * @param {string} path
 * @returns {boolean}
 */
function changedAfter(timeMs, path) {
  const stat = statSync(path);
  if (stat.mtimeMs > timeMs) return true;
  return stat.isDirectory() && entriesOf(path).some((entry) => changedAfter(timeMs, entry));
}

/** @param {string} folder */
function entriesOf(folder) {
  return readdirSync(folder)
    .filter((name) => !notSources.has(name))
    .map((name) => join(folder, name));
}

/** @param {string[]} args */
function npm(...args) {
  const cli = process.env['npm_execpath'];
  if (cli !== undefined && basename(cli) === 'npm-cli.js') return node(cli, ...args);
  run('npm', args, process.platform === 'win32');
}

/** @param {string[]} args */
function node(...args) {
  run(process.execPath, args, false);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {boolean} shell
 */
function run(command, args, shell) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** @param {string} line */
function say(line) {
  console.log(`${line} …`);
}
