/** Compressed connections (RFC 7692) over real sockets, and against `ws`. */
import { once } from 'node:events';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket as Ws, WebSocketServer as WsServer } from 'ws';
import {
  connectWebSocket,
  WebSocket,
  type CompressionOptions,
  type MessageStream,
} from '@pairwire/websocket';
import { compressionMemory } from '../../src/node/compression-memory.ts';
import { frame, RawPeer, upgradeRequest } from './raw-peer.ts';
import {
  createDeferred,
  ECHO,
  onlyConnection,
  openOne,
  startServer,
  untilQuiet,
} from './servers.ts';

const TEXT = '{"name":"您好","list":[1,2,3]}'.repeat(40);
const RSV1 = 4;
const MIB = 1_048_576;
const OFFER = ['Sec-WebSocket-Extensions: permessage-deflate'];

const SETTINGS: [string, CompressionOptions, object][] = [
  ['without context takeover', {}, {}],
  [
    'with context takeover',
    { serverContextTakeover: true, clientContextTakeover: true },
    { clientMaxWindowBits: 10, serverMaxWindowBits: 10 },
  ],
  [
    'with small windows',
    { serverMaxWindowBits: 9, clientMaxWindowBits: 10 },
    { serverNoContextTakeover: true },
  ],
];

function compressed(text: string | Uint8Array): Buffer {
  return deflateRawSync(text, { finishFlush: 2 }).subarray(0, -4);
}

async function openCompressed(compression: boolean | CompressionOptions = true, more: object = {}) {
  const { server, port } = await startServer({ handler: ECHO, compression, ...more });
  const peer = await RawPeer.open(port, '/', OFFER);
  return { server, peer, connection: onlyConnection(server) };
}

