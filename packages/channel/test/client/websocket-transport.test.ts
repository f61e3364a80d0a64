import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { connectChannel, type ChannelClose } from '../../src/client/index.ts';
import { FakeWebSocket } from '../fake-websocket.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  const timers = vi.getTimerCount();
  vi.useRealTimers();
  if (timers > 0) throw new Error(`${timers} timers are left`);
});

function connect(options = {}) {
  const told: string[] = [];
  const closes: ChannelClose[] = [];
  const channel = connectChannel(
    'http://localhost',
    {
      open: () => told.push('open'),
      packet: (packet) => told.push(typeof packet === 'string' ? packet : `bytes ${packet.length}`),
      drain: () => told.push('drain'),
      close: (close) => {
        closes.push(close);
        told.push(`close ${close.code} ${close.wasClean} ${close.error?.code ?? ''}`.trim());
      },
    },
    { WebSocket: FakeWebSocket, transport: 'websocket', ...options },
  );
  return { channel, told, closes, socket: FakeWebSocket.last };
}

describe('a client on a WebSocket', () => {
  test('offers the subprotocol, asks for array buffers and opens', () => {
    const { told, socket } = connect();
    expect(socket.offered).toEqual(['pairwire.channel.1']);
    expect(socket.binaryType).toBe('arraybuffer');
    socket.open();
    socket.receive('text');
    socket.receive(new ArrayBuffer(3));
    socket.closed(4001, 'slow', true);
    expect(told).toEqual(['open', 'text', 'bytes 3', 'close 4001 true']);
  });

  test('ends when the server does not speak the subprotocol', () => {
    const { told, socket } = connect();
    socket.open('');
    expect(socket.closedWith).toEqual([4903]);
    expect(told).toEqual(['close 4903 false PW_CHANNEL_SUBPROTOCOL']);
  });

  test('ends when the connection is refused', () => {
    const { told, socket } = connect();
    socket.onerror?.({});
    socket.closed();
    expect(told).toEqual(['close 1006 false PW_CHANNEL_OPEN_FAILED']);
  });

  test('ends like any other when the WebSocket cannot even be made', async () => {
    class Forbidden extends FakeWebSocket {
      constructor(url: string) {
        super(url);
        throw new DOMException('mixed content', 'SecurityError');
      }
    }
    const { told, closes } = connect({ WebSocket: Forbidden });
    expect(told).toEqual([]);
    await Promise.resolve();
    expect(told).toEqual(['close 1006 false PW_CHANNEL_OPEN_FAILED']);
    expect(closes[0]?.error?.cause).toMatchObject({ name: 'SecurityError' });
  });

  test('ends when opening takes longer than openTimeoutMs, and hears nothing afterwards', () => {
    const { told, socket } = connect({ openTimeoutMs: 2_500 });
    vi.advanceTimersByTime(2_499);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(socket.closedWith).toHaveLength(1);
    socket.open();
    socket.receive('late');
    socket.closed();
    expect(told).toEqual(['close 1006 false PW_CHANNEL_OPEN_TIMEOUT']);
  });

  test('waits as long as the WebSocket when openTimeoutMs is 0', () => {
    const { told, socket } = connect({ openTimeoutMs: 0 });
    vi.advanceTimersByTime(3_600_000);
    socket.open();
    socket.closed(1001, '', true);
    expect(told).toEqual(['open', 'close 1001 true']);
  });

  test('does not wait for a confirmation of the end longer than closeTimeoutMs', () => {
    const { channel, told, socket } = connect({ closeTimeoutMs: 1_000 });
    socket.open();
    channel.close(4005, 'enough');
    expect(socket.closedWith).toEqual([4005]);
    vi.advanceTimersByTime(1_000);
    socket.closed(4005, 'enough', true);
    expect(told).toEqual(['open', 'close 1006 false PW_CHANNEL_CLOSE_TIMEOUT']);
  });

  test('that is ended before it opened has not failed', () => {
    const { channel, told, socket } = connect();
    channel.close();
    socket.closed();
    expect(told).toEqual(['close 1006 false']);
  });

  test.each([[new Blob(['x'])], [null], [7]])('refuses %s as no packet', (data) => {
    const { socket, told } = connect();
    socket.open();
    socket.receive(data);
    expect(socket.closedWith).toEqual([4900]);
    socket.closed(4900, '', true);
    expect(told.at(-1)).toBe('close 4900 true PW_CHANNEL_BAD_PACKET');
  });

  test('pauses a WebSocket that can be paused', () => {
    const calls: string[] = [];
    class Pausable extends FakeWebSocket {
      pause() {
        calls.push('pause');
      }
      resume() {
        calls.push('resume');
      }
    }
    const { channel, socket } = connect({ WebSocket: Pausable });
    socket.open();
    channel.pause();
    channel.resume();
    socket.closed();
    expect(calls).toEqual(['pause', 'resume']);
  });
});

describe('back-pressure without polling', () => {
  const MARK = new Uint8Array(0);

  test('a mark follows what waits, and its return is the drain', () => {
    const { channel, told, socket } = connect({ highWaterBytes: 10 });
    socket.open();
    expect(channel.send('x'.repeat(10))).toBe(true);
    expect(channel.send('x')).toBe(false);
    expect(socket.sent.at(-1)).toEqual(MARK);
    expect(channel.send('y')).toBe(false);
    expect(socket.sent.at(-1)).toBe('y');
    socket.bufferedAmount = 1;
    socket.receive(new ArrayBuffer(0));
    expect(told).toEqual(['open', 'drain']);
    expect(channel.send('z')).toBe(true);
    socket.closed(1000, '', true);
  });

  test('another mark is sent when much was sent behind the first', () => {
    const { channel, told, socket } = connect({ highWaterBytes: 10 });
    socket.open();
    channel.send('x'.repeat(11));
    channel.send('x'.repeat(11));
    socket.bufferedAmount = 11;
    socket.receive(new ArrayBuffer(0));
    expect(told).toEqual(['open']);
    expect(socket.sent.filter((data) => data.length === 0)).toHaveLength(2);
    socket.bufferedAmount = 0;
    socket.receive(new ArrayBuffer(0));
    expect(told).toEqual(['open', 'drain']);
    socket.closed(1000, '', true);
  });

  test('marks nobody asked for are ignored', () => {
    const { told, socket } = connect();
    socket.open();
    for (let i = 0; i < 100; i++) socket.receive(new ArrayBuffer(0));
    socket.closed(1000, '', true);
    expect(told).toEqual(['open', 'close 1000 true']);
  });

  test('every packet is followed by a mark with a high-water mark of 0', () => {
    const { channel, told, socket } = connect({ highWaterBytes: 0 });
    socket.open();
    expect(channel.send('x')).toBe(false);
    socket.bufferedAmount = 0;
    socket.receive(new ArrayBuffer(0));
    expect(told).toEqual(['open', 'drain']);
    socket.closed(1000, '', true);
  });
});
