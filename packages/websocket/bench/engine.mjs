/**
 * Measures the engine against `ws` and against the limit of Node's own sockets.
 *
 *   npm run bench -w @pairwire/websocket [-- --quick] [-- --only echo] [-- --engines pairwire,ws]
 *
 * What counts is the server's CPU time per message: the server runs in its own process on one core, the load in
 * another on the second. Engines take turns window by window, and the median of the windows is shown, so that what else
 * the machine does falls on all of them alike.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { clientFrame, payloadOf, serverFrameLength } from './parts/frames.mjs';
import { Child } from './parts/process.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    engines: { type: 'string', default: 'raw,pairwire,ws' },
  },
});
const windows = values.quick ? 3 : 7;
const windowMs = values.quick ? 250 : 1_000;
const KIB = 1_024;
const MIB = 1_048_576;

const echo = (kind, bytes, connections, inFlight) => ({
  name: `echo ${kind} ${label(bytes)}, ${connections} × ${inFlight}`,
  command: 'echo',
  message: { kind, bytes },
  connections,
  inFlight,
});
const broadcast = (inFlight) => ({
  name: `broadcast 64 B to 1,000, ${inFlight} in flight`,
  command: 'broadcast',
  message: { kind: 'text', bytes: 64 },
  connections: 1_000,
  inFlight,
});

const cells = [
  ...[16, 125, KIB].flatMap((bytes) => [
    echo('text', bytes, 1, 1),
    echo('text', bytes, 100, 1),
    echo('text', bytes, 100, 16),
  ]),
  echo('text', 16 * KIB, 100, 1),
  echo('text', 64 * KIB, 100, 1),
  echo('text', MIB, 20, 1),
  echo('chinese', 125, 100, 16),
  echo('binary', 125, 100, 16),
  echo('binary', 64 * KIB, 100, 1),
  echo('binary', MIB, 20, 1),
  broadcast(1),
  broadcast(16),
  { name: 'opening handshake', command: 'handshakes', connections: 0, inFlight: 32 },
  {
    name: 'memory of an idle connection',
    command: 'memory',
    connections: values.quick ? 1_000 : 5_000,
  },
].filter(({ name }) => name.includes(values.only));

console.log(
  `Node ${process.version}, ${cpus()[0]?.model.trim()}, ${windows} windows of ${windowMs} ms; µs of server CPU per message`,
);
for (const cell of cells) {
  const results = cell.command === 'memory' ? await measureMemory(cell) : await measure(cell);
  console.log(formatRow(cell, results));
}

async function measure(cell) {
  const names = enginesFor(cell);
  const contestants = [];
  for (const name of names) contestants.push(await contestant(name, cell));
  const results = new Map(names.map((name) => [name, []]));
  // The first window of each warms it up.
  for (let window = 0; window <= windows; window++) {
    for (const { name, server, load, port } of contestants) {
      const before = await server.ask('cpu');
      const over = await load.ask({ ...loadFor(cell, name), port, ms: windowMs });
      const after = await server.ask('cpu');
      const { messages } = await load.next();
      const cpu = after.user - before.user + after.system - before.system;
      if (window > 0)
        results.get(name).push({ cpu: cpu / messages, rate: messages / over.elapsedMs });
    }
  }
  for (const { server, load } of contestants) await Promise.all([server.end(), load.end()]);
  return new Map([...results].map(([name, list]) => [name, median(list.map(({ cpu }) => cpu))]));
}

async function measureMemory(cell) {
  const results = new Map();
  for (const name of enginesFor(cell)) {
    const server = new Child('server.mjs', [name, JSON.stringify({})], 0, ['--expose-gc']);
    const { port } = await server.next();
    const load = new Child('load.mjs', [], 1);
    const before = await server.ask('memory');
    await load.ask({ command: 'open', port, connections: cell.connections, raw: name === 'raw' });
    const message = { kind: 'text', bytes: 16 };
    await load.ask({ ...loadFor({ command: 'echo', message, inFlight: 1 }, name), ms: 1 });
    await load.next();
    const after = await server.ask('memory');
    results.set(name, (after.rss - before.rss) / cell.connections);
    await Promise.all([server.end(), load.end()]);
  }
  return results;
}

async function contestant(name, { command, connections, message }) {
  const options = { broadcast: command === 'broadcast', maxMessageBytes: 2 * MIB };
  const server = new Child('server.mjs', [name, JSON.stringify(options)], 0);
  const { port } = await server.next();
  const load = new Child('load.mjs', [], 1);
  const raw = name === 'raw';
  if (message !== undefined) await load.ask({ command: 'open', port, connections, raw });
  return { name, server, load, port };
}

function enginesFor({ command }) {
  const names = values.engines.split(',');
  if (command === 'broadcast') return names.filter((name) => name !== 'raw');
  if (command === 'handshakes') return names.map((name) => (name === 'raw' ? 'http' : name));
  return names;
}

function loadFor({ command, message, inFlight }, name) {
  if (message === undefined) return { command, inFlight };
  const payload = payloadOf(message);
  const frame = clientFrame(message.kind === 'binary' ? 2 : 1, payload);
  const replyBytes = name === 'raw' ? frame.length : serverFrameLength(payload.length);
  return { command, inFlight, frame: frame.toString('base64'), replyBytes };
}

function formatRow({ name, command }, results) {
  const ours = results.get('pairwire');
  const unit = command === 'memory' ? 1_024 : 1;
  const columns = [...results].map(([engine, value]) => {
    const ratio =
      engine === 'pairwire' || ours === undefined ? '' : ` (${(value / ours).toFixed(2)} ×)`;
    return `${engine} ${(value / unit).toFixed(2)}${ratio}`.padEnd(22);
  });
  return `${name.padEnd(36)} ${columns.join(' ')}`;
}

function label(bytes) {
  if (bytes >= MIB) return `${bytes / MIB} MiB`;
  return bytes >= KIB ? `${bytes / KIB} KiB` : `${bytes} B`;
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
