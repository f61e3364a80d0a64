// npm run conformance [-- ENGINE]: judges an engine in both roles and compares with expected/.
// npm run conformance -- channel URL [--patient]: asks a channel server what docs/protocol/channel.md says.
// Engines: pairwire and pairwire-http2 (the default: both), ws, websocket, faye-websocket, undici.
// Exit code 1 on any difference; --write replaces what is expected.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ENGINES = {
  pairwire: { server: 'examples/echo-server.mjs', client: 'examples/echo-client.mjs' },
  'pairwire-http2': {
    server: 'conformance/peers/pairwire-http2-server.mjs',
    client: 'conformance/peers/pairwire-http2-client.mjs',
    options: ['--http2'],
  },
  ws: peer('ws'),
  websocket: peer('websocket'),
  'faye-websocket': peer('faye-websocket'),
  undici: { client: peer('undici').client },
};

const root = fileURLToPath(new URL('..', import.meta.url));
const write = process.argv.includes('--write');
if (process.argv[2] === 'channel') {
  const args = ['conformance/dist/main.js', ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1);
}
const asked = process.argv.slice(2).find((word) => !word.startsWith('--'));
if (asked !== undefined && !Object.hasOwn(ENGINES, asked)) {
  console.error(`no engine ${asked}; there are ${Object.keys(ENGINES).join(', ')}`);
  process.exit(2);
}
if (asked !== undefined && !/^(pairwire|ws$)/.test(asked)) installPeers();
const env = { ...process.env, PORT: '0', DEFLATE: '1' };
for (const name of asked === undefined ? ['pairwire', 'pairwire-http2'] : [asked]) {
  if (await differs(name)) process.exitCode = 1;
}

function peer(name) {
  const file = (role) => `conformance/peers/${name}-echo-${role}.mjs`;
  return { server: file('server'), client: file('client') };
}

/** What the project does not use itself is installed by the first run that asks for it. */
function installPeers() {
  const folder = new URL('../packages/websocket/bench/peers/', import.meta.url);
  if (existsSync(new URL('node_modules/undici', folder))) return;
  console.log('Installing the engines to judge (once) …');
  const { status } = spawnSync('npm', ['ci'], { cwd: fileURLToPath(folder), stdio: 'ignore' });
  if (status !== 0) throw new Error('npm ci failed in packages/websocket/bench/peers');
}

/** @returns whether an engine did otherwise than expected, in either role */
async function differs(name) {
  const { server, client, options = [] } = ENGINES[name];
  const asServer = server === undefined ? 0 : await judgeServer(name, server, options);
  const command = [...options, '--', process.execPath, client, '{url}'];
  return judge(name, 'client', command) !== 0 || asServer !== 0;
}

async function judgeServer(name, file, options) {
  const server = spawn(process.execPath, [file], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(server.stdout, 'data');
  const [, port] = /listening (\d+)/.exec(String(line)) ?? [];
  const status = judge(name, 'server', [`ws://127.0.0.1:${port}/`, ...options]);
  server.kill();
  return status;
}

/** @returns the kit's exit code */
function judge(name, role, words) {
  console.log(`\n${name} as a ${role}`);
  const file = `conformance/expected/${name}-${role}.json`;
  const args = ['conformance/dist/main.js', role, '--quiet', write ? '--json' : '--expect', file];
  return spawnSync(process.execPath, [...args, ...words], { cwd: root, env, stdio: 'inherit' })
    .status;
}
