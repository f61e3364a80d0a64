import { describe, expect, test } from 'vitest';
import {
  WebSocketServer,
  type ConnectionHandler,
  type WebSocketConnection,
  type WebSocketServerOptions,
} from '@pairwire/websocket';
import { Counters } from '../../src/node/counters.ts';
import { DeflateCodec } from '../../src/node/deflate-codec.ts';
import { SharedMessage } from '../../src/node/outgoing-message.ts';
import { Topics, type Subscriber } from '../../src/node/topics.ts';
import { OutputSlab, type EncodedFrame } from '@pairwire/websocket/protocol';
import { closeFrame, frame, RawPeer, serverFrame } from './raw-peer.ts';
import { at, createDeferred, startServer } from './servers.ts';

const KIB = 1_024;

/** A server with `count` raw peers, each subscribed to `news`. */
async function startNews(
  count: number,
  options: Omit<WebSocketServerOptions, 'handler'> = {},
  handler: ConnectionHandler = {},
) {
  const connections: WebSocketConnection[] = [];
  const { server, port } = await startServer<unknown>({
    ...options,
    handler: {
      message() {},
      ...handler,
      open: (connection) => {
        connections.push(connection);
        server.subscribe(connection, 'news');
      },
    },
  });
  const peers: RawPeer[] = [];
  for (let i = 0; i < count; i++) peers.push(await RawPeer.open(port));
  return { server, port, peers, connections };
}

async function texts(peer: RawPeer, count: number): Promise<string[]> {
  const list: string[] = [];
  while (list.length < count) list.push((await peer.frame()).payload.toString());
  return list;
}

describe('server publishes', () => {
  test('to the subscribers of a topic, and says to how many', async () => {
    const { server, peers, connections } = await startNews(3);
    server.subscribe(at(connections, 0), 'sport');
    expect(server.subscriberCount('news')).toBe(3);
    expect(server.publish('news', 'hello')).toEqual({ delivered: 3, dropped: 0 });
    expect(server.publish('sport', 'goal')).toEqual({ delivered: 1, dropped: 0 });
    expect(server.publish('weather', 'rain')).toEqual({ delivered: 0, dropped: 0 });
    expect(await texts(at(peers, 0), 2)).toEqual(['hello', 'goal']);
    expect(await texts(at(peers, 1), 1)).toEqual(['hello']);
    for (const peer of peers) peer.destroy();
  });

  test('text, bytes of any kind, and a received message as it came', async () => {
    const { server, peers } = await startNews(
      2,
      {},
      { message: (connection, message) => server.publish('news', message, { except: connection }) },
    );
    const [first, second] = peers as [RawPeer, RawPeer];
    const bytes = Buffer.from('bytes');
    server.publish('news', '您好');
    server.publish('news', bytes);
    bytes.fill(0);
    server.publish('news', new Uint16Array([0x6261]).buffer);
    server.publish('news', '');
    first.write(frame('from another', { opcode: 1 }));
    const received = [];
    for (let i = 0; i < 5; i++) received.push(await second.frame());
    expect(received.map(({ opcode, payload }) => [opcode, payload.toString()])).toEqual([
      [1, '您好'],
      [2, 'bytes'],
      [2, 'ab'],
      [1, ''],
      [1, 'from another'],
    ]);
    expect(() => server.publish('news', 7 as never)).toThrow(TypeError);
    for (const peer of peers) peer.destroy();
  });

  test('to all but the sender', async () => {
    const { server, peers, connections } = await startNews(3);
    expect(server.publish('news', 'hello', { except: connections[1] })).toEqual({
      delivered: 2,
      dropped: 0,
    });
    server.publish('news', 'all');
    expect(await texts(at(peers, 1), 1)).toEqual(['all']);
    expect(await texts(at(peers, 2), 2)).toEqual(['hello', 'all']);
    for (const peer of peers) peer.destroy();
  });

  test('everything of one tick in one write, in order with what is sent to one alone', async () => {
    const { server, peers, connections } = await startNews(2);
    const [peer] = peers as [RawPeer];
    const writes: number[] = [];
    peer.socket.on('data', (chunk) => writes.push(chunk.length));
    server.publish('news', '1');
    server.publish('news', '2');
    at(connections, 0).send('3');
    server.publish('news', '4');
    server.publish('news', 'x'.repeat(100 * KIB));
    server.publish('news', '6');
    const received = await texts(peer, 6);
    expect(received.map((text) => text.slice(0, 1))).toEqual(['1', '2', '3', '4', 'x', '6']);
    expect(writes[0]).toBeGreaterThan(12);
    for (const one of peers) one.destroy();
  });

  test('the very bytes that send() would have sent', async () => {
    const { server, peers, connections } = await startNews(1);
    for (const length of [0, 125, 126, 16 * KIB, 70 * KIB]) {
      const bytes = Buffer.alloc(length, length);
      server.publish('news', bytes);
      at(connections, 0).send(bytes);
      const expected = serverFrame(bytes, { opcode: 2 });
      expect((await at(peers, 0).bytes(expected.length)).equals(expected)).toBe(true);
      expect((await at(peers, 0).bytes(expected.length)).equals(expected)).toBe(true);
    }
    at(peers, 0).destroy();
  });

  test('past a subscriber that does not read, which the others do not feel', async () => {
    const dropped: number[] = [];
    const { server, peers, connections } = await startNews(
      2,
      { overflow: 'drop-newest', maxBufferedBytes: 256 * KIB },
      { dropped: (_, { bytes }) => void dropped.push(bytes) },
    );
    const [slow, quick] = peers as [RawPeer, RawPeer];
    slow.socket.pause();
    let missed = 0;
    let published = 0;
    const block = Buffer.alloc(64 * KIB);
    while (missed < 10) {
      missed += server.publish('news', block).dropped;
      published += 1;
      await quick.frame();
    }
    expect(at(connections, 0).droppedMessages).toBe(10);
    expect(at(connections, 1).droppedMessages).toBe(0);
    expect(server.counters.messagesDropped).toBe(10);
    expect(dropped).toEqual(Array.from({ length: 10 }, () => 64 * KIB));
    slow.socket.resume();
    for (let i = 0; i < published - 10; i++) await slow.frame();
    for (const peer of peers) peer.destroy();
  });

  test('and counts a slow subscriber that is closed for it', async () => {
    const { server, peers } = await startNews(1, { maxBufferedBytes: 256 * KIB });
    const [slow] = peers as [RawPeer];
    slow.socket.pause();
    const block = Buffer.alloc(64 * KIB);
    let result = server.publish('news', block);
    while (result.dropped === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      result = server.publish('news', block);
    }
    expect(result).toEqual({ delivered: 0, dropped: 1 });
    expect(server.counters).toMatchObject({ slowConsumers: 1, messagesDropped: 0 });
    slow.destroy();
  });
});

