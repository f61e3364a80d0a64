/** What becomes of messages for a peer that reads too slowly, over real sockets. */
import { describe, expect, test } from 'vitest';
import {
  connectWebSocket,
  type ConnectionHandler,
  type DroppedMessage,
  type OverflowPolicy,
  type WebSocketConnection,
} from '@pairwire/websocket';
import { closeFrame, RawPeer, RawServer, type RawFrame } from './raw-peer.ts';
import { createDeferred, openOne } from './servers.ts';

const KIB = 1_024;
const LIMITS = { highWaterBytes: 16 * KIB, maxBufferedBytes: 64 * KIB };

/** Sends until the kernel takes no more and our own buffer is half full. */
async function fill(connection: WebSocketConnection): Promise<number> {
  let sent = 0;
  for (let quiet = 0; quiet < 20;) {
    const full = connection.bufferedBytes >= LIMITS.maxBufferedBytes / 2;
    quiet = full ? quiet + 1 : 0;
    if (!full) {
      connection.send(Buffer.alloc(16 * KIB));
      sent += 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sent;
}

/** Both roles: a connection of ours, and the other end's TCP. */
const openers: Record<
  string,
  (
    overflow: OverflowPolicy,
    handler: ConnectionHandler,
  ) => Promise<{ connection: WebSocketConnection; peer: RawPeer; close(): Promise<void> }>
> = {
  async server(overflow, handler) {
    const { connection, peer } = await openOne({ ...LIMITS, overflow, failed() {} }, handler);
    return { connection, peer, close: async () => peer.destroy() };
  },
  async client(overflow, handler) {
    const server = await RawServer.listen();
    const opened = connectWebSocket(server.url, { ...LIMITS, overflow, handler, failed() {} });
    const peer = await server.open();
    const connection = await opened;
    return { connection, peer, close: () => server.close() };
  },
};

async function messages(peer: RawPeer, skip: number): Promise<string[]> {
  const list: string[] = [];
  for (let i = 0; ; i++) {
    const { opcode, payload }: RawFrame = await peer.frame();
    if (opcode === 8) return list;
    if (i >= skip) list.push(payload.toString());
  }
}

/** Texts are named by their first letter. */
function nameOf(data: unknown): string {
  return typeof data === 'string' && !data.startsWith('\0') ? data.slice(0, 1) : 'filler';
}

describe.each(Object.entries(openers))('%s', (_, open) => {
  test('drops the newest messages, tells and counts each', async () => {
    const dropped: DroppedMessage[] = [];
    const { connection, peer, close } = await open('drop-newest', {
      message() {},
      dropped: (_, message) => void dropped.push(message),
    });
    peer.socket.pause();
    const sent = await fill(connection);
    const big = Buffer.alloc(60 * KIB);
    expect(connection.send(big)).toBe(false);
    expect(connection.send('small')).toBe(false);
    expect(dropped).toEqual([{ data: big, bytes: big.length, key: undefined }]);
    expect(connection.droppedMessages).toBe(1);
    expect(connection.readyState).toBe(1);
    connection.close();
    peer.socket.resume();
    expect(await messages(peer, sent)).toEqual(['small']);
    await close();
  });

  test('drops the oldest messages, and sends the others in order', async () => {
    const dropped: unknown[] = [];
    const { connection, peer, close } = await open('drop-oldest', {
      message() {},
      dropped: (_, { data }) => void dropped.push(nameOf(data)),
    });
    peer.socket.pause();
    const sent = await fill(connection);
    for (const name of 'abcdefgh') connection.send(name.repeat(10 * KIB));
    expect(connection.bufferedBytes).toBeLessThan(LIMITS.maxBufferedBytes + KIB);
    connection.ping('still here');
    peer.socket.resume();
    connection.close();
    const names = (await messages(peer, 0)).map(nameOf);
    const kept = names.filter((name) => 'abcdefgh'.includes(name));
    expect(kept.length).toBeGreaterThan(1);
    const fillersLost = dropped.filter((name) => name === 'filler').length;
    expect([...dropped.slice(fillersLost), ...kept].join('')).toBe('abcdefgh');
    expect(names.filter((name) => name === 'filler')).toHaveLength(sent - fillersLost);
    expect(connection.droppedMessages).toBe(dropped.length);
    await close();
  });

  test('keeps the latest message of each key', async () => {
    const dropped: unknown[] = [];
    const { connection, peer, close } = await open('keep-latest', {
      message() {},
      dropped: (_, { data, key }) => void dropped.push(`${key}: ${nameOf(data)}`),
    });
    peer.socket.pause();
    const sent = await fill(connection);
    connection.send('1', { key: 'a' });
    connection.send('2', { key: 'b' });
    connection.send('note');
    connection.send('3', { key: 'a' });
    connection.send('4', { key: 'a' });
    expect(dropped).toEqual(['a: 1', 'a: 3']);
    peer.socket.resume();
    await connection.drained();
    connection.send('5', { key: 'a' });
    connection.close();
    expect(await messages(peer, sent)).toEqual(['2', 'note', '4', '5']);
    await close();
  });

  test('is not stopped by a handler that throws when it is told of a drop', async () => {
    const closed = createDeferred<unknown>();
    const { connection, peer, close } = await open('drop-newest', {
      message() {},
      dropped() {
        throw new Error('mine');
      },
      close: (_, { error }) => closed.resolve(error),
    });
    peer.socket.pause();
    await fill(connection);
    expect(() => connection.send(Buffer.alloc(60 * KIB))).not.toThrow();
    expect(connection.readyState).toBe(2);
    peer.socket.resume();
    expect(await closed.promise).toMatchObject({ code: 'PW_WS_INTERNAL_ERROR' });
    await close();
  });
});

test.each(['drop-oldest', 'keep-latest'] as const)(
  '%s works with a mark of 0',
  async (overflow) => {
    const { connection, peer } = await openOne({ highWaterBytes: 0, overflow });
    for (const text of ['one', 'two', 'three']) {
      expect(connection.send(text)).toBe(false);
      await connection.drained();
    }
    for (const text of ['one', 'two', 'three']) {
      expect((await peer.frame()).payload.toString()).toBe(text);
    }
    peer.destroy();
  },
);

test.each(['drop-newest', 'drop-oldest', 'keep-latest'] as const)(
  '%s drops nothing of a burst that the kernel can take',
  async (overflow) => {
    const { connection, peer } = await openOne({ ...LIMITS, overflow });
    for (let i = 0; i < 20; i++) connection.send(Buffer.alloc(16 * KIB), { key: `${i}` });
    expect(connection.droppedMessages).toBe(0);
    for (let i = 0; i < 20; i++) await peer.frame();
    peer.write(closeFrame());
    expect(await peer.closeCode()).toBeUndefined();
    await peer.end();
  },
);
