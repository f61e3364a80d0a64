import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { readBody } from '../../src/server/request-body.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Reads what the test writes into the stream. */
function reading(maxBytes: number) {
  const request = new PassThrough();
  const told: string[] = [];
  readBody(request as unknown as IncomingMessage, maxBytes, (body) => told.push(String(body)));
  return { request, told };
}

/** Streams tell of what happened to them by process.nextTick, which no fake clock holds back. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => process.nextTick(resolve));
}

test('a body is told once, whole, however it was cut', async () => {
  const { request, told } = reading(10);
  for (const letter of 'abcdefghij') {
    request.write(letter);
    await settle();
  }
  request.end();
  await settle();
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual(['abcdefghij']);
});

test('one byte too many is refused, and the rest read and dropped', async () => {
  const { request, told } = reading(10);
  request.write('abcdefghijk');
  await settle();
  expect(told).toEqual(['too-large']);
  request.end('x'.repeat(100_000));
  await settle();
  expect([told, request.readableLength]).toEqual([['too-large'], 0]);
});

test('a body that takes longer than 30 s is refused (§8.11)', async () => {
  const { request, told } = reading(10);
  request.write('slow');
  await settle();
  vi.advanceTimersByTime(29_999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  request.end('ly');
  await settle();
  expect(told).toEqual(['too-slow']);
});

test('a client that is gone in the middle is no body', async () => {
  const { request, told } = reading(10);
  request.write('half');
  await settle();
  request.destroy();
  await settle();
  expect(told).toEqual(['cut-off']);
  expect(vi.getTimerCount()).toBe(0);
});
