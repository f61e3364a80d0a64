// node --expose-gc packages/websocket/bench/fragments.mjs
// Memory that messages in fragments of one byte, which never end, keep alive: plain and compressed.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { constants, deflateRawSync } from 'node:zlib';
import { WebSocketServer } from '@pairwire/websocket';

const CONNECTIONS = 20;
const PAYLOAD_BYTES = 16_000;

const EXTENSION = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';
const request = (extension) =>
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${extension}\r\n`;

/** Frames of one byte each, masked with zeros; none of them is the last. */
function fragments(bytes, firstByte) {
  const frames = Buffer.alloc(bytes.length * 7);
  for (const [index, byte] of bytes.entries()) {
    frames.set([index === 0 ? firstByte : 0, 0x81, 0, 0, 0, 0, byte], index * 7);
  }
  return frames;
}

function heapBytes() {
  for (let round = 0; round < 4; round++) globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Bytes per connection; what a Ping behind the fragments is answered with says that all is read. */
async function measure(compressed) {
  const random = randomBytes(PAYLOAD_BYTES);
  const payload = compressed
    ? deflateRawSync(random, { finishFlush: constants.Z_SYNC_FLUSH })
    : random;
  const frames = fragments(payload, compressed ? 0x42 : 0x02);
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server = new WebSocketServer({ compression: compressed, handler: { message() {} } });
  server.attach(http);
  const peers = [];
  for (let count = 0; count < CONNECTIONS; count++) {
    const peer = connect(http.address().port, '127.0.0.1');
    peer.write(request(compressed ? EXTENSION : ''));
    await once(peer, 'data');
    peers.push(peer);
  }
  const before = heapBytes();
  for (const peer of peers) {
    peer.write(frames);
    peer.write(Buffer.from([0x89, 0x80, 0, 0, 0, 0]));
    await once(peer, 'data');
  }
  const each = (heapBytes() - before) / CONNECTIONS;
  for (const peer of peers) peer.destroy();
  await server.close();
  http.close();
  return each;
}

// The first round makes what all connections share.
for (const compressed of [false, true]) await measure(compressed);
for (const compressed of [false, true]) {
  const each = await measure(compressed);
  const limit = 1.25 * PAYLOAD_BYTES + 4_096;
  const name = compressed ? 'compressed' : 'plain';
  const share = (each / PAYLOAD_BYTES).toFixed(2);
  console.log(
    `${name}: ${Math.round(each)} bytes a connection, ${share} per byte (limit ${limit})`,
  );
}
