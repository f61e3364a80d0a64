// What the relay costs: 1,000 links live (a record from phone to page, once a second each) beside a
// bare `ws` forwarder in turns, and the memory of links at rest.
// Prints; asserts nothing. Options: --links N (1,000), --rate N per link and second (1), --seconds N
// for each of three turns (8), --idle N links at rest (8,000; each takes two file descriptors here
// and two in the relay).
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { encodeEnvelope, EnvelopeKind } from '@pairwire/pairing/rendezvous';
import { WebSocket } from 'ws';
import { Child } from './parts/child.mjs';
import { median, ms, percentile } from './parts/numbers.mjs';

const { values } = parseArgs({
  options: {
    links: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '8' },
    idle: { type: 'string', default: '8000' },
  },
});
const TURNS = 3;
const SUBPROTOCOL = 'pairwire.channel.1';
/** A live state of a few words, padded and sealed. */
const BODY_BYTES = 160;
/** So many opening handshakes at a time. */
const ABREAST = 100;

/** @typedef {{ page: WebSocket, phone: WebSocket, send(sentAtMs: number): void }} Link */
/** @typedef {{ name: string, script: string, open(port: number): Promise<Link> }} Candidate */

/** @type {Candidate[]} */
const candidates = [
  { name: 'relay', script: './relay-server.mjs', open: openAtRelay },
  { name: 'bare ws forwarder', script: './bare-forwarder.mjs', open: openAtForwarder },
];

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}`);
await measureLatency();
await measureMemory();

async function measureLatency() {
  const count = Number(values.links);
  const runs = [];
  for (const { name, script, open } of candidates) {
    const server = await Child.start(script);
    const links = await openMany(count, () => open(server.port));
    /** @type {number[]} */
    const latencies = [];
    for (const { page } of links) {
      page.on('message', (data, isBinary) => {
        if (isBinary) latencies.push(performance.now() - sentAtOf(data));
      });
    }
    runs.push({ name, server, links, latencies, p50: [0], p99: [0], cpu: [0] });
  }
  for (const run of runs) [run.p50, run.p99, run.cpu] = [[], [], []];
  for (let turn = 0; turn < TURNS; turn++) {
    for (const run of runs) {
      run.latencies.length = 0;
      const before = await run.server.ask();
      await type(run.links, Number(values.rate), Number(values.seconds) * 1000);
      const after = await run.server.ask();
      run.p50.push(percentile(run.latencies, 0.5));
      run.p99.push(percentile(run.latencies, 0.99));
      run.cpu.push(((after.cpuMs - before.cpuMs) * 1000) / run.latencies.length);
    }
  }
  console.log(
    `\n${count} links, ${values.rate} records/s each, ${BODY_BYTES} bytes; medians of ${TURNS} turns`,
  );
  for (const { name, p50, p99, cpu } of runs) {
    console.log(
      `  ${name.padEnd(20)} p50 ${ms(median(p50))} ms, p99 ${ms(median(p99))} ms, ` +
        `${median(cpu).toFixed(0)} µs of server CPU a record (p99 of the turns: ${p99.map(ms).join(', ')})`,
    );
  }
  const [relay, bare] = runs;
  if (relay && bare)
    console.log(`  p99 ratio ${(median(relay.p99) / median(bare.p99)).toFixed(2)}`);
  for (const { server, links } of runs) {
    await server.end();
    for (const { page, phone } of links) for (const end of [page, phone]) end.terminate();
  }
}

async function measureMemory() {
  const count = Number(values.idle);
  console.log(`\n${count} links at rest, both sides there`);
  for (const { name, script, open } of candidates) {
    const server = await Child.start(script);
    // What the first links load and compile is not theirs.
    const first = await openMany(100, () => open(server.port));
    const before = await server.ask();
    const links = await openMany(count, () => open(server.port));
    await pause(1000);
    const after = await server.ask();
    const each = (after.rssBytes - before.rssBytes) / count;
    console.log(
      `  ${name.padEnd(20)} ${(each / 1024).toFixed(1)} KiB of resident memory a link ` +
        `(${(after.rssBytes / 1_048_576).toFixed(0)} MiB in all)`,
    );
    await server.end();
    for (const { page, phone } of [...first, ...links])
      for (const end of [page, phone]) end.terminate();
  }
}

/**
 * Every link once in each period, evenly spread over it.
 *
 * @param {Link[]} links
 * @param {number} rate
 * @param {number} durationMs
 */
async function type(links, rate, durationMs) {
  const perMs = (links.length * rate) / 1000;
  const total = Math.round(perMs * durationMs);
  const startedAtMs = performance.now();
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor((performance.now() - startedAtMs) * perMs));
    for (; sent < due; sent++) links[sent % links.length]?.send(performance.now());
    await pause(1);
  }
  await pause(500);
}

/**
 * @template T
 * @param {number} count
 * @param {() => Promise<T>} open
 * @returns {Promise<T[]>}
 */
async function openMany(count, open) {
  /** @type {T[]} */
  const opened = [];
  const openSome = async () => {
    while (opened.length + started < count) {
      started += 1;
      opened.push(await open());
      started -= 1;
    }
  };
  let started = 0;
  await Promise.all(Array.from({ length: Math.min(ABREAST, count) }, openSome));
  return opened;
}

/**
 * A link as two ends make it, without their keys: the relay looks at none of that.
 *
 * @param {number} port
 * @returns {Promise<Link>}
 */
async function openAtRelay(port) {
  const url = `ws://127.0.0.1:${port}/channel/websocket`;
  const [page, phone] = await Promise.all([connect(url), connect(url)]);
  const id = randomBytes(16);
  const link = id.toString('base64url');
  const key = randomBytes(32).toString('base64url');
  await ask(page, { type: 'open', v: 1, link, key });
  await ask(phone, { type: 'claim', v: 1, link });
  // Not answered: what follows on the same channel happens after it.
  for (const end of [page, phone]) end.send(JSON.stringify({ type: 'accept', link }));
  const body = randomBytes(BODY_BYTES);
  const send = (/** @type {number} */ sentAtMs) => {
    body.writeDoubleBE(sentAtMs, 0);
    phone.send(encodeEnvelope({ kind: EnvelopeKind.record, link: id, body }));
  };
  return { page, phone, send };
}

