import { describe, expect, test } from 'vitest';

import { connectChannel, LadderMemory } from '../../src/client/index.ts';
import { FakeLadder, LOST } from '../fake-ladder.ts';
import { FakeWebSocket } from '../fake-websocket.ts';

const silent = { packet() {}, close() {} };

/** Connects until a rung opens: all above it fail. */
function settleOn(ladder: FakeLadder, name: 'websocket' | 'streaming' | 'polling') {
  ladder.connect(silent);
  while (ladder.made.at(-1)?.name !== name) ladder.made.at(-1)?.events.closed(LOST);
  ladder.newest(name).events.opened();
  return ladder.newest(name);
}

describe('what the ladder remembers', () => {
  test('is the rung that carried last: the next channel begins there, then at the top', () => {
    const ladder = new FakeLadder();
    settleOn(ladder, 'polling');
    ladder.made.length = 0;
    ladder.connect(silent);
    expect(ladder.names).toEqual(['polling']);
    ladder.newest('polling').events.closed(LOST);
    expect(ladder.names).toEqual(['polling', 'websocket']);
  });

  test('is forgotten when the network is another one', () => {
    const storage = new Map<string, string>();
    const ladder = new FakeLadder(storage);
    settleOn(ladder, 'streaming');
    expect([...storage.values()]).toEqual(['streaming']);
    ladder.memory.forget();
    ladder.made.length = 0;
    ladder.connect(silent);
    expect(ladder.names).toEqual(['websocket']);
    expect(storage.size).toBe(0);
  });

  test('outlives the page in the storage it is given', () => {
    const storage = new Map<string, string>();
    settleOn(new FakeLadder(storage), 'streaming');
    const later = new FakeLadder(storage);
    later.connect(silent);
    expect(later.names).toEqual(['streaming']);
  });

  test.each([
    ['what a stranger wrote', () => 'no transport'],
    [
      'a storage that may not be used',
      () => {
        throw new Error('denied');
      },
    ],
  ])('begins at the top with %s', (_name, getItem) => {
    const ladder = new FakeLadder();
    const memory = new LadderMemory({
      storage: { getItem, setItem: getItem, removeItem: getItem },
    });
    memory.opened('websocket');
    memory.forget();
    expect(memory.order(ladder.rungs)).toEqual(ladder.rungs);
  });
});

describe('a rung that opens but does not last', () => {
  const breakSoon = (ladder: FakeLadder, times: number) => {
    for (let i = 0; i < times; i++) {
      const transport = settleOn(ladder, 'websocket');
      ladder.clock.advance(5_000);
      transport.events.closed(LOST);
    }
  };

  test('is tried last after the third time, for a minute', () => {
    const ladder = new FakeLadder();
    breakSoon(ladder, 2);
    expect(ladder.memory.order(ladder.rungs)[0]?.name).toBe('websocket');
    breakSoon(ladder, 1);
    expect(ladder.memory.order(ladder.rungs).map(({ name }) => name)).toEqual([
      'streaming',
      'long-polling',
      'polling',
      'websocket',
    ]);
    ladder.clock.advance(60_000);
    expect(ladder.memory.order(ladder.rungs)[0]?.name).toBe('websocket');
  });

  test('counts as broken when its user gives it up before a packet has come', () => {
    const ladder = new FakeLadder();
    const giveUp = (afterMs: number, packet?: string) => {
      const channel = ladder.connect(silent);
      const transport = ladder.newest('websocket');
      transport.events.opened();
      if (packet !== undefined) transport.events.received(packet);
      ladder.clock.advance(afterMs);
      channel.close();
      transport.events.closed({ code: 1000, reason: '', wasClean: true });
    };
    for (let i = 0; i < 5; i++) {
      giveUp(10_000, 'welcome');
      giveUp(1_000);
    }
    expect(ladder.memory.isAvoided('websocket')).toBe(false);
    for (let i = 0; i < 3; i++) giveUp(10_000);
    expect(ladder.memory.isAvoided('websocket')).toBe(true);
  });

  test('is left alone twice as long every time it breaks again, up to ten minutes', () => {
    const ladder = new FakeLadder();
    breakSoon(ladder, 3);
    for (const avoidedMs of [60_000, 120_000, 240_000, 480_000, 600_000, 600_000]) {
      ladder.clock.advance(avoidedMs - 1);
      expect(ladder.memory.isAvoided('websocket')).toBe(true);
      ladder.clock.advance(1);
      expect(ladder.memory.isAvoided('websocket')).toBe(false);
      breakSoon(ladder, 1);
    }
  });

  test('is forgiven when it lasted, and when its end was said', () => {
    const ladder = new FakeLadder();
    breakSoon(ladder, 2);
    const steady = settleOn(ladder, 'websocket');
    ladder.clock.advance(30_000);
    steady.events.closed(LOST);
    breakSoon(ladder, 2);
    settleOn(ladder, 'websocket').events.closed({ code: 4_000, reason: '', wasClean: true });
    expect(ladder.memory.isAvoided('websocket')).toBe(false);
  });
});

test('the memory must be one', () => {
  const memory = {} as LadderMemory;
  expect(() => connectChannel('http://x', silent, { WebSocket: FakeWebSocket, memory })).toThrow(
    'memory must be a LadderMemory',
  );
});
