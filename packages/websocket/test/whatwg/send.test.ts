import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from '@pairwire/websocket';
import { serverFrame } from '../node/raw-peer.ts';
import { answerClose, errorOf, listen, openPair } from './helpers.ts';

function sendTo(socket: WebSocket, ...parameters: unknown[]): string | undefined {
  return errorOf(() => Reflect.apply(socket.send, socket, parameters));
}

describe('interfaces/WebSocket/send', () => {
  test('InvalidStateError while connecting, TypeError without an argument', async () => {
    const socket = new WebSocket('ws://127.0.0.1:1/');
    expect(sendTo(socket, 'x')).toBe('InvalidStateError');
    expect(sendTo(socket)).toBe('TypeError');
    expect(sendTo(socket, Symbol('x'))).toBe('TypeError');
    expect(socket.bufferedAmount).toBe(0);
    socket.close();
    expect(sendTo(socket, 'x')).toBeUndefined();
    await once(socket, 'close');
  });

  test.each<[string, unknown, number, string]>([
    ['a text', 'text', 1, 'text'],
    ['an empty text', '', 1, ''],
    ['beyond ASCII', '\u00a5\u65e5\u{1f600}', 1, '\u00a5\u65e5\u{1f600}'],
    ['a lone surrogate', '\ud800x', 1, '\ufffdx'],
    ['null', null, 1, 'null'],
    ['undefined', undefined, 1, 'undefined'],
    ['a number', 1.5, 1, '1.5'],
    ['an object', { toString: () => 'made' }, 1, 'made'],
    ['an ArrayBuffer', new TextEncoder().encode('bytes').buffer, 2, 'bytes'],
    ['an empty ArrayBuffer', new ArrayBuffer(0), 2, ''],
    ['a view', new TextEncoder().encode('a view').subarray(2, 4), 2, 'vi'],
    ['a DataView', new DataView(new TextEncoder().encode('data').buffer, 1, 2), 2, 'at'],
    ['a Uint16Array', new Uint16Array([0x6161]), 2, 'aa'],
    ['a Blob', new Blob(['blob']), 2, 'blob'],
    ['an empty Blob', new Blob([]), 2, ''],
  ])('%s', async (_, data, opcode, payload) => {
    const { socket, peer } = await openPair();
    expect(sendTo(socket, data)).toBeUndefined();
    const frame = await peer.frame();
    expect([frame.opcode, frame.payload.toString()]).toEqual([opcode, payload]);
  });

  test.each([125, 126, 65_535, 65_536, 300_000])(
    'extended-payload-length: %d bytes',
    async (length) => {
      const { socket, peer } = await openPair();
      socket.send(new Uint8Array(length).fill(7));
      expect((await peer.frame()).payload).toEqual(Buffer.alloc(length, 7));
      const heard = once(socket, 'message');
      peer.write(serverFrame('x'.repeat(length)));
      const [{ data }] = await heard;
      expect(data).toBe('x'.repeat(length));
    },
  );

  test.each([5, 300_000])(
    'bytes as they were when send() was called, %d of them',
    async (length) => {
      const { socket, peer } = await openPair();
      const bytes = new Uint8Array(length).fill(1);
      socket.send(bytes);
      bytes.fill(2);
      expect((await peer.frame()).payload).toEqual(Buffer.alloc(length, 1));
    },
  );

  test('bytes as they were, when they wait in the queue of overflow', async () => {
    const server = await listen();
    const socket = new WebSocket(server.url, [], { overflow: 'drop-oldest', highWaterBytes: 0 });
    const opened = once(socket, 'open');
    const peer = await server.open();
    await opened;
    const bytes = new Uint8Array(5).fill(1);
    for (let i = 0; i < 3; i++) socket.send(bytes);
    bytes.fill(2);
    for (let i = 0; i < 3; i++) {
      // oxlint-disable-next-line no-await-in-loop -- in order
      expect((await peer.frame()).payload).toEqual(Buffer.alloc(5, 1));
    }
  });
});

