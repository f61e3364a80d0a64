import { expect, test } from 'vitest';
import { SerialQueue } from '../src/serial-queue.ts';
import { settle } from './fake-environment.ts';

test('tasks run in order and never at the same time', async () => {
  const log: string[] = [];
  const queue = new SerialQueue(() => {});
  for (const name of ['a', 'b', 'c']) {
    queue.add(async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
    });
  }
  expect(log).toEqual([]);
  await settle();
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('a task that throws is reported and does not hold up the next', async () => {
  const failures: unknown[] = [];
  const queue = new SerialQueue((error) => failures.push(error));
  let ran = false;
  queue.add(() => Promise.reject(new Error('rejected')));
  queue.add(() => {
    throw new Error('thrown');
  });
  queue.add(() => {
    ran = true;
  });
  await settle();
  expect(failures).toEqual([new Error('rejected'), new Error('thrown')]);
  expect(ran).toBe(true);
});