describe('a message for many', () => {
  const slab = new OutputSlab();
  const bytesOf = ({ source, start, end }: EncodedFrame) =>
    Buffer.from(source.subarray(start, end));
  const codec = (compressContextTakeover: boolean, compressWindowBits = 15) =>
    new DeflateCodec(
      {
        compressContextTakeover,
        compressWindowBits,
        decompressContextTakeover: false,
        decompressWindowBits: 15,
      },
      { thresholdBytes: 0, level: 6, maxMemoryBytes: 0 },
      new Counters(),
    );

  test('is compressed once for all with the same parameters (RFC 7692)', () => {
    const message = new SharedMessage(slab, 'text', 'again and again and again and again');
    const plain = message.encodeFor(undefined) as EncodedFrame;
    const small = message.encodeFor(codec(false, 9)) as EncodedFrame;
    expect(message.encodeFor(undefined)).toBe(plain);
    expect(message.encodeFor(codec(false, 9))).toBe(small);
    expect(message.encodeFor(codec(false, 15))).not.toBe(small);
    expect(small.end - small.start).toBeLessThan(plain.end - plain.start);
    expect(bytesOf(small)[0]).toBe(0xc1);
    expect(bytesOf(plain)[0]).toBe(0x81);
  });

  test('is left to each connection that looks back at what it sent before', () => {
    const message = new SharedMessage(slab, 'text', 'again and again');
    const own = codec(true);
    expect(message.encodeFor(own)).toBeUndefined();
    own.close();
  });

  test('keeps a short byte array as it was while it waits', () => {
    const bytes = Buffer.from('before');
    const message = new SharedMessage(slab, 'binary', bytes);
    message.detach();
    bytes.write('after!');
    expect(bytesOf(message.encodeFor(undefined) as EncodedFrame).toString('latin1', 2)).toBe(
      'before',
    );
  });
});

describe('a subscription', () => {
  test('ends with unsubscribe, and with the connection', async () => {
    const closed = createDeferred<void>();
    const { server, peers, connections } = await startNews(
      2,
      {},
      { close: () => closed.resolve() },
    );
    const [first, second] = connections as [WebSocketConnection, WebSocketConnection];
    expect(server.subscribe(first, 'news')).toBe(true);
    expect(server.unsubscribe(first, 'news')).toBe(true);
    expect(server.unsubscribe(first, 'news')).toBe(false);
    expect(server.unsubscribe(second, 'sport')).toBe(false);
    expect(server.subscriberCount('news')).toBe(1);
    second.close();
    expect(server.publish('news', 'x')).toEqual({ delivered: 0, dropped: 1 });
    at(peers, 1).write(closeFrame());
    await closed.promise;
    expect(server.subscriberCount('news')).toBe(0);
    expect(server.subscribe(second, 'news')).toBe(false);
    at(peers, 0).destroy();
  });

  test('is refused beyond maxTopicsPerConnection', async () => {
    const { server, peers, connections } = await startNews(1, { maxTopicsPerConnection: 2 });
    const [connection] = connections as [WebSocketConnection];
    expect(server.subscribe(connection, 'b')).toBe(true);
    expect(server.subscribe(connection, 'c')).toBe(false);
    expect(server.subscribe(connection, 'b')).toBe(true);
    server.unsubscribe(connection, 'b');
    expect(server.subscribe(connection, 'c')).toBe(true);
    at(peers, 0).destroy();
  });

  test('is for connections of this server', async () => {
    const { connections, peers } = await startNews(1);
    const other = new WebSocketServer();
    expect(() => other.subscribe(at(connections, 0), 'news')).toThrow(TypeError);
    expect(() => other.publish('news', 'x', { except: connections[0] })).toThrow(TypeError);
    expect(() => other.subscribe({} as never, 'news')).toThrow(TypeError);
    at(peers, 0).destroy();
  });

  test('leaves nothing behind', () => {
    const topics = new Topics<Subscriber>(0);
    const subscriber: Subscriber = { readyState: 1, sendShared: () => true };
    for (let i = 0; i < 1_000; i++) topics.subscribe(subscriber, `topic ${i}`);
    topics.remove(subscriber);
    topics.remove(subscriber);
    for (let i = 0; i < 1_000; i++) expect(topics.subscriberCount(`topic ${i}`)).toBe(0);
  });
});