describe('interfaces/WebSocket/bufferedAmount', () => {
  test.each<[string, string | ArrayBuffer | Blob, number]>([
    ['text', '\u00e5 x', 4],
    ['unicode', '\u65e5\ud800', 6],
    ['arraybuffer', new ArrayBuffer(10), 10],
    ['blob', new Blob(['12345']), 5],
    ['large', 'x'.repeat(60_000), 60_000],
  ])('%s: counts bytes, and returns to 0 when they are sent', async (_, data, bytes) => {
    const { socket, peer } = await openPair();
    socket.send(data);
    expect(socket.bufferedAmount).toBe(bytes);
    await peer.frame();
    await expect.poll(() => socket.bufferedAmount).toBe(0);
  });

  test('does not change within a task', async () => {
    const { socket } = await openPair();
    for (let i = 1; i <= 10; i++) {
      socket.send('123');
      expect(socket.bufferedAmount).toBe(3 * i);
    }
  });

  test('grows after close(), by what is never sent, and is not reset', async () => {
    const pair = await openPair();
    const { socket } = pair;
    socket.send('sent');
    socket.close();
    socket.send('12345');
    socket.send(new Blob(['12']));
    expect(socket.bufferedAmount).toBe(11);
    expect((await pair.peer.frame()).payload.toString()).toBe('sent');
    await answerClose(pair);
    await once(socket, 'close');
    expect(socket.bufferedAmount).toBe(7);
    socket.send(new ArrayBuffer(3));
    expect(socket.bufferedAmount).toBe(10);
  });

  test('grows on a connection that never was', async () => {
    const socket = new WebSocket('ws://127.0.0.1:1/');
    await once(socket, 'close');
    socket.send('123');
    expect(socket.bufferedAmount).toBe(3);
  });

  test('cannot be set or deleted', async () => {
    const { socket } = await openPair();
    expect(Reflect.set(socket, 'bufferedAmount', 7)).toBe(false);
    expect(Reflect.deleteProperty(socket, 'bufferedAmount')).toBe(true);
    expect(socket.bufferedAmount).toBe(0);
  });
});

describe('send-many-64K-messages-with-backpressure', () => {
  test('100 of them arrive, whatever waits meanwhile', async () => {
    const { socket, peer } = await openPair();
    const message = new Uint8Array(65_536).fill(9);
    for (let i = 0; i < 100; i++) socket.send(message);
    expect(socket.bufferedAmount).toBeGreaterThan(0);
    await peer.bytes(100 * (65_536 + 14));
    await expect.poll(() => socket.bufferedAmount).toBe(0);
  });
});

describe('binary', () => {
  test('binaryType is blob, and takes nothing but its two values', async () => {
    const { socket } = await openPair();
    expect(socket.binaryType).toBe('blob');
    for (const value of ['notBlobOrArrayBuffer', 'Blob', '', null, 7, undefined]) {
      Reflect.set(socket, 'binaryType', value);
      expect(socket.binaryType).toBe('blob');
    }
    Reflect.set(socket, 'binaryType', { toString: () => 'arraybuffer' });
    expect(socket.binaryType).toBe('arraybuffer');
    expect(errorOf(() => Reflect.set(socket, 'binaryType', Symbol('blob')))).toBe('TypeError');
  });

  test('binaryType counts when the message is delivered', async () => {
    const { socket, peer } = await openPair();
    peer.write(serverFrame(Buffer.from([1, 2]), { opcode: 2 }));
    const [{ data }] = await once(socket, 'message');
    expect(data).toBeInstanceOf(Blob);
    expect([data.size, data.type]).toEqual([2, '']);
    socket.binaryType = 'arraybuffer';
    peer.write(serverFrame(Buffer.alloc(65_000, 3), { opcode: 2 }));
    const [second] = await once(socket, 'message');
    expect(second.data).toBeInstanceOf(ArrayBuffer);
    expect(Buffer.from(second.data)).toEqual(Buffer.alloc(65_000, 3));
  });
});
