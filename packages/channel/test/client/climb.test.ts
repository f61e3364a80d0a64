import { describe, expect, test } from 'vitest';

import type { Channel, ChannelHandler } from '../../src/protocol/channel.ts';
import { FakeLadder, LOST } from '../fake-ladder.ts';

type Take = (handler: ChannelHandler) => Channel;

/** A channel on the rung of that name, with every offer of a better one answered by `answer`. */
function connectOn(name: 'websocket' | 'streaming' | 'polling', answer: (take: Take) => void) {
  const ladder = new FakeLadder();
  const told: string[] = [];
  const channel = ladder.connect({
    packet: (packet) => told.push(`old ${String(packet)}`),
    better: (take) => {
      told.push('better');
      answer(take);
    },
    close: ({ code }) => told.push(`old closed ${code}`),
  });
  while (ladder.made.at(-1)?.name !== name) ladder.made.at(-1)?.events.closed(LOST);
  ladder.newest(name).events.opened();
  ladder.made.splice(0, ladder.made.length - 1);
  return { ladder, channel, told };
}

describe('a channel on a lower rung', () => {
  test('looks for a better one every 30 s, from the top', () => {
    const { ladder } = connectOn('polling', () => {});
    for (let probe = 0; probe < 3; probe++) {
      ladder.made.length = 0;
      ladder.clock.advance(29_999);
      expect(ladder.names).toEqual([]);
      ladder.clock.advance(1);
      expect(ladder.names).toEqual(['websocket']);
      ladder.newest('websocket').events.closed(LOST);
      ladder.newest('streaming').events.closed(LOST);
      ladder.newest('long-polling').events.closed(LOST);
      expect(ladder.names).not.toContain('polling');
    }
  });

  test('hands the better one to its user, who hears its packets from the first on', () => {
    const heard: string[] = [];
    let taken: Channel | undefined;
    const { ladder, channel, told } = connectOn('polling', (take) => {
      taken = take({
        open: () => heard.push('open'),
        packet: (packet) => heard.push(`new ${String(packet)}`),
        close: ({ code }) => heard.push(`new closed ${code}`),
      });
    });
    ladder.clock.advance(30_000);
    const websocket = ladder.newest('websocket');
    websocket.events.opened();
    websocket.events.received('welcome');
    expect(taken?.transport).toBe('websocket');
    expect(taken?.state).toBe('open');
    ladder.newest('polling').events.received('late');
    taken?.send('again');
    expect(websocket.sent).toEqual(['again']);
    channel.close();
    ladder.newest('polling').events.closed({ code: 1000, reason: '', wasClean: true });
    websocket.events.closed(LOST);
    expect(told).toEqual(['better', 'old late', 'old closed 1000']);
    expect(heard).toEqual(['new welcome', 'new closed 1006']);
    expect(ladder.clock.pendingTimers).toBe(0);
  });

  test('closes what is not wanted, stays where it is, and asks again later', () => {
    const { ladder, channel, told } = connectOn('streaming', () => {});
    ladder.clock.advance(30_000);
    ladder.newest('websocket').events.opened();
    expect(ladder.newest('websocket').closedWith).toEqual(['1000 ']);
    expect(channel.state).toBe('open');
    expect(ladder.memory.order(ladder.rungs)[0]?.name).toBe('streaming');
    ladder.clock.advance(30_000);
    ladder.newest('websocket').events.opened();
    expect(told).toEqual(['better', 'better']);
  });

  test('refuses to hand it out twice, or later', () => {
    let kept: Take | undefined;
    const handler = { packet() {}, close() {} };
    const { ladder } = connectOn('streaming', (take) => {
      kept = take;
    });
    ladder.clock.advance(30_000);
    ladder.newest('websocket').events.opened();
    expect(() => kept?.(handler)).toThrow(TypeError);
  });

  test('goes on climbing after a step', () => {
    const steps: string[] = [];
    const climb = (take: Take): void => {
      const next = take({ packet() {}, close() {}, better: climb });
      steps.push(next.transport);
    };
    const { ladder } = connectOn('polling', climb);
    ladder.clock.advance(30_000);
    ladder.newest('websocket').events.closed(LOST);
    ladder.newest('streaming').events.opened();
    ladder.made.length = 0;
    ladder.clock.advance(30_000);
    expect(ladder.names).toEqual(['websocket']);
    ladder.newest('websocket').events.opened();
    ladder.clock.advance(300_000);
    expect(steps).toEqual(['streaming', 'websocket']);
    expect(ladder.names).toEqual(['websocket']);
  });

  test('looks on when the better one breaks before its user has left this one', () => {
    const { ladder } = connectOn('streaming', (take) => take({ packet() {}, close() {} }));
    ladder.clock.advance(30_000);
    ladder.newest('websocket').events.opened();
    ladder.newest('websocket').events.closed(LOST);
    ladder.made.length = 0;
    ladder.clock.advance(30_000);
    expect(ladder.names).toEqual(['websocket']);
  });

  test('leaves a rung alone that breaks again and again', () => {
    const { ladder } = connectOn('streaming', () => {});
    for (let i = 0; i < 3; i++) ladder.memory.broke('websocket', 100);
    ladder.clock.advance(59_999);
    expect(ladder.names).toEqual(['streaming']);
    ladder.clock.advance(1);
    expect(ladder.names).toEqual(['streaming', 'websocket']);
  });

  test('stops looking at its end, also in the middle of it', () => {
    const { ladder, told } = connectOn('streaming', () => {});
    ladder.clock.advance(30_000);
    ladder.newest('streaming').events.closed(LOST);
    expect(ladder.newest('websocket').closedWith).toEqual(['1000 ']);
    ladder.newest('websocket').events.opened();
    ladder.newest('websocket').events.closed(LOST);
    ladder.clock.advance(300_000);
    expect(told).toEqual(['old closed 1006']);
    expect(ladder.names).toEqual(['streaming', 'websocket']);
  });
});

test('a channel on the top rung looks for nothing', () => {
  const { ladder } = connectOn('websocket', () => {});
  expect(ladder.clock.pendingTimers).toBe(0);
});

test('a channel whose user does not move over looks for nothing', () => {
  const ladder = new FakeLadder();
  ladder.connect({ packet() {}, close() {} });
  ladder.newest('websocket').events.closed(LOST);
  ladder.newest('streaming').events.opened();
  expect(ladder.clock.pendingTimers).toBe(0);
});
