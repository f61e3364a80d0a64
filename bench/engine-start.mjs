// What the engine costs before its first message: the bytes npm would download, and the time to
// import it in a fresh process, beside `ws`. Medians of processes in alternation.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROUNDS = 15;
const root = fileURLToPath(new URL('..', import.meta.url));
const names = ['@pairwire/websocket', '@pairwire/websocket/protocol', 'ws'];

const [packed] = JSON.parse(
  run('npm', ['pack', '--dry-run', '--json', '--workspace', '@pairwire/websocket']),
);
console.log(
  `package: ${kB(packed.size)} packed, ${kB(packed.unpackedSize)} unpacked (sources too)`,
);

const times = new Map(names.map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const name of names) times.get(name).push(importTimeMs(name));
}
for (const [name, all] of times) {
  const [fastest, middle] = [0, ROUNDS >> 1].map((at) => all.sort((a, b) => a - b)[at].toFixed(1));
  console.log(`import ${name}: median ${middle} ms, fastest ${fastest} ms`);
}

function importTimeMs(name) {
  const script = `const from = performance.now(); await import('${name}'); console.log(performance.now() - from)`;
  return Number(run(process.execPath, ['--input-type=module', '--eval', script]));
}

function run(command, args) {
  return execFileSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

function kB(bytes) {
  return `${(bytes / 1000).toFixed(0)} kB`;
}
