/** Handlers whose methods return promises. */
import { describe, expect, test } from 'vitest';
import { connectWebSocket, HandshakeError, type ConnectionHandler } from '@pairwire/websocket';
import { closeFrame, frame, RawPeer, RawServer, serverFrame } from './raw-peer.ts';
import { createDeferred, onlyConnection, openOne, startServer, untilQuiet } from './servers.ts';

const KIB = 1_024;
const MIB = 1_048_576;

describe('an asynchronous message handler', () => {
  test('gets one message after the other', async () => {
    const seen: unknown[] = [];
    const { peer } = await openOne(
      {},
      {
        async message(connection, { data }) {
          seen.push(`${String(data)} begins`);
          await new Promise((resolve) => setImmediate(resolve));
          seen.push(`${String(data)} ends`);
          connection.send(data);
        },
      },
    );
    peer.write(Buffer.concat(['one', 'two', 'three'].map((text) => frame(text))));
    for (const text of ['one', 'two', 'three']) {
      expect((await peer.frame()).payload.toString()).toBe(text);
    }
    expect(seen).toEqual(
      ['one', 'two', 'three'].flatMap((text) => [`${text} begins`, `${text} ends`]),
    );
    peer.destroy();
  });

  test('that is done in the same tick has all its answers in one write', async () => {
    const { peer } = await openOne(
      {},
      {
        async message(connection, { data }) {
          await Promise.resolve();
          connection.send(data);
        },
      },
    );
    const writes: number[] = [];
    peer.socket.on('data', (chunk) => writes.push(chunk.length));
    peer.write(Buffer.concat(Array.from({ length: 100 }, () => frame('y'))));
    await peer.until(() => (peer.received.length === 300 ? true : undefined));
    expect(writes).toEqual([300]);
    peer.destroy();
  });

  test('that is slow holds the peer back', async () => {
    const go = createDeferred<void>();
    let messages = 0;
    const { peer, connection } = await openOne(
      {},
      {
        async message() {
          messages += 1;
          await go.promise;
        },
      },
    );
    const message = frame(Buffer.alloc(64 * KIB), { opcode: 2 });
    let offered = 0;
    while (peer.socket.writableLength < 4 * MIB) {
      peer.write(message);
      offered += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(messages).toBe(1);
    expect(connection.readyState).toBe(1);
    go.resolve();
    await expect.poll(() => messages, { timeout: 20_000 }).toBe(offered);
    peer.destroy();
  });

  test('still hears of the end, after the messages that came before it', async () => {
    const seen: unknown[] = [];
    const go = createDeferred<void>();
    const { peer, closed } = await openOne(
      {},
      {
        async message(_, { data }) {
          seen.push(data);
          await go.promise;
        },
        close: () => void seen.push('close'),
      },
    );
    peer.write(Buffer.concat([frame('one'), frame('two'), closeFrame(1000)]));
    peer.socket.end();
    await untilQuiet(() => seen.length);
    expect(seen).toEqual(['one']);
    go.resolve();
    expect(await closed).toMatchObject({ code: 1000, wasClean: true });
    expect(seen).toEqual(['one', 'two', 'close']);
  });

  test('hears of the end at once when nothing is left to deliver', async () => {
    const begun = createDeferred<void>();
    const { peer, closed } = await openOne(
      {},
      {
        message() {
          begun.resolve();
          return new Promise(() => {});
        },
      },
    );
    peer.write(frame('one'));
    await begun.promise;
    peer.socket.resetAndDestroy();
    expect(await closed).toMatchObject({ code: 1006 });
  });

  test('may wait for the same connection', async () => {
    const { peer, connection } = await openOne(
      { highWaterBytes: 16 * KIB },
      {
        async message(from, { data }) {
          for (let i = 0; i < 100; i++) {
            if (!from.send(`${String(data)}${'x'.repeat(64 * KIB)}`)) await from.drained();
          }
          from.close(1000);
        },
      },
    );
    peer.write(frame('go'));
    for (let i = 0; i < 100; i++) expect((await peer.frame()).payload.length).toBe(64 * KIB + 2);
    expect(await peer.closeCode()).toBe(1000);
    expect(connection.droppedMessages).toBe(0);
    peer.destroy();
  });
});

describe('a promise that is rejected', () => {
  test.each(['open', 'message', 'ping', 'pong', 'drain'] as const)(
    'in %s closes that connection with 1011 and is reported',
    async (method) => {
      const failures: unknown[] = [];
      const failure = new Error('mine');
      const { peer, connection, closed } = await openOne(
        { failed: (error) => failures.push(error), highWaterBytes: 0 },
        { message() {}, [method]: () => Promise.reject(failure) },
      );
      connection.send('drains');
      peer.write(Buffer.concat([frame('x'), frame('', { opcode: 9 }), frame('', { opcode: 10 })]));
      expect(await closed).toMatchObject({ code: 1011, error: { code: 'PW_WS_INTERNAL_ERROR' } });
      expect(failures).toEqual([failure]);
      peer.destroy();
    },
  );

  test('in close is reported', async () => {
    const failures: unknown[] = [];
    const { peer } = await openOne(
      { failed: (error) => failures.push(error) },
      { message() {}, close: () => Promise.reject(new Error('mine')) },
    );
    peer.destroy();
    await expect.poll(() => failures).toHaveLength(1);
  });

  test('because the connection ended is no failure', async () => {
    const failures: unknown[] = [];
    const { server, peer, connection, closed } = await openOne(
      { failed: (error) => failures.push(error), highWaterBytes: 0 },
      {
        async message(from) {
          peer.socket.pause();
          for (;;) if (!from.send(Buffer.alloc(64 * KIB))) await from.drained();
        },
      },
    );
    peer.write(frame('go'));
    await expect.poll(() => connection.bufferedBytes).toBeGreaterThan(0);
    peer.destroy();
    await closed;
    await untilQuiet(() => failures.length);
    expect(failures).toEqual([]);
    expect(server.counters.applicationFailures).toBe(0);
  });

  test('refuses the handshake, whatever kind of promise authorize returned', async () => {
    class Refusal implements PromiseLike<undefined> {
      readonly #promise = Promise.reject<undefined>(new HandshakeError('PW_WS_FORBIDDEN'));

      // oxlint-disable-next-line unicorn/no-thenable -- a promise of another make
      get then(): PromiseLike<undefined>['then'] {
        return this.#promise.then.bind(this.#promise);
      }
    }
    const { port } = await startServer({ authorize: () => new Refusal() as never });
    await expect(RawPeer.open(port)).rejects.toThrow(/403/);
  });

  test('in the options failed and refused harms nobody', async () => {
    const reject = () => Promise.reject(new Error('mine'));
    const { port, server } = await startServer({
      refused: reject,
      failed: reject,
      handler: { message: reject },
    });
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', listen);
    const foreign = RawPeer.open(port, '/', ['Origin: https://example.com']);
    await expect(foreign).rejects.toThrow(/403/);
    const peer = await RawPeer.open(port);
    peer.write(frame('x'));
    expect(await peer.closeCode()).toBe(1011);
    await expect.poll(() => warnings).toEqual(['mine', 'mine']);
    process.off('warning', listen);
    expect(server.counters.applicationFailures).toBe(2);
    peer.destroy();
  });
});

describe('drained', () => {
  test('resolves when there is room, at once or later', async () => {
    const { peer, connection } = await openOne({
      highWaterBytes: 64 * KIB,
      maxBufferedBytes: 64 * MIB,
    });
    await connection.drained();
    peer.socket.pause();
    while (connection.send(Buffer.alloc(64 * KIB)) || connection.bufferedBytes < MIB) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    let drained = 0;
    const waiting = [1, 2].map(() => connection.drained().then(() => (drained += 1)));
    await untilQuiet(() => drained);
    expect(drained).toBe(0);
    peer.socket.resume();
    await Promise.all(waiting);
    expect(connection.bufferedBytes).toBeLessThanOrEqual(64 * KIB);
    peer.destroy();
  });

  test('rejects when the connection ends, and when it has ended', async () => {
    const { peer, connection, closed } = await openOne();
    peer.socket.pause();
    while (connection.send(Buffer.alloc(64 * KIB))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const waiting = connection.drained();
    connection.close();
    await expect(waiting).rejects.toMatchObject({ code: 'PW_WS_CLOSED' });
    peer.destroy();
    await closed;
    await expect(connection.drained()).rejects.toMatchObject({ code: 'PW_WS_CLOSED' });
  });

  test('does not matter to anybody who does not wait', async () => {
    const { peer, connection, closed } = await openOne();
    peer.socket.pause();
    while (connection.send(Buffer.alloc(64 * KIB))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const rejections: unknown[] = [];
    const listen = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', listen);
    void connection.drained();
    connection.terminate();
    await closed;
    await untilQuiet(() => rejections.length);
    process.off('unhandledRejection', listen);
    expect(rejections).toEqual([]);
    peer.destroy();
  });
});

describe('client', () => {
  test('has the same handlers', async () => {
    const server = await RawServer.listen();
    const seen: unknown[] = [];
    const handler: ConnectionHandler = {
      async message(connection, { data }) {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(data);
        connection.send(data);
      },
    };
    const connecting = connectWebSocket(server.url, { handler });
    const peer = await server.open();
    const connection = await connecting;
    peer.write(Buffer.concat([serverFrame('one'), serverFrame('two')]));
    expect((await peer.frame()).payload.toString()).toBe('one');
    expect((await peer.frame()).payload.toString()).toBe('two');
    expect(seen).toEqual(['one', 'two']);
    connection.terminate();
    await server.close();
  });
});

test('a server can be iterated in open', async () => {
  const { server, url } = await startServer({
    handler: {
      async open(connection) {
        for await (const { data } of connection) connection.send(`got ${String(data)}`);
      },
    },
  });
  const connection = await connectWebSocket(url);
  const echoed: unknown[] = [];
  connection.send('one');
  connection.send('two');
  for await (const { data } of connection) {
    echoed.push(data);
    if (echoed.length === 2) break;
  }
  expect(echoed).toEqual(['got one', 'got two']);
  onlyConnection(server);
  await connection[Symbol.asyncDispose]();
});
