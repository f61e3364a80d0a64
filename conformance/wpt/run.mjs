// npm run wpt -- CHECKOUT [PART-OF-A-NAME …] runs the web platform's own tests of WebSockets.
// CHECKOUT is a clone of github.com/web-platform-tests/wpt (a sparse one with websockets/, resources/,
// interfaces/ and common/ will do). Exit code 1 when anything differs from exceptions.json.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { startServers } from './server.mjs';

/** The harness's own time limits are for one test on an idle machine. */
const PATIENCE = 3;

const isVerbose = process.argv.includes('--verbose');
const [checkout, ...wanted] = process.argv.slice(2).filter((word) => word !== '--verbose');
if (checkout === undefined) {
  console.error('usage: npm run wpt -- CHECKOUT [PART-OF-A-NAME …]');
  process.exit(2);
}
// Some tests collect garbage; a thread has the `gc` of this flag from its beginning.
setFlagsFromString('--expose-gc');
const root = resolve(checkout);
const exceptions = JSON.parse(readFileSync(new URL('exceptions.json', import.meta.url), 'utf8'));
const servers = await startServers(root);
const counts = { files: 0, passed: 0, failed: 0, excepted: 0, skipped: 0 };
const queue = listTests().flatMap(({ path, ...test }) => {
  const reason = exceptions.files.find(({ files }) => new RegExp(files).test(path));
  if (reason !== undefined) {
    counts.skipped += 1;
    return [];
  }
  counts.files += 1;
  return test.variants.map((variant) => ({ path, ...test, variant }));
});
await Promise.all(Array.from({ length: availableParallelism() }, work));
servers.close();
const { files, passed, failed, excepted, skipped } = counts;
console.log(`${passed} passed, ${failed} failed, ${excepted} excepted; ${files} files`);
console.log(`${skipped} files do not apply, for the reasons in exceptions.json`);
process.exit(failed === 0 ? 0 : 1);

async function work() {
  for (let test = queue.shift(); test !== undefined; test = queue.shift()) {
    const where = test.path.replace('websockets/', '') + test.variant;
    const failure = await runTest(test, ({ name, isPassed, message }) => {
      report(where, name, isPassed, message);
    });
    if (failure !== undefined) report(where, 'the harness', false, failure);
  }
}

function report(where, name, isPassed, message) {
  const exception = exceptions.tests.find(
    (known) => new RegExp(known.file).test(where) && new RegExp(known.test).test(name),
  );
  if (isVerbose) console.log(`${isPassed ? 'ok' : 'not ok'} ${where}: ${name}`);
  if (isPassed) counts.passed += 1;
  else if (exception !== undefined) counts.excepted += 1;
  else {
    counts.failed += 1;
    console.log(`not ok ${where}: ${name}\n  ${message}`);
  }
}

/** @returns what went wrong with the whole, such as that it never came to an end */
function runTest({ path, scripts, variant, timeoutMs }, each) {
  const { ports, ca } = servers;
  const worker = new Worker(new URL('page.mjs', import.meta.url), {
    workerData: { root, path, scripts, variant, ports, ca },
  });
  return new Promise((settle) => {
    const end = (failure) => {
      clearTimeout(timer);
      worker.removeAllListeners('message');
      void worker.terminate();
      settle(failure);
    };
    const timer = setTimeout(end, timeoutMs, 'took too long');
    worker.on('message', (message) => {
      if (Object.hasOwn(message, 'name')) each(message);
      else end(message.failure);
    });
    worker.on('error', (error) => end(error.stack ?? String(error)));
  });
}

function listTests() {
  const folder = join(root, 'websockets');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(any\.js|html)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .filter((path) => !/\/(resources|support)\//.test(path))
    .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
    .toSorted()
    .map((path) => {
      const bytes = readFileSync(join(root, path));
      return { path, ...(path.endsWith('.html') ? readPage(bytes) : readScript(path, bytes)) };
    });
}

/** `// META: key=value` in front of a script. */
function readScript(path, bytes) {
  const code = String(bytes);
  const meta = [...code.matchAll(/^\/\/ META: (\w+)=(.*)$/gm)];
  const values = (key) => meta.filter(([, name]) => name === key).map(([, , value]) => value);
  const names = values('script').map((name) => ({ name }));
  return describe([...names, { name: path, code }], values('variant'), values('timeout'));
}

/** `<meta name=key content=value>` and the scripts of a page. */
function readPage(bytes) {
  const [, charset = 'utf-8'] = /<meta charset="?([\w-]+)/.exec(String(bytes)) ?? [];
  const text = new TextDecoder(charset).decode(bytes);
  const values = (key) =>
    [...text.matchAll(new RegExp(`<meta name="?${key}"? content="?([^">]*)"?>`, 'g'))].map(
      ([, value]) => value,
    );
  const scripts = [...text.matchAll(/<script(?: src="?([^">]+)"?)?>([^]*?)<\/script>/g)]
    .filter(([, name = '']) => !name.includes('/testharness'))
    .map(([, name, code]) => (name === undefined ? { name: 'inline script', code } : { name }));
  return describe(scripts, values('variant'), values('timeout'));
}

function describe(scripts, variants, [timeout]) {
  return {
    scripts,
    variants: variants.length === 0 ? [''] : variants,
    timeoutMs: (timeout === 'long' ? 60_000 : 10_000) * PATIENCE,
  };
}
