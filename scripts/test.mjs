// npm test: unit, property and vector tests (Vitest), then browser tests (Playwright), then one line
// that sums them up: N passed, N failed, N skipped.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebianPackages, forTests } from './debian-packages.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 *
 * @typedef {{
 *   numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: unknown[] }[],
 * }} VitestReport
 *
 * @typedef {{
 *   stats: { expected: number, unexpected: number, flaky: number, skipped: number },
 *   errors: unknown[],
 * }} PlaywrightReport
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = join(root, 'node_modules/.cache/test');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

ensureDebianPackages(forTests);
ensureFrameworks();
const counts = [runVitest(), runPlaywright()];
const [passed, failed, skipped] = [total('passed'), total('failed'), total('skipped')];
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;

/** They are many, and nothing but their examples needs them: a folder and a lock of their own. */
function ensureFrameworks() {
  const folder = join(root, 'examples/frameworks');
  const installed = join(folder, 'node_modules/.package-lock.json');
  const lock = join(folder, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log('Installing examples/frameworks …');
  const { status } = spawnSync('npm', ['ci', '--prefer-offline', '--fetch-retries=1'], {
    cwd: folder,
    stdio: 'ignore',
    timeout: 180_000,
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  console.log('That failed: the examples with frameworks are not tested.');
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
}

/** @param {keyof Counts} key */
function total(key) {
  return counts.reduce((sum, count) => sum + count[key], 0);
}

/** @returns {Counts} */
function runVitest() {
  const report = join(reports, 'vitest.json');
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const status = run('node_modules/vitest/vitest.mjs', args);
  return countsFrom('unit', report, status, (/** @type {VitestReport} */ result) => {
    // A file that does not even load has no tests to count.
    const broken = result.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    );
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + broken.length,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  });
}

/** @returns {Counts} */
function runPlaywright() {
  const report = join(reports, 'playwright.json');
  const status = run('node_modules/@playwright/test/cli.js', ['test', '--reporter=list,json'], {
    PLAYWRIGHT_JSON_OUTPUT_FILE: report,
  });
  return countsFrom('browser', report, status, (/** @type {PlaywrightReport} */ result) => ({
    passed: result.stats.expected,
    failed: result.stats.unexpected + result.stats.flaky + result.errors.length,
    skipped: result.stats.skipped,
  }));
}

/**
 * A runner that dies, finds nothing or fails outside a test counts as one failure: silence never
 * looks like success.
 *
 * @template Result
 * @param {string} what
 * @param {string} report
 * @param {number} status
 * @param {(result: Result) => Counts} read
 * @returns {Counts}
 */
function countsFrom(what, report, status, read) {
  if (!existsSync(report)) {
    console.log(`The ${what} tests ended with code ${status} and without a report.`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const counts = read(JSON.parse(readFileSync(report, 'utf8')));
  if (counts.failed === 0 && (status !== 0 || counts.passed === 0)) {
    console.log(`The ${what} tests ended with code ${status} after ${counts.passed} passed tests.`);
    return { ...counts, failed: 1 };
  }
  return counts;
}

/**
 * @param {string} script
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
function run(script, args, env = {}) {
  const { status, error } = spawnSync(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  if (error) throw error;
  return status ?? 1;
}
