import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectWebSocket } from '@pairwire/websocket';
import { memoryBudget, MemoryBudget, type MemoryHolder } from '../../src/node/memory-budget.ts';
import { frame, RawPeer } from './raw-peer.ts';
import { at, createDeferred, onlyConnection, openOne, startServer } from './servers.ts';

const KIB = 1_024;
const MIB = 1_048_576;

class Holder implements MemoryHolder {
  readonly memoryBudgetBytes: number;
  sheds = 0;

  constructor(memoryBudgetBytes: number) {
    this.memoryBudgetBytes = memoryBudgetBytes;
  }

  shed(): void {
    this.sheds += 1;
  }
}

describe('the budget', () => {
  test('sheds the one that holds the most, not the one that asks', () => {
    const budget = new MemoryBudget();
    const [small, large, middle] = [new Holder(100), new Holder(100), new Holder(100)];
    budget.count(large, 60);
    budget.count(middle, 30);
    budget.count(small, 10);
    expect(large.sheds).toBe(0);
    budget.count(small, 11);
    expect([small, middle, large].map(({ sheds }) => sheds)).toEqual([0, 0, 1]);
    expect(budget.heldBytes).toBe(41);
  });

  test('sheds nobody for asking for less', () => {
    const budget = new MemoryBudget();
    const [one, strict] = [new Holder(100), new Holder(10)];
    budget.count(one, 90);
    budget.count(one, 80);
    budget.count(strict, 0);
    expect([one.sheds, strict.sheds]).toEqual([0, 0]);
  });

  test('leaves those alone whose own limit is not passed', () => {
    const budget = new MemoryBudget();
    const [roomy, strict] = [new Holder(1_000), new Holder(100)];
    budget.count(roomy, 500);
    budget.count(strict, 1);
    expect([roomy.sheds, strict.sheds]).toEqual([0, 1]);
    expect(budget.heldBytes).toBe(500);
  });

  test('is never passed, and counts what is held (any order)', () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 60 })));
    fc.assert(
      fc.property(steps, (counts) => {
        const budget = new MemoryBudget();
        const held = new Map<Holder, number>();
        const holders = Array.from({ length: 5 }, () => {
          const holder = new Holder(100);
          holder.shed = () => void held.set(holder, 0);
          return holder;
        });
        for (const [index, bytes] of counts) {
          const holder = at(holders, index);
          held.set(holder, bytes);
          budget.count(holder, bytes);
          const sum = [...held.values()].reduce((total, each) => total + each, 0);
          expect(budget.heldBytes).toBe(sum);
          expect(sum).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});

describe('server', () => {
  test('closes with 1013 whoever holds the most of unfinished messages', async () => {
    const { server, port } = await startServer({
      memoryBudgetBytes: 300 * KIB,
      handler: { message: (connection, { data }) => void connection.send(data) },
    });
    const modest = await RawPeer.open(port);
    modest.write(frame('x'.repeat(20 * KIB), { fin: false }));
    await expect.poll(() => memoryBudget.heldBytes).toBeGreaterThan(20 * KIB);
    const greedy = await RawPeer.open(port);
    for (let i = 0; i < 6; i++) {
      greedy.write(frame(Buffer.alloc(50 * KIB), { opcode: i === 0 ? 2 : 0, fin: false }));
    }
    expect(await greedy.closeCode()).toBe(1013);
    await greedy.end();
    expect(server.counters.memorySheds).toBe(1);
    modest.write(frame('end', { opcode: 0 }));
    expect((await modest.frame()).payload.length).toBe(20 * KIB + 3);
    await expect.poll(() => memoryBudget.heldBytes).toBe(0);
    modest.destroy();
  });

  test('cuts whoever holds the most of what waits to be sent', async () => {
    const closed = createDeferred<unknown>();
    const { server, port } = await startServer<unknown>({
      memoryBudgetBytes: 400 * KIB,
      handler: { message() {}, close: (_, { error }) => closed.resolve(error) },
    });
    const peer = await RawPeer.open(port);
    const connection = onlyConnection(server);
    peer.socket.pause();
    while (connection.readyState === 1) {
      connection.send(Buffer.alloc(32 * KIB));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await closed.promise).toMatchObject({ code: 'PW_WS_MEMORY_BUDGET' });
    expect(memoryBudget.heldBytes).toBe(0);
    expect(server.counters.memorySheds).toBe(1);
    expect(server.counters.slowConsumers).toBe(0);
    peer.destroy();
  });

  test('takes one message that is longer than the budget, as its memory was there before', async () => {
    const { server, peer, connection } = await openOne({ memoryBudgetBytes: 2 * MIB });
    const big = Buffer.alloc(8 * MIB, 'x');
    connection.send(big);
    expect((await peer.frame()).payload.equals(big)).toBe(true);
    await expect.poll(() => memoryBudget.heldBytes).toBe(0);
    expect(server.counters.memorySheds).toBe(0);
    peer.destroy();
  });

  test('counts nothing for a connection that is over, however it ended', async () => {
    const { port, server } = await startServer({ handler: { message() {} } });
    for (const end of [
      (peer: RawPeer) => peer.socket.resetAndDestroy(),
      (peer: RawPeer) => peer.write(frame('', { opcode: 3 })),
      (peer: RawPeer) => peer.write(frame('', { opcode: 8 })),
    ]) {
      const peer = await RawPeer.open(port);
      peer.write(frame('x'.repeat(10 * KIB), { fin: false }));
      await expect.poll(() => memoryBudget.heldBytes).toBeGreaterThan(10 * KIB);
      end(peer);
      await expect.poll(() => memoryBudget.heldBytes).toBe(0);
      await expect.poll(() => server.connections.size).toBe(0);
      peer.destroy();
    }
    const peer = await RawPeer.open(port);
    peer.write(frame('x'.repeat(10 * KIB), { fin: false }));
    await expect.poll(() => memoryBudget.heldBytes).toBeGreaterThan(10 * KIB);
    onlyConnection(server).terminate();
    await expect.poll(() => memoryBudget.heldBytes).toBe(0);
    peer.destroy();
  });

  test('counts nothing for a connection that is paused when its peer goes', async () => {
    const { peer, connection } = await openOne(
      { pingIntervalMs: 0 },
      { message() {}, ping: (from) => from.pause() },
    );
    const unfinished = frame('x'.repeat(10 * KIB), { fin: false });
    peer.write(unfinished);
    await expect.poll(() => memoryBudget.heldBytes).toBeGreaterThan(10 * KIB);
    // Not read behind the Ping: for all that the connection knows, the message may still end.
    peer.write(Buffer.concat([frame('', { opcode: 9 }), frame('end', { opcode: 0 })]));
    expect((await peer.frame()).opcode).toBe(10);
    peer.socket.resetAndDestroy();
    while (connection.readyState === 1) {
      connection.send('who is there');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => memoryBudget.heldBytes).toBe(0);
    connection.resume();
  });

  test('counts nothing with a budget of 0', async () => {
    const { port } = await startServer({ memoryBudgetBytes: 0, handler: { message() {} } });
    const peer = await RawPeer.open(port);
    peer.write(
      Buffer.concat([frame('x'.repeat(10 * KIB), { fin: false }), frame('', { opcode: 9 })]),
    );
    expect((await peer.frame()).opcode).toBe(10);
    expect(memoryBudget.heldBytes).toBe(0);
    peer.destroy();
  });
});

test('client has the same budget', async () => {
  const { server, url } = await startServer({ handler: { message() {} } });
  const client = await connectWebSocket(url, {
    memoryBudgetBytes: 100 * KIB,
    handler: { message() {} },
  });
  const never = createDeferred<string>();
  const sent = onlyConnection(server).sendStream(
    (async function* () {
      for (let i = 0; i < 4; i++) yield 'x'.repeat(50 * KIB);
      yield await never.promise;
    })(),
  );
  const [closed] = await Promise.all([
    new Promise((resolve) => {
      client.handler = { message() {}, close: (_, { error }) => resolve(error) };
    }),
    expect(sent).rejects.toMatchObject({ code: 'PW_WS_CLOSED' }),
  ]);
  expect(closed).toMatchObject({ code: 'PW_WS_MEMORY_BUDGET' });
});
