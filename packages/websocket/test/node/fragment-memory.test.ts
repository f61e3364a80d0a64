/** What messages in fragments of one byte, which never end, keep alive on real sockets. */
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { constants, deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { frame, RawPeer } from './raw-peer.ts';
import { startServer } from './servers.ts';

const CONNECTIONS = 50;
const PAYLOAD_BYTES = 16_000;

const OFFER = 'Sec-WebSocket-Extensions: permessage-deflate';

function collectGarbage(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 4; round++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** None of the frames is the last. */
function fragments(payload: Uint8Array, rsv: number): Buffer {
  const frames = Array.from(payload, (_, index) =>
    frame(payload.subarray(index, index + 1), {
      opcode: index === 0 ? 2 : 0,
      fin: false,
      rsv: index === 0 ? rsv : 0,
    }),
  );
  return Buffer.concat(frames);
}

/** Bytes that each connection holds; the pong behind the fragments says that all are read. */
async function heldBytes(compression: boolean): Promise<number> {
  const random = randomBytes(PAYLOAD_BYTES);
  const payload = compression
    ? deflateRawSync(random, { finishFlush: constants.Z_SYNC_FLUSH })
    : random;
  const bytes = Buffer.concat([fragments(payload, compression ? 4 : 0), frame('', { opcode: 9 })]);
  const { port } = await startServer({ compression, handler: { message() {} } });
  const peers: RawPeer[] = [];
  for (let count = 0; count < CONNECTIONS; count++) {
    peers.push(await RawPeer.open(port, '/', compression ? [OFFER] : []));
  }
  const before = collectGarbage();
  for (const peer of peers) {
    peer.write(bytes);
    expect((await peer.frame()).opcode).toBe(10);
    // What this end keeps is not to be counted.
    peer.received = Buffer.alloc(0);
  }
  const held = collectGarbage() - before;
  for (const peer of peers) peer.destroy();
  return held / CONNECTIONS;
}

test.each([
  ['plain', false],
  ['compressed', true],
])('server keeps 1.25 × payload + 4 KiB of %s fragments of one byte', async (_, compression) => {
  // The first round makes what all connections share.
  await heldBytes(compression);
  const held = await heldBytes(compression);
  // Half of it, as the collector may find older things of this process meanwhile.
  expect(held).toBeGreaterThan(PAYLOAD_BYTES / 2);
  expect(held).toBeLessThan(1.25 * PAYLOAD_BYTES + 4_096);
});
