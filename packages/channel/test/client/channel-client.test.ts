import { describe, expect, test } from 'vitest';

import { connectChannel, type ChannelClientOptions } from '../../src/client/index.ts';
import { CLIENT_DEFAULTS } from '../../src/client/options.ts';
import { FakeWebSocket } from '../fake-websocket.ts';

const handler = { packet() {}, close() {} };

function connect(url: string, options: ChannelClientOptions = {}) {
  connectChannel(url, handler, {
    WebSocket: FakeWebSocket,
    transport: 'websocket',
    openTimeoutMs: 0,
    ...options,
  });
  return FakeWebSocket.last.url;
}

describe('the address of a channel', () => {
  test.each([
    ['http://localhost:1818', 'ws://localhost:1818/channel/websocket'],
    ['https://pair.example', 'wss://pair.example/channel/websocket'],
    ['https://pair.example/', 'wss://pair.example/channel/websocket'],
    ['ws://[::1]:1818', 'ws://[::1]:1818/channel/websocket'],
    ['wss://pair.example:443', 'wss://pair.example/channel/websocket'],
    ['https://example.com/pair/wire//', 'wss://example.com/pair/wire/channel/websocket'],
    ['http://localhost:1818/?a=b#c', 'ws://localhost:1818/channel/websocket'],
  ])('%s becomes %s', (url, expected) => {
    expect(connect(url)).toBe(expected);
  });

  test.each(['', 'localhost:1818', '/channel', 'ftp://x', 'coap://x', 'https://user:secret@x'])(
    '%j is refused with a TypeError that does not repeat it',
    (url) => {
      expect(() => connect(url)).toThrow(TypeError);
      expect(() => connect(url)).not.toThrow(/secret/);
    },
  );
});

describe('options of the client', () => {
  test('must be known and possible', () => {
    expect(() => connect('http://x', { maxPacketByte: 1 } as ChannelClientOptions)).toThrow(
      "unknown option 'maxPacketByte'",
    );
    expect(() => connect('http://x', { maxPacketBytes: 0 })).toThrow(RangeError);
    expect(() => connect('http://x', { openTimeoutMs: '1' as unknown as number })).toThrow(
      TypeError,
    );
    expect(() => connect('http://x', { openTimeoutMs: 2 ** 31 })).toThrow(RangeError);
    expect(() => connect('http://x', { highWaterBytes: 2, maxBufferedBytes: 1 })).toThrow(
      'highWaterBytes (2) must not exceed maxBufferedBytes (1)',
    );
  });

  test('need a WebSocket where the runtime has none', () => {
    const { WebSocket } = globalThis as { WebSocket?: unknown };
    expect(WebSocket).toBeUndefined();
    expect(() => connectChannel('http://x', handler)).toThrow('pass one as the option WebSocket');
  });

  test('have frozen defaults', () => {
    expect(Object.isFrozen(CLIENT_DEFAULTS)).toBe(true);
    expect(CLIENT_DEFAULTS).toEqual({
      maxPacketBytes: 66_560,
      highWaterBytes: 65_536,
      maxBufferedBytes: 1_048_576,
      closeTimeoutMs: 5_000,
      openTimeoutMs: 10_000,
      rungTimeoutMs: 2_500,
      probeIntervalMs: 30_000,
    });
  });
});
