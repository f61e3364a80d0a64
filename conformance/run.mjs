// npm run conformance [-- ENGINE]: judges an engine in both roles and compares with expected/.
// npm run conformance -- channel URL [--patient]: asks a channel server what docs/protocol/channel.md says.
// Engines: pairwire (default), ws. Exit code 1 on any difference; --write replaces what is expected.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ENGINES = {
  pairwire: { server: 'examples/echo-server.mjs', client: 'examples/echo-client.mjs' },
  ws: {
    server: 'conformance/peers/ws-echo-server.mjs',
    client: 'conformance/peers/ws-echo-client.mjs',
  },
};

const root = fileURLToPath(new URL('..', import.meta.url));
const write = process.argv.includes('--write');
if (process.argv[2] === 'channel') {
  const args = ['conformance/dist/main.js', ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1);
}
const name = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? 'pairwire';
const engine = ENGINES[name];
if (engine === undefined) {
  console.error(`no engine ${name}; there are ${Object.keys(ENGINES).join(', ')}`);
  process.exit(2);
}

const env = { ...process.env, PORT: '0', DEFLATE: '1' };
const server = spawn(process.execPath, [engine.server], {
  cwd: root,
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = await once(server.stdout, 'data');
const [, port] = /listening (\d+)/.exec(String(line)) ?? [];
const asServer = judge('server', ['server', `ws://127.0.0.1:${port}/`]);
server.kill();
const asClient = judge('client', ['client', '--', process.execPath, engine.client, '{url}']);
process.exitCode = asServer || asClient;

/** @returns the kit's exit code */
function judge(role, words) {
  console.log(`\n${name} as a ${role}`);
  const file = `conformance/expected/${name}-${role}.json`;
  const [what, ...rest] = words;
  const args = ['conformance/dist/main.js', what, '--quiet', write ? '--json' : '--expect', file];
  return spawnSync(process.execPath, [...args, ...rest], { cwd: root, env, stdio: 'inherit' })
    .status;
}