describe('server', () => {
  test.each([
    [true, OFFER, /permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n/],
    [false, OFFER, undefined],
    [true, [], undefined],
    [true, ['Sec-WebSocket-Extensions: permessage-deflate; x'], undefined],
    [
      { serverContextTakeover: true, clientContextTakeover: true },
      [
        'Sec-WebSocket-Extensions: permessage-deflate; x, permessage-deflate; server_max_window_bits=10',
      ],
      /Extensions: permessage-deflate; server_max_window_bits=10\r\n/,
    ],
  ])('with compression %j answers %j', async (compression, headers, expected) => {
    const { port } = await startServer({ compression });
    const peer = await RawPeer.connect(port);
    peer.write(upgradeRequest({ headers }));
    const head = await peer.head();
    expect(head).toMatch(expected ?? /^HTTP\/1\.1 101 /);
    expect(/sec-websocket-extensions/i.test(head)).toBe(expected !== undefined);
    peer.destroy();
  });

  test('refuses RSV1 when nothing was agreed on', async () => {
    const { peer } = await openOne({ compression: true });
    peer.write(frame(compressed('x'), { rsv: RSV1 }));
    expect(await peer.closeCode()).toBe(1002);
    peer.destroy();
  });

  test('stops inflating at maxMessageBytes, whatever the wire says', async () => {
    const { peer } = await openCompressed();
    const bomb = compressed(Buffer.alloc(32 * MIB));
    expect(bomb.length).toBeLessThan(40_000);
    peer.write(frame(bomb, { rsv: RSV1, opcode: 2 }));
    expect(await peer.closeCode()).toBe(1009);
    peer.destroy();
  });

  test('stops inflating at maxMessageBytes before the message has ended', async () => {
    const { peer } = await openCompressed();
    const bomb = compressed(Buffer.alloc(32 * MIB)).subarray(0, -1);
    peer.write(frame(bomb, { rsv: RSV1, opcode: 2, fin: false }));
    expect(await peer.closeCode()).toBe(1009);
    peer.destroy();
  });

  test('inflates a stream no faster than it is read', async () => {
    const taken = createDeferred<MessageStream>();
    const { server, port } = await startServer({
      compression: true,
      maxMessageBytes: 1_024,
      maxStreamBytes: 1_024 * MIB,
      handler: { message() {}, stream: (_, stream) => taken.resolve(stream) },
    });
    const peer = await RawPeer.open(port, '/', OFFER);
    // 33 kB, which the socket delivers at once.
    peer.write(frame(compressed(Buffer.alloc(32 * MIB)), { rsv: RSV1, opcode: 2 }));
    const stream = await taken.promise;
    await untilQuiet(() => stream.readableLength);
    expect(stream.readableLength).toBeLessThan(200_000);
    expect(compressionMemory.heldBytes).toBeGreaterThan(0);
    let length = 0;
    for await (const chunk of stream) length += (chunk as Buffer).length;
    expect(length).toBe(32 * MIB);
    expect(server.connections.size).toBe(1);
    peer.destroy();
    await expect.poll(() => compressionMemory.heldBytes).toBe(0);
  });

  test('gives an inflater back when the connection ends in the middle of a stream', async () => {
    const taken = createDeferred<MessageStream>();
    const { port, server } = await startServer({
      compression: true,
      maxMessageBytes: 1_024,
      maxStreamBytes: 1_024 * MIB,
      handler: { message() {}, stream: (_, stream) => taken.resolve(stream) },
    });
    const peer = await RawPeer.open(port, '/', OFFER);
    peer.write(frame(compressed(Buffer.alloc(32 * MIB)), { rsv: RSV1, opcode: 2 }));
    const stream = await taken.promise;
    expect(compressionMemory.heldBytes).toBeGreaterThan(0);
    onlyConnection(server).terminate();
    await expect.poll(() => stream.destroyed).toBe(true);
    await expect.poll(() => compressionMemory.heldBytes).toBe(0);
  });

  test('fails the connection on bytes that are not DEFLATE, and no other', async () => {
    const { server, peer } = await openCompressed();
    const other = await connectWebSocket(`ws://127.0.0.1:${peer.socket.remotePort}/`, {
      compression: true,
    });
    peer.write(frame(Buffer.from('ffffffff', 'hex'), { rsv: RSV1, opcode: 2 }));
    expect(await peer.closeCode()).toBe(1007);
    other.send(TEXT);
    for await (const { data } of other) {
      expect(data).toBe(TEXT);
      break;
    }
    expect(server.connections.size).toBeGreaterThan(0);
    await other[Symbol.asyncDispose]();
    peer.destroy();
  });

  test('sends uncompressed what is short, or asked to', async () => {
    const { peer, connection } = await openCompressed();
    connection.send('short');
    connection.send(TEXT, { compress: false });
    connection.send(TEXT);
    expect(await peer.frame()).toMatchObject({ rsv: 0 });
    expect(await peer.frame()).toMatchObject({ rsv: 0, payload: Buffer.from(TEXT) });
    const { rsv, payload } = await peer.frame();
    expect(rsv).toBe(RSV1);
    expect(payload.length).toBeLessThan(200);
    peer.destroy();
  });

  test('keeps a waiting message away from the compressor when asked to', async () => {
    const { peer, connection } = await openCompressed(true, {
      overflow: 'drop-newest',
      highWaterBytes: 1_024,
    });
    peer.socket.pause();
    while (connection.send(Buffer.alloc(65_536), { compress: false }));
    connection.send(TEXT, { compress: false });
    peer.socket.resume();
    for (;;) {
      const { opcode, rsv, payload } = await peer.frame();
      if (opcode !== 1) continue;
      expect([rsv, payload.toString()]).toEqual([0, TEXT]);
      break;
    }
    peer.destroy();
  });

  test('holds no compressor for connections that are idle', async () => {
    const before = compressionMemory.heldBytes;
    const { server, port } = await startServer({ handler: ECHO, compression: true });
    const peers = await Promise.all(
      Array.from({ length: 5 }, () => RawPeer.open(port, '/', OFFER)),
    );
    for (const peer of peers) {
      peer.write(frame(compressed(TEXT), { rsv: RSV1 }));
      expect((await peer.frame()).rsv).toBe(RSV1);
    }
    expect(server.connections.size).toBe(5);
    expect(compressionMemory.heldBytes).toBe(before);
    for (const peer of peers) peer.destroy();
  });

  test('sends a stream uncompressed when asked to', async () => {
    const { peer, connection } = await openCompressed();
    await connection.sendStream([TEXT], { compress: false });
    expect(await peer.frame()).toMatchObject({ rsv: 0, fin: false, payload: Buffer.from(TEXT) });
    await connection.sendStream([TEXT]);
    await peer.frame();
    expect(await peer.frame()).toMatchObject({ rsv: RSV1, fin: false, opcode: 1 });
    peer.destroy();
  });

  test('compresses what is published once, and only for those who agreed', async () => {
    const { server, port } = await startServer({
      compression: true,
      handler: { open: (connection) => void server.subscribe(connection, 'news') },
    });
    const peers = [
      await RawPeer.open(port, '/', OFFER),
      await RawPeer.open(port, '/', OFFER),
      await RawPeer.open(port),
    ];
    server.publish('news', TEXT);
    server.publish('news', TEXT, { compress: false });
    const [first, second, plain] = await Promise.all(peers.map((peer) => peer.frame()));
    expect(first).toEqual(second);
    expect(first?.rsv).toBe(RSV1);
    expect(plain).toMatchObject({ rsv: 0, payload: Buffer.from(TEXT) });
    expect(await peers[0]?.frame()).toMatchObject({ rsv: 0, payload: Buffer.from(TEXT) });
    for (const peer of peers) peer.destroy();
  });

  test('frees its windows when connections end, also in the middle of a message', async () => {
    const takeover = { serverContextTakeover: true, clientContextTakeover: true };
    const compression = { ...takeover, maxMemoryBytes: 3 * 300_000 };
    const { server, port } = await startServer({ compression, handler: ECHO });
    for (let i = 0; i < 20; i++) {
      const peer = await RawPeer.connect(port);
      peer.write(upgradeRequest({ headers: OFFER }));
      // With windows left, takeover is granted: nothing is named in the answer.
      expect(await peer.head()).toMatch(/Extensions: permessage-deflate\r\n/);
      peer.write(frame(compressed(TEXT).subarray(0, 20), { rsv: RSV1, fin: false }));
      peer.socket.resetAndDestroy();
      await expect.poll(() => server.connections.size).toBe(0);
    }
  });

  test('delivers compressed messages that were waiting when TCP ended', async () => {
    const { server, peer, connection } = await openCompressed({ clientContextTakeover: true });
    connection.pause();
    const texts: unknown[] = [];
    connection.handler = { message: (_, { data }) => void texts.push(data) };
    peer.write(frame(compressed(TEXT), { rsv: RSV1 }));
    peer.socket.end();
    await once(peer.socket, 'finish');
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    connection.resume();
    await expect.poll(() => texts).toEqual([TEXT]);
    await expect.poll(() => server.connections.size).toBe(0);
  });
});

