import { describe, expect, test } from 'vitest';

import {
  formatOpening,
  formatPath,
  parseOpening,
  parsePath,
} from '../../src/protocol/http-binding.ts';

const OPENING = { node: 'node-1', channel: 'mB4bYb0gq0Cz5mQyW3nP1A' };

describe('paths of the transports over HTTP (§8.1)', () => {
  test.each([
    ['/channel/polling', { transport: 'polling', node: undefined }],
    ['/channel/long-polling/n', { transport: 'long-polling', node: 'n' }],
    ['/channel/streaming/4f1d0c92ab37', { transport: 'streaming', node: '4f1d0c92ab37' }],
  ] as const)('%s', (path, expected) => {
    expect(parsePath(path)).toEqual(expected);
    expect(formatPath(expected.transport, expected.node)).toBe(path);
  });

  test.each([
    '/channel',
    '/channel/websocket',
    '/channel/polling/',
    '/channel/polling/a/b',
    '/channel/polling/%2e',
    `/channel/polling/${'n'.repeat(33)}`,
    '/x/channel/polling',
  ])('%s is none', (path) => {
    expect(parsePath(path)).toBeUndefined();
  });
});

describe('the answer to an opening (§8.1)', () => {
  test('says node and channel', () => {
    expect(parseOpening(formatOpening(OPENING))).toEqual(OPENING);
  });

  test.each([
    'no JSON',
    'null',
    '[]',
    '"text"',
    JSON.stringify({ ...OPENING, protocol: 'pairwire.channel.2' }),
    JSON.stringify({ ...OPENING, protocol: 'pairwire.channel.1', node: '../x' }),
    JSON.stringify({ ...OPENING, protocol: 'pairwire.channel.1', node: 1 }),
    JSON.stringify({ ...OPENING, protocol: 'pairwire.channel.1', channel: 'short' }),
    JSON.stringify({ protocol: 'pairwire.channel.1' }),
  ])('is none: %s', (text) => {
    expect(parseOpening(text)).toBeUndefined();
  });
});
