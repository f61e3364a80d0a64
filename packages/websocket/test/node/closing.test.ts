import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from '@pairwire/websocket';
import { closeFrame, frame, RawPeer, RawServer, serverFrame } from './raw-peer.ts';
import { openOne, startServer } from './servers.ts';

describe('server closes', () => {
  test('by handshake: sends Close, reads the answer, ends TCP first (§7.1.1)', async () => {
    const { peer, connection, closed } = await openOne();
    connection.close(4000, 'enough');
    expect(connection.readyState).toBe(2);
    expect(connection.send('late')).toBe(false);
    const close = await peer.frame();
    expect(close.payload.readUInt16BE(0)).toBe(4000);
    expect(close.payload.toString('utf8', 2)).toBe('enough');
    expect(peer.ended).toBe(false);
    peer.write(closeFrame(4000, 'enough'));
    await peer.end();
    expect(await closed).toEqual({ code: 4000, reason: 'enough', wasClean: true });
    expect(connection.readyState).toBe(3);
  });

  test('and still delivers what the peer sent before its answer', async () => {
    const texts: unknown[] = [];
    const { peer, connection, closed } = await openOne(
      {},
      {
        message: (_, { data }) => void texts.push(data),
      },
    );
    connection.close();
    expect((await peer.frame()).payload).toHaveLength(0);
    peer.write(Buffer.concat([frame('one'), frame('two'), closeFrame()]));
    expect(await closed).toEqual({ code: 1005, reason: '', wasClean: true });
    expect(texts).toEqual(['one', 'two']);
    peer.destroy();
  });

  test('by cutting TCP when the peer does not answer in time', async () => {
    const { peer, connection, closed } = await openOne({ closeTimeoutMs: 30 });
    connection.close(1000);
    await peer.end();
    const close = await closed;
    expect(close).toMatchObject({ code: 1006, wasClean: false });
    expect(close.error).toMatchObject({ code: 'PW_WS_CLOSE_TIMEOUT' });
  });

  test('by cutting TCP when the peer answers but keeps its half of TCP', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { server, peer, connection, closed } = await openOne({ closeTimeoutMs: 5_000 });
    peer.socket.allowHalfOpen = true;
    connection.close(1000);
    await peer.frame();
    const before = server.counters.bytesReceived;
    peer.write(closeFrame(1000));
    await expect.poll(() => server.counters.bytesReceived).toBeGreaterThan(before);
    vi.advanceTimersByTime(5_000);
    expect(await closed).toEqual({ code: 1000, reason: '', wasClean: true });
    peer.destroy();
  });

  test('at once when told to terminate', async () => {
    const { peer, connection, closed } = await openOne();
    connection.send('lost');
    connection.terminate();
    expect(await closed).toMatchObject({
      code: 1006,
      wasClean: false,
      error: { code: 'PW_WS_TERMINATED' },
    });
    await peer.end();
    expect(() => {
      connection.terminate();
      connection.close();
      connection.ping();
      connection.pause();
      connection.resume();
    }).not.toThrow();
    expect(connection.send('x')).toBe(false);
  });

  test('delivers nothing after terminate, even of the same segment', async () => {
    const texts: unknown[] = [];
    const { peer, closed } = await openOne(
      {},
      {
        message(connection, { data }) {
          texts.push(data);
          connection.terminate();
        },
      },
    );
    peer.write(Buffer.concat([frame('one'), frame('two')]));
    await closed;
    expect(texts).toEqual(['one']);
  });

  test('with code 1006 when the peer ends TCP without a Close frame (§7.1.5)', async () => {
    const { peer, closed } = await openOne();
    peer.socket.end();
    expect(await closed).toMatchObject({
      code: 1006,
      wasClean: false,
      error: { code: 'PW_WS_ABNORMAL_CLOSURE' },
    });
    await peer.end();
  });

  test('with the cause when the peer resets TCP', async () => {
    const { peer, closed } = await openOne();
    peer.socket.resetAndDestroy();
    expect(await closed).toMatchObject({
      code: 1006,
      error: { code: 'PW_WS_SOCKET', cause: { code: 'ECONNRESET' } },
    });
  });

  test('with the broken rule when the peer breaks the protocol (§7.1.7)', async () => {
    const { peer, closed } = await openOne();
    peer.write(serverFrame('bare'));
    expect(await closed).toMatchObject({
      code: 1002,
      wasClean: false,
      error: { code: 'PW_WS_UNMASKED_FRAME', section: '§5.1' },
    });
    await peer.end();
  });

  test('after a failure without waiting for a peer that goes on sending', async () => {
    const { peer, closed } = await openOne({ closeTimeoutMs: 50 });
    const flood = frame(Buffer.alloc(65_536), { opcode: 2 });
    peer.write(frame('', { opcode: 3 }));
    const pump = (): void => {
      if (!peer.socket.destroyed) peer.socket.write(flood, pump);
    };
    pump();
    expect(await closed).toMatchObject({ code: 1002 });
    await peer.end();
  });

  test('disposes: closes with 1000 and waits for TCP', async () => {
    const { peer, connection } = await openOne();
    const disposed = connection[Symbol.asyncDispose]();
    expect(await peer.closeCode()).toBe(1000);
    peer.write(closeFrame(1000));
    await disposed;
    expect(connection.readyState).toBe(3);
    await connection[Symbol.asyncDispose]();
  });

  test.each([999, 1004, 1005, 1006, 1015, 5000, 1.5])('never with code %d', async (code) => {
    const { peer, connection } = await openOne();
    expect(() => connection.close(code)).toThrow(RangeError);
    expect(() => connection.close(1000, 'x'.repeat(124))).toThrow(RangeError);
    peer.destroy();
  });
});

