import { expect, describe, test } from 'vitest';

import { FakeLadder, LOST, RUNG_NAMES } from '../fake-ladder.ts';

/** A ladder with one channel on it, and what the channel told. */
function connect(ladder = new FakeLadder()) {
  const told: string[] = [];
  const channel = ladder.connect({
    open: () => told.push('open'),
    packet: (packet) => told.push(`packet ${String(packet)}`),
    drain: () => told.push('drain'),
    close: ({ code, reason }) => told.push(`close ${code} ${reason}`.trim()),
  });
  return { ladder, channel, told };
}

describe('a client without a choice of transport', () => {
  test('uses a websocket alone when it opens in time', () => {
    const { ladder, channel, told } = connect();
    ladder.clock.advance(2_499);
    ladder.newest('websocket').events.opened();
    ladder.clock.advance(60_000);
    expect(ladder.names).toEqual(['websocket']);
    expect(channel.transport).toBe('websocket');
    expect(told).toEqual(['open']);
    expect(ladder.clock.pendingTimers).toBe(0);
  });

  test('starts the next rung beside the one before every 2.5 s', () => {
    const { ladder } = connect();
    for (let rung = 1; rung <= 4; rung++) {
      expect(ladder.names).toEqual(RUNG_NAMES.slice(0, rung));
      ladder.clock.advance(2_500);
    }
    expect(ladder.made.flatMap(({ closedWith }) => closedWith)).toEqual([]);
  });

  test('starts the next rung at once when one fails', () => {
    const { ladder } = connect();
    ladder.newest('websocket').events.closed(LOST);
    ladder.newest('streaming').events.closed(LOST);
    expect(ladder.names).toEqual(['websocket', 'streaming', 'long-polling']);
  });

  test('takes the first that opens and closes the others, whatever they say then', () => {
    const { ladder, channel, told } = connect();
    ladder.clock.advance(5_000);
    ladder.newest('streaming').events.opened();
    const losers = [ladder.newest('websocket'), ladder.newest('long-polling')];
    for (const { events, closedWith } of losers) {
      expect(closedWith).toEqual(['1000 ']);
      events.opened();
      events.received('stray');
      events.drained();
      events.closed(LOST);
    }
    ladder.newest('streaming').events.received('first');
    expect(channel.transport).toBe('streaming');
    expect(told).toEqual(['open', 'packet first']);
    channel.send('up');
    expect(ladder.newest('streaming').sent).toEqual(['up']);
    expect(losers.flatMap(({ sent }) => sent)).toEqual([]);
  });

  test('is told once that nothing opens, with what says most', () => {
    const { ladder, told } = connect();
    ladder.newest('websocket').events.closed(LOST);
    ladder.newest('streaming').events.closed({ ...LOST, code: 4903, reason: 'subprotocol' });
    ladder.newest('long-polling').events.closed(LOST);
    expect(told).toEqual([]);
    ladder.newest('polling').events.closed(LOST);
    expect(told).toEqual(['close 4903 subprotocol']);
    expect(ladder.clock.pendingTimers).toBe(0);
  });

  test('closes every rung of the race when the user closes', () => {
    const { ladder, channel, told } = connect();
    ladder.clock.advance(2_500);
    channel.close(4_000, 'enough');
    ladder.clock.advance(60_000);
    expect(ladder.names).toEqual(['websocket', 'streaming']);
    ladder.newest('websocket').events.opened();
    for (const { closedWith, events } of ladder.made) {
      expect(closedWith).toEqual(['4000 enough']);
      events.closed(LOST);
    }
    expect(told).toEqual(['close 1006']);
  });

  test('stops reading on the winner when it was paused before there was one', () => {
    const { ladder, channel } = connect();
    channel.pause();
    const websocket = ladder.newest('websocket');
    websocket.events.opened();
    expect(websocket.isReading).toBe(false);
    channel.resume();
    expect(websocket.isReading).toBe(true);
  });

  test('closes only what carries it once that is known', () => {
    const { ladder, channel } = connect();
    ladder.clock.advance(2_500);
    ladder.newest('streaming').events.opened();
    channel.close();
    expect(ladder.newest('websocket').closedWith).toEqual(['1000 ']);
    expect(ladder.newest('streaming').closedWith).toEqual(['1000 ']);
  });
});
