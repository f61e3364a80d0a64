// What each transport costs: a packet goes up and comes back, at 1, 10 and 100 packets a second on
// one channel. Bytes (both ways) and requests are counted on the server's sockets, header fields
// included; the processor's time is the server's, for everything that it did meanwhile.
// Prints; asserts nothing. Options: --seconds N for each cell (10), --channels N at a time (5).
import { once, EventEmitter } from 'node:events';
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connectChannel } from '@pairwire/channel/client';
import { WebSocket } from '@pairwire/websocket';
import { Child } from './parts/child.mjs';
import { ms, percentile } from './parts/numbers.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    channels: { type: 'string', default: '5' },
  },
});
const seconds = Number(values.seconds);
const channels = Number(values.channels);
/** As long as a sealed live state of a few words, with its envelope. */
const PACKET_BYTES = 177;

/** @type {import('@pairwire/channel/client').TransportName[]} */
const TRANSPORTS = ['websocket', 'streaming', 'long-polling', 'polling'];

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}`);
console.log(
  `${channels} channels, ${PACKET_BYTES}-byte packets there and back, ${seconds} s each\n`,
);
console.log('| Transport | packets/s | bytes | requests | server CPU | p50 | p99 |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const transport of TRANSPORTS) {
  for (const rate of [1, 10, 100]) await measure(transport, rate);
}

/**
 * @param {import('@pairwire/channel/client').TransportName} transport
 * @param {number} rate
 */
async function measure(transport, rate) {
  const server = await Child.start('./channel-server.mjs');
  /** @type {number[]} */
  const delays = [];
  const opened = await Promise.all(
    Array.from({ length: channels }, () => open(server.port, transport, delays)),
  );
  // What runs for the first time is slow.
  for (let i = 0; i < 20; i++) {
    for (const channel of opened) send(channel);
    await pause(20);
  }
  await pause(1000);
  delays.length = 0;
  const before = await server.ask();
  const total = seconds * rate;
  const startedAtMs = performance.now();
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAtMs) / 1000) * rate));
    for (; sent < due; sent++) for (const channel of opened) send(channel);
    await pause(1);
  }
  const expected = total * channels;
  for (let waited = 0; delays.length < expected && waited < 10_000; waited += 10) await pause(10);
  const after = await server.ask();
  const each = (/** @type {'bytes' | 'requests' | 'cpuMs'} */ what) =>
    (after[what] - before[what]) / delays.length;
  const lost = delays.length === expected ? '' : ` (${expected - delays.length} missing)`;
  console.log(
    `| ${transport} | ${rate}${lost} | ${each('bytes').toFixed(0)} | ${each('requests').toFixed(2)} | ` +
      `${ms(each('cpuMs'))} ms | ` +
      `${ms(percentile(delays, 0.5))} ms | ${ms(percentile(delays, 0.99))} ms |`,
  );
  for (const channel of opened) channel.close();
  await pause(200);
  await server.end();
}

/**
 * @param {number} port
 * @param {import('@pairwire/channel/client').TransportName} transport
 * @param {number[]} delays
 */
async function open(port, transport, delays) {
  const events = new EventEmitter();
  const channel = connectChannel(
    `http://127.0.0.1:${port}`,
    {
      open: () => events.emit('open'),
      packet: (packet) => {
        if (typeof packet === 'string') return;
        const sentAtMs = new DataView(packet.buffer, packet.byteOffset).getFloat64(0);
        delays.push(performance.now() - sentAtMs);
      },
      close: () => {},
    },
    { WebSocket, transport },
  );
  await once(events, 'open');
  return channel;
}

/** @param {import('@pairwire/channel/client').Channel} channel */
function send(channel) {
  const packet = new Uint8Array(PACKET_BYTES);
  new DataView(packet.buffer).setFloat64(0, performance.now());
  channel.send(packet);
}