describe('server with a handler that throws', () => {
  test.each(['open', 'message', 'ping', 'pong'] as const)(
    'in %s closes that connection with 1011 and reports it',
    async (method) => {
      const failures: unknown[] = [];
      const failure = new Error('mine');
      const { peer, closed } = await openOne(
        { failed: (error) => failures.push(error) },
        {
          message() {},
          [method]: () => {
            throw failure;
          },
        },
      );
      peer.write(Buffer.concat([frame('x'), frame('', { opcode: 9 }), frame('', { opcode: 10 })]));
      const close = await peer.until(() => {
        const at = peer.received.findIndex((byte) => byte === 0x88);
        return at === -1 ? undefined : peer.received.subarray(at);
      });
      expect(close.readUInt16BE(2)).toBe(1011);
      expect(close.toString()).not.toContain('mine');
      expect(await closed).toMatchObject({
        code: 1011,
        error: { code: 'PW_WS_INTERNAL_ERROR', section: '§7.4.1', cause: failure },
      });
      expect(failures).toEqual([failure]);
      peer.destroy();
    },
  );

  test('in close reports it', async () => {
    const failures: unknown[] = [];
    const { peer } = await openOne(
      { failed: (error) => failures.push(error) },
      {
        close() {
          throw new Error('mine');
        },
      },
    );
    peer.write(closeFrame(1000));
    await peer.end();
    await expect.poll(() => failures).toHaveLength(1);
  });

  test('warns when nobody wants to know', async () => {
    const warned = once(process, 'warning');
    const { peer } = await openOne(
      {},
      {
        message() {
          throw new Error('mine');
        },
      },
    );
    peer.write(frame('x'));
    expect(await peer.closeCode()).toBe(1011);
    expect(await warned).toEqual([expect.objectContaining({ message: 'mine' })]);
    peer.destroy();
  });
});

describe('server as a whole closes', () => {
  test('every connection with 1001 and waits for them', async () => {
    const { server, peer, closed } = await openOne();
    const done = server.close();
    expect(await peer.closeCode()).toBe(1001);
    peer.write(closeFrame(1001));
    await done;
    expect(await closed).toMatchObject({ code: 1001, wasClean: true });
    expect(server.connections.size).toBe(0);
    await server.close();
  });

  test('with the code and reason given, and cuts those that do not answer', async () => {
    const { server, peer } = await openOne();
    const done = server.close({ code: 1012, reason: 'restart', timeoutMs: 30 });
    const close = await peer.frame();
    expect(close.payload.readUInt16BE(0)).toBe(1012);
    expect(close.payload.toString('utf8', 2)).toBe('restart');
    await done;
    await peer.end();
  });

  test('and its port takes no more connections', async () => {
    const { server, port } = await startServer();
    await server.close();
    await expect(RawPeer.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('client', () => {
  test('waits for the server to end TCP, then closes (§7.1.1)', async () => {
    const server = await RawServer.listen();
    const socket = new WebSocket(server.url);
    const peer = await server.open();
    await once(socket, 'open');
    socket.close(3000, 'bye');
    expect(socket.readyState).toBe(2);
    const close = await peer.frame();
    expect(close.masked).toBe(true);
    expect(close.payload.readUInt16BE(0)).toBe(3000);
    peer.write(serverFrame(close.payload, { opcode: 8 }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(peer.ended).toBe(false);
    peer.socket.end();
    const [event] = await once(socket, 'close');
    expect(event).toMatchObject({ code: 3000, reason: 'bye', wasClean: true });
    await server.close();
  });

  test('cuts TCP when the server does not end it in time, and was clean all the same', async () => {
    const server = await RawServer.listen();
    const socket = new WebSocket(server.url, [], { closeTimeoutMs: 30 });
    const peer = await server.open();
    await once(socket, 'open');
    peer.write(serverFrame(Buffer.from([0x03, 0xe8]), { opcode: 8 }));
    const [event] = await once(socket, 'close');
    expect(event).toMatchObject({ code: 1000, wasClean: true });
    peer.destroy();
    await server.close();
  });

  test('cuts TCP when the server does not answer its Close in time', async () => {
    const server = await RawServer.listen();
    const socket = new WebSocket(server.url, [], { closeTimeoutMs: 30 });
    const peer = await server.open();
    await once(socket, 'open');
    socket.close();
    const closed = once(socket, 'close');
    const [{ error }] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'PW_WS_CLOSE_TIMEOUT' });
    expect((await closed)[0]).toMatchObject({ code: 1006, wasClean: false });
    peer.destroy();
    await server.close();
  });
});
