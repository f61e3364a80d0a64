import { expect, test } from 'vitest';

import { KeyedQueue } from '../../src/relay/keyed-queue.ts';
import { settle } from './fake-clock.ts';

test('tasks of one key run one after the other, those of another key at once', async () => {
  const queue = new KeyedQueue();
  const ran: string[] = [];
  const gates = new Map<string, () => void>();
  const task = (name: string) => () =>
    new Promise<void>((resolve) => {
      ran.push(name);
      gates.set(name, resolve);
    });
  const all = [queue.run('a', task('a1')), queue.run('a', task('a2')), queue.run('b', task('b1'))];
  expect(ran).toEqual(['a1', 'b1']);
  gates.get('a1')?.();
  await settle();
  expect(ran).toEqual(['a1', 'b1', 'a2']);
  gates.get('a2')?.();
  gates.get('b1')?.();
  await Promise.all(all);
  await settle();
  expect(queue.size).toBe(0);
});

test('a task that fails tells who asked for it, and the next one runs', async () => {
  const queue = new KeyedQueue();
  const failed = queue.run('a', () => Promise.reject(new Error('no')));
  const next = queue.run('a', () => Promise.resolve(2));
  await expect(failed).rejects.toThrow('no');
  await expect(next).resolves.toBe(2);
});