/**
 * @param {number} port
 * @returns {Promise<Link>}
 */
async function openAtForwarder(port) {
  const url = `ws://127.0.0.1:${port}/${randomBytes(16).toString('base64url')}`;
  const page = await connect(url);
  const phone = await connect(url);
  const envelope = Buffer.concat([Buffer.alloc(17), randomBytes(BODY_BYTES)]);
  const send = (/** @type {number} */ sentAtMs) => {
    envelope.writeDoubleBE(sentAtMs, 17);
    phone.send(envelope);
  };
  return { page, phone, send };
}

/** @param {import('ws').RawData} data */
function sentAtOf(data) {
  return Buffer.isBuffer(data) ? data.readDoubleBE(17) : Number.NaN;
}

/** @param {string} url */
async function connect(url) {
  const socket = new WebSocket(url, [SUBPROTOCOL], { perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}

/**
 * @param {WebSocket} socket
 * @param {object} request
 */
async function ask(socket, request) {
  const isAnswer = (/** @type {string} */ text) => /"(?:waiting|claimed|refused)"/.test(text);
  const answered = new Promise((resolve) => {
    const look = (/** @type {import('ws').RawData} */ data) => {
      const text = Buffer.isBuffer(data) ? data.toString() : '';
      if (!isAnswer(text)) return;
      socket.off('message', look);
      resolve(text);
    };
    socket.on('message', look);
  });
  socket.send(JSON.stringify(request));
  const text = await answered;
  if (text.includes('refused')) throw new Error(`the relay refused: ${text}`);
}
