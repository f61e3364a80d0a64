import type { PipeHandler } from '@pairwire/pairing';
import { expect, test } from 'vitest';

import { WatchedPipe } from '../../src/simulator/watched-pipe.ts';

function createWatched() {
  const handlers: PipeHandler[] = [];
  const failures: number[] = [];
  const watched = new WatchedPipe(
    (handler) => {
      handlers.push(handler);
      return { send: () => true, close: () => {} };
    },
    (code) => failures.push(code),
  );
  const closed: number[] = [];
  const open = () => watched.open({ packet: () => {}, close: ({ code }) => closed.push(code) });
  return { watched, handlers, failures, closed, open };
}

test('the first pipe that ends before it was open is a failure, and its user hears of it, too', () => {
  const { handlers, failures, closed, open } = createWatched();
  open();
  handlers[0]?.close({ code: 1014, reason: '' });
  expect(failures).toEqual([1014]);
  expect(closed).toEqual([1014]);
});

test('a pipe given up unopened may be tried once more', () => {
  const { handlers, failures, open } = createWatched();
  open().close();
  handlers[0]?.close({ code: 1000, reason: '' });
  expect(failures).toEqual([]);
  open().close();
  expect(failures).toEqual([1006]);
});

test('once a pipe was open, its end and that of later ones are the endpoint’s to deal with', () => {
  const { handlers, failures, open } = createWatched();
  open();
  handlers[0]?.open?.();
  handlers[0]?.close({ code: 1006, reason: '' });
  open();
  handlers[1]?.close({ code: 1006, reason: '' });
  expect(failures).toEqual([]);
});

test('idle is when all pipes have ended', async () => {
  const { watched, handlers, open } = createWatched();
  await watched.idle();
  open();
  open();
  let idle = false;
  const waiting = watched.idle().then(() => {
    idle = true;
  });
  handlers[0]?.close({ code: 1000, reason: '' });
  await Promise.resolve();
  expect(idle).toBe(false);
  handlers[1]?.close({ code: 1000, reason: '' });
  await waiting;
  expect(idle).toBe(true);
});