describe.each(SETTINGS)('our ends %s', (_, compression) => {
  test('echo text and binary, and say what was agreed on', async () => {
    const { url } = await startServer({ handler: ECHO, compression });
    const socket = new WebSocket(url, [], { compression });
    socket.binaryType = 'arraybuffer';
    await once(socket, 'open');
    expect(socket.extensions).toMatch(/^permessage-deflate/);
    for (let i = 0; i < 5; i++) {
      socket.send(`${TEXT}${i}`);
      expect((await once(socket, 'message'))[0].data).toBe(`${TEXT}${i}`);
    }
    socket.send(new Uint8Array(200_000));
    expect((await once(socket, 'message'))[0].data.byteLength).toBe(200_000);
    socket.send('');
    expect((await once(socket, 'message'))[0].data).toBe('');
    await socket[Symbol.asyncDispose]();
  });
});

describe.each(SETTINGS)('with ws %s', (_, compression, wsOptions) => {
  const perMessageDeflate = { threshold: 0, ...wsOptions };

  test('its client and our server echo', async () => {
    const { url, server } = await startServer({ handler: ECHO, compression });
    const client = new Ws(url, { perMessageDeflate });
    await once(client, 'open');
    expect(onlyConnection(server).extensions).toMatch(/^permessage-deflate/);
    for (let i = 0; i < 5; i++) {
      client.send(`${TEXT}${i}`);
      expect((await once(client, 'message'))[0].toString()).toBe(`${TEXT}${i}`);
    }
    client.terminate();
  });

  test('its client joins the fragments that we compress', async () => {
    const { url, server } = await startServer({ handler: { message() {} }, compression });
    const client = new Ws(url, { perMessageDeflate });
    await once(client, 'open');
    const connection = onlyConnection(server);
    const chunks = [TEXT, '您好', '', TEXT.repeat(100), 'x'];
    for (let round = 0; round < 2; round++) {
      const message = once(client, 'message');
      const before = server.counters.bytesSent;
      await connection.sendStream(chunks);
      expect((await message)[0].toString()).toBe(chunks.join(''));
      expect(server.counters.bytesSent - before).toBeLessThan(chunks.join('').length / 10);
    }
    client.terminate();
  });

  test('our client and its server echo', async () => {
    const server = new WsServer({ port: 0, host: '127.0.0.1', perMessageDeflate });
    await once(server, 'listening');
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
    server.on('connection', (peer) => {
      peer.on('message', (data, binary) => peer.send(data, { binary }));
    });
    const { port } = server.address() as { port: number };
    const connection = await connectWebSocket(`ws://127.0.0.1:${port}/`, { compression });
    expect(connection.extensions).toMatch(/^permessage-deflate/);
    const messages = connection[Symbol.asyncIterator]();
    for (let i = 0; i < 5; i++) {
      connection.send(`${TEXT}${i}`);
      expect((await messages.next()).value?.data).toBe(`${TEXT}${i}`);
    }
    await connection[Symbol.asyncDispose]();
  });
});

test('client fails the handshake when the server breaks the offer (RFC 7692 §7.1.1.1)', async () => {
  const server = new WsServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true });
  await once(server, 'listening');
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  server.on('headers', (headers) => {
    const at = headers.findIndex((line) => line.startsWith('Sec-WebSocket-Extensions'));
    headers[at] = 'Sec-WebSocket-Extensions: permessage-deflate';
  });
  const { port } = server.address() as { port: number };
  await expect(
    connectWebSocket(`ws://127.0.0.1:${port}/`, { compression: true }),
  ).rejects.toMatchObject({ code: 'PW_WS_RESPONSE_DEFLATE' });
});
