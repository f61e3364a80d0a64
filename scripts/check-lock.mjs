// Keeps package-lock.json installable everywhere. A registry that lags behind for other platforms'
// binaries makes npm leave them out of the lock without a word; whoever is on such a platform then
// finds out. Also refused: download addresses, entries without a checksum, install scripts.
import { readFileSync } from 'node:fs';

/**
 * @typedef {{
 *   link?: boolean, inBundle?: boolean, resolved?: string, integrity?: string,
 *   hasInstallScript?: boolean, optionalDependencies?: Record<string, string>,
 * }} LockEntry
 */

/** @type {{ packages: Record<string, LockEntry> }} */
const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const entries = Object.entries(lock.packages);
const faults = entries.flatMap(([path, entry]) => faultsOf(path, entry));

for (const fault of faults) console.error(`package-lock.json: ${fault}`);
if (faults.length > 0) process.exit(1);
console.log(`package-lock.json: ${entries.length} entries, complete for every platform`);

/**
 * @param {string} path
 * @param {LockEntry} entry
 * @returns {string[]}
 */
function faultsOf(path, entry) {
  const name = path || 'the root';
  const found = [];
  for (const optional of Object.keys(entry.optionalDependencies ?? {})) {
    if (!isLocked(path, optional)) {
      found.push(`${name} wants ${optional}, which has no entry: npm ci fails on its platform`);
    }
  }
  if (/^https?:/.test(entry.resolved ?? '')) {
    found.push(`${name} records a download address; .npmrc has the setting that leaves it out`);
  }
  if (path.includes('node_modules/') && !entry.link && !entry.inBundle && !entry.integrity) {
    found.push(`${name} has no checksum`);
  }
  if (entry.hasInstallScript) found.push(`${name} runs a script when it is installed`);
  return found;
}

/**
 * Looks where Node would: beside the package, then in every folder above.
 *
 * @param {string} path
 * @param {string} name
 */
function isLocked(path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${at}${at && '/'}node_modules/${name}`]) return true;
    if (at === '') return false;
  }
}
