/** Who is measured, and how each is started. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bench = fileURLToPath(new URL('..', import.meta.url));
const peers = join(bench, 'peers');

/** `title` stands at the head of a column; what `needs` peers is installed first. */
export const engines = {
  raw: { title: 'raw `node:net`', module: 'servers/raw.mjs' },
  pairwire: { title: 'pairwire', module: 'servers/pairwire.mjs' },
  compat: { title: 'pairwire as ws', module: 'servers/compat.mjs' },
  ws: { title: 'ws', module: 'peers/ws.mjs', env: { WS_NO_BUFFER_UTIL: '1' } },
  'ws+bufferutil': { title: 'ws + bufferutil', module: 'peers/ws.mjs' },
  websocket: { title: 'websocket', module: 'peers/websocket.mjs' },
  'faye-websocket': { title: 'faye-websocket', module: 'peers/faye-websocket.mjs' },
  bun: { title: 'Bun', module: 'peers/bun.mjs', runtime: findBun },
  http: { title: 'raw `node:http`', module: 'servers/http.mjs' },
};

/** Installs the peers when one is wanted and they are missing. @returns those that can run */
export function prepareEngines(names) {
  const wantsPeers = names.some((name) => engines[name].module.startsWith('peers/'));
  if (wantsPeers && !existsSync(join(peers, 'node_modules/.package-lock.json'))) {
    console.error('Installing the engines to compare with (once) …');
    const { status } = spawnSync('npm', ['ci'], {
      cwd: peers,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    });
    if (status !== 0) throw new Error('npm ci failed in packages/websocket/bench/peers');
  }
  return names.filter((name) => {
    const runs = engines[name].runtime === undefined || engines[name].runtime() !== undefined;
    if (!runs) console.error(`${name} cannot run here and is left out.`);
    return runs;
  });
}

/** The command that starts the server of an engine, and its environment. */
export function serverCommand(name, options) {
  const { module, runtime, env } = engines[name];
  const program = runtime === undefined ? [process.execPath, '--expose-gc'] : [runtime()];
  const main = join(bench, 'servers/main.mjs');
  return { command: [...program, main, join(bench, module), JSON.stringify(options)], env };
}

/** The npm package `bun` brings the program for every platform as a package of its own. */
function findBun() {
  const folder = join(peers, 'node_modules/@oven');
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .flatMap((name) => ['bun', 'bun.exe'].map((file) => join(folder, name, 'bin', file)))
    .find((path) => existsSync(path) && spawnSync(path, ['--version']).status === 0);
}
