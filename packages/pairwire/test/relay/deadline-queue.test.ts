import { describe, expect, test } from 'vitest';

import { DeadlineQueue } from '../../src/relay/deadline-queue.ts';
import { FakeClock } from './fake-clock.ts';

function create() {
  const clock = new FakeClock();
  const due: string[] = [];
  const queue = new DeadlineQueue<string>(clock, 1_000, (key) => due.push(key));
  return { clock, due, queue };
}

describe('a deadline queue', () => {
  test('reports each key once, at its time, with one timer for all of them', async () => {
    const { clock, due, queue } = create();
    queue.set('a');
    await clock.advance(400);
    queue.set('b');
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(599);
    expect(due).toEqual([]);
    await clock.advance(1);
    expect(due).toEqual(['a']);
    await clock.advance(400);
    expect(due).toEqual(['a', 'b']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('gives a key that is set again the whole time', async () => {
    const { clock, due, queue } = create();
    queue.set('a');
    queue.set('b');
    await clock.advance(900);
    queue.set('a');
    expect(queue.oldest()).toBe('b');
    expect(queue.remainingMs('a')).toBe(1_000);
    await clock.advance(100);
    expect(due).toEqual(['b']);
  });

  test('says nothing of a key that was taken away, even by the one before it', async () => {
    const clock = new FakeClock();
    const due: string[] = [];
    const queue: DeadlineQueue<string> = new DeadlineQueue(clock, 10, (key) => {
      due.push(key);
      queue.delete('b');
    });
    queue.set('a');
    queue.set('b');
    await clock.advance(10);
    expect(due).toEqual(['a']);
    expect(queue.remainingMs('b')).toBeUndefined();
  });

  test('goes on when a key is set while another falls due', async () => {
    const clock = new FakeClock();
    let rounds = 0;
    const queue: DeadlineQueue<string> = new DeadlineQueue(clock, 10, (key) => {
      rounds += 1;
      queue.set(key);
    });
    queue.set('a');
    await clock.advance(35);
    expect(rounds).toBe(3);
    expect(clock.pendingTimers).toBe(1);
    queue.clear();
    expect([clock.pendingTimers, queue.size]).toEqual([0, 0]);
  });
});
