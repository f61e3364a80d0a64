import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from '@pairwire/websocket';
import { closeFrame, frame, RawPeer, RawServer, serverFrame } from './raw-peer.ts';
import {
  createDeferred,
  ECHO,
  onlyConnection,
  openOne,
  startServer,
  untilQuiet,
} from './servers.ts';

const KIB = 1_024;
const MIB = 1_048_576;

describe('send', () => {
  test('says when to wait, and drain says when to go on', async () => {
    const drained = createDeferred<number>();
    const { peer, connection } = await openOne(
      { highWaterBytes: 16 * KIB, maxBufferedBytes: 64 * MIB },
      { message() {}, drain: (from) => drained.resolve(from.bufferedBytes) },
    );
    const head = peer.totalBytes;
    peer.socket.pause();
    expect(connection.send('small')).toBe(true);
    const block = Buffer.alloc(8 * KIB);
    let sent = 5 + 2;
    // Until the kernel's buffers are full, too.
    while (connection.send(block) || connection.bufferedBytes < MIB) {
      sent += block.length + 4;
      await new Promise((resolve) => setImmediate(resolve));
    }
    sent += block.length + 4;
    expect(connection.bufferedBytes).toBeGreaterThanOrEqual(MIB);
    peer.socket.resume();
    expect(await drained.promise).toBeLessThanOrEqual(16 * KIB);
    await peer.until(() => (peer.totalBytes === head + sent ? true : undefined));
    peer.destroy();
  });

  test('reports drain after every message with a mark of 0', async () => {
    let drains = 0;
    const { peer, connection } = await openOne(
      { highWaterBytes: 0 },
      { message() {}, drain: () => void (drains += 1) },
    );
    expect(connection.send('a')).toBe(false);
    await expect.poll(() => drains).toBe(1);
    expect(connection.send('b')).toBe(false);
    await expect.poll(() => drains).toBe(2);
    peer.destroy();
  });

  test('closes with 1008 when a peer does not read (send buffer)', async () => {
    const { peer, connection, closed } = await openOne({
      maxBufferedBytes: 256 * KIB,
      closeTimeoutMs: 50,
    });
    peer.socket.pause();
    const block = Buffer.alloc(32 * KIB);
    while (connection.readyState === 1) {
      connection.send(block);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(connection.bufferedBytes).toBeLessThan(256 * KIB + 200);
    expect(connection.send('more')).toBe(false);
    const close = await closed;
    expect(close).toMatchObject({ wasClean: false, error: { code: 'PW_WS_SLOW_CONSUMER' } });
    peer.destroy();
  });

  test('tells a peer that reads in the end why it was closed', async () => {
    const { peer, connection } = await openOne({ maxBufferedBytes: 256 * KIB });
    peer.socket.pause();
    let taken = 0;
    while (connection.readyState === 1) {
      connection.send(Buffer.alloc(32 * KIB));
      taken += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    peer.socket.resume();
    for (let i = 1; i < taken; i++) await peer.frame();
    expect(await peer.closeCode()).toBe(1008);
    await peer.end();
  });

  test('takes one message of any size when nothing waits', async () => {
    const { peer, connection } = await openOne({ maxBufferedBytes: 256 * KIB });
    const big = Buffer.alloc(4 * MIB, 'x');
    connection.send(big);
    expect((await peer.frame()).payload.equals(big)).toBe(true);
    peer.destroy();
  });

  test('puts everything of one tick, and every answer to one read, into one write', async () => {
    const { peer, connection } = await openOne({}, ECHO);
    const writes: number[] = [];
    peer.socket.on('data', (chunk) => writes.push(chunk.length));
    for (let i = 0; i < 100; i++) connection.send('x');
    await peer.until(() => (peer.received.length === 300 ? true : undefined));
    expect(writes).toEqual([300]);
    peer.write(Buffer.concat(Array.from({ length: 100 }, () => frame('y'))));
    await peer.until(() => (peer.received.length === 600 ? true : undefined));
    expect(writes).toEqual([300, 300]);
    peer.destroy();
  });

  test.each([
    ['a Uint8Array', new Uint8Array([1, 2, 3])],
    ['an ArrayBuffer', new Uint8Array([1, 2, 3]).buffer],
    ['a view of 16-bit numbers', new Uint16Array(new Uint8Array([9, 9, 1, 2, 3, 4]).buffer, 2, 1)],
    ['a DataView', new DataView(new Uint8Array([9, 1, 2, 9]).buffer, 1, 2)],
    ['a SharedArrayBuffer', new SharedArrayBuffer(2)],
  ])('takes %s, its bytes and no others', async (_, data) => {
    const { peer, connection } = await openOne();
    connection.send(data);
    const bytes = ArrayBuffer.isView(data)
      ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      : Buffer.from(data);
    expect(await peer.frame()).toMatchObject({ opcode: 2, payload: bytes });
    peer.destroy();
  });

  test.each([1000, null, undefined, {}, true])('refuses %s', async (data) => {
    const { peer, connection } = await openOne();
    expect(() => connection.send(data as never)).toThrow(TypeError);
    expect(() => connection.ping((data ?? 7) as never)).toThrow(TypeError);
    expect(() => connection.ping(Buffer.alloc(126))).toThrow(RangeError);
    peer.destroy();
  });
});

describe('reading', () => {
  test('stops while an echo server cannot write, so that memory stays bounded', async () => {
    const { server, port } = await startServer({ handler: ECHO });
    const peer = await RawPeer.open(port);
    const connection = onlyConnection(server);
    const head = peer.totalBytes;
    peer.socket.pause();
    let offered = 0;
    const message = frame(Buffer.alloc(64 * KIB), { opcode: 2 });
    while (offered < 64 * MIB && peer.socket.writableLength < 4 * MIB) {
      peer.write(message);
      offered += message.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(connection.readyState).toBe(1);
    expect(connection.bufferedBytes).toBeLessThan(MIB);
    peer.socket.resume();
    const { length } = serverFrame(Buffer.alloc(64 * KIB), { opcode: 2 });
    const echoed = (offered / message.length) * length;
    await peer.until(() => (peer.totalBytes === head + echoed ? true : undefined));
    peer.destroy();
  });

  test('stops after pause and goes on after resume, in order', async () => {
    const texts: unknown[] = [];
    const { peer, connection } = await openOne(
      {},
      {
        message(from, { data }) {
          texts.push(data);
          if (data === 'two') from.pause();
        },
      },
    );
    peer.write(Buffer.concat(['one', 'two', 'three', 'four'].map((text) => frame(text))));
    await expect.poll(() => texts.length).toBe(2);
    await untilQuiet(() => texts.length);
    expect(texts).toEqual(['one', 'two']);
    connection.resume();
    await expect.poll(() => texts).toEqual(['one', 'two', 'three', 'four']);
    peer.destroy();
  });

  test('of a paused connection holds the peer back', async () => {
    const { peer, connection } = await openOne();
    connection.pause();
    const message = frame(Buffer.alloc(64 * KIB), { opcode: 2 });
    let offered = 0;
    while (peer.socket.writableLength < 4 * MIB) {
      peer.write(message);
      offered += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    // The kernel takes a few MiB; had the server read on, it would have taken everything.
    expect(offered).toBeLessThan(1_000);
    peer.destroy();
  });

  test('delivers what came before the end also when it is resumed after the end', async () => {
    const texts: unknown[] = [];
    const { peer, connection, closed } = await openOne(
      {},
      {
        open: (from) => from.pause(),
        message: (_, { data }) => void texts.push(data),
      },
    );
    peer.write(Buffer.concat([frame('one'), frame('two'), closeFrame(1000)]));
    peer.socket.end();
    await untilQuiet(() => texts.length);
    expect(texts).toEqual([]);
    connection.resume();
    expect(await closed).toMatchObject({ code: 1000 });
    expect(texts).toEqual(['one', 'two']);
  });
});

describe('a connection without a message handler', () => {
  test('keeps what comes for the first one', async () => {
    const { server, port } = await startServer();
    const peer = await RawPeer.open(port);
    const connection = onlyConnection(server);
    peer.write(Buffer.concat([frame('one'), frame('two')]));
    await untilQuiet(() => peer.received.length);
    const texts: unknown[] = [];
    connection.handler = { message: (_, { data }) => void texts.push(data) };
    await expect.poll(() => texts).toEqual(['one', 'two']);
    peer.destroy();
  });

  test('still answers pings and the closing handshake', async () => {
    const { port } = await startServer();
    const peer = await RawPeer.open(port);
    peer.write(frame('', { opcode: 9 }));
    expect((await peer.frame()).opcode).toBe(10);
    peer.write(closeFrame(1000));
    expect(await peer.closeCode()).toBe(1000);
    await peer.end();
  });

  test('tells a handler that comes late how it ended', async () => {
    const { server, port } = await startServer();
    const peer = await RawPeer.open(port);
    const connection = onlyConnection(server);
    peer.write(Buffer.concat([frame('one'), closeFrame(1000)]));
    peer.socket.end();
    await untilQuiet(() => peer.received.length);
    const seen: unknown[] = [];
    connection.handler = {
      message: (_, { data }) => void seen.push(data),
      close: (_, { code }) => void seen.push(code),
    };
    await expect.poll(() => seen).toEqual(['one', 1000]);
    connection.handler = { close: () => void seen.push('again') };
    await untilQuiet(() => seen.length);
    expect(seen).toHaveLength(2);
  });
});

describe('a flood of pings', () => {
  test('to a peer that does not read is owed the latest pong only (§5.5.3)', async () => {
    let pings = 0;
    const { peer, connection } = await openOne(
      { pingIntervalMs: 0 },
      { message() {}, ping: () => void (pings += 1) },
    );
    peer.socket.pause();
    const flood = Buffer.concat(
      Array.from({ length: 500 }, () => frame(Buffer.alloc(125), { opcode: 9 })),
    );
    for (let sent = 0; sent < 64 * MIB; sent += flood.length) {
      peer.write(flood);
      await new Promise((resolve) => setImmediate(resolve));
      if (peer.socket.writableLength > 8 * MIB) break;
    }
    peer.write(frame('last', { opcode: 9 }));
    await untilQuiet(() => pings);
    expect(connection.bufferedBytes).toBeLessThan(256 * KIB);
    expect(connection.readyState).toBe(1);
    peer.socket.resume();
    const last = Buffer.from(serverFrame('last', { opcode: 10 }));
    let tail = peer.received;
    await peer.until(() => {
      tail = Buffer.concat([tail, peer.received]).subarray(-1_000);
      peer.received = Buffer.alloc(0);
      return tail.includes(last) ? true : undefined;
    });
    peer.destroy();
  });

  test('in one read is answered in turn', async () => {
    const { peer } = await openOne();
    peer.write(Buffer.concat(Array.from({ length: 100 }, (_, i) => frame(`${i}`, { opcode: 9 }))));
    for (let i = 0; i < 100; i++) {
      expect(await peer.frame()).toMatchObject({ opcode: 10, payload: Buffer.from(`${i}`) });
    }
    peer.destroy();
  });
});

describe('client', () => {
  test('counts unsent payload in bufferedAmount', async () => {
    const server = await RawServer.listen();
    const socket = new WebSocket(server.url);
    const peer = await server.open();
    await once(socket, 'open');
    socket.send('您好');
    socket.send(new Uint8Array(10));
    expect(socket.bufferedAmount).toBe(16);
    await expect.poll(() => socket.bufferedAmount).toBe(0);
    socket.close();
    socket.send('never');
    expect(socket.bufferedAmount).toBe(5);
    peer.destroy();
    await once(socket, 'close');
    expect(socket.bufferedAmount).toBe(5);
    await server.close();
  });
});
