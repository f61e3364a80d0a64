import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CloseEvent, MessageEvent, WebSocket } from '@pairwire/websocket';
import { closeFrame, RawServer, serverFrame } from './raw-peer.ts';
import { ECHO, startServer } from './servers.ts';

async function openPair(protocols: string[] = []) {
  const server = await RawServer.listen();
  onTestFinished(() => server.close());
  const socket = new WebSocket(server.url, protocols, { closeTimeoutMs: 50 });
  const peer = await server.open();
  await once(socket, 'open');
  return { server, socket, peer };
}

/** The address of nobody, for what fails before anything is sent. */
const NOWHERE = 'ws://127.0.0.1:1/';

function domException(name: string) {
  return expect.objectContaining({ constructor: DOMException, name });
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('WebSocket constructor', () => {
  test.each(['', '/relative', 'ftp://host/', 'ws://host/#fragment', 'ws://host/#', 'ws://[', 'x'])(
    'throws a SyntaxError for the URL %j',
    (url) => {
      expect(thrownBy(() => new WebSocket(url))).toEqual(domException('SyntaxError'));
    },
  );

  test.each([[['a', 'a']], [['a', 'A']], [['a b']], [['']], [['a,b']], [['é']]])(
    'throws a SyntaxError for the subprotocols %j',
    (protocols) => {
      expect(thrownBy(() => new WebSocket(NOWHERE, protocols))).toEqual(
        domException('SyntaxError'),
      );
    },
  );

  test.each([
    [{ maxMessageByte: 1 }, TypeError],
    [{ maxMessageBytes: '1' }, TypeError],
    [{ maxMessageBytes: -1 }, RangeError],
    [{ closeTimeoutMs: 1.5 }, RangeError],
    [{ pingIntervalMs: 2 ** 31 }, RangeError],
    [{ highWaterBytes: 2, maxBufferedBytes: 1 }, RangeError],
    [{ headers: { 'sec-websocket-key': 'x' } }, TypeError],
    [{ headers: { upgrade: 'x' } }, TypeError],
    [{ headers: { x: 'a\r\nb' } }, TypeError],
  ])('refuses the options %j', (options, error) => {
    expect(() => new WebSocket(NOWHERE, [], options as object)).toThrow(error);
  });

  test('turns http into ws', async () => {
    const { port } = await startServer();
    const socket = new WebSocket(`http://127.0.0.1:${port}/x?y`);
    expect(socket.url).toBe(`ws://127.0.0.1:${port}/x?y`);
    await once(socket, 'open');
    socket.close();
    await once(socket, 'close');
  });
});

describe('WebSocket interface', () => {
  test('has the four states as constants, 0 to 3, on class and instance', () => {
    const names = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const;
    for (const [value, name] of names.entries()) {
      for (const owner of [WebSocket, WebSocket.prototype]) {
        expect(Object.getOwnPropertyDescriptor(owner, name)).toEqual({
          value,
          enumerable: true,
          writable: false,
          configurable: false,
        });
      }
    }
    expect(Object.prototype.toString.call(WebSocket.prototype)).toBe('[object WebSocket]');
    expect(WebSocket.prototype).toBeInstanceOf(EventTarget);
  });

  test('goes through the states', async () => {
    const { port } = await startServer({ handler: ECHO });
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    const states: number[] = [socket.readyState];
    socket.onopen = () => {
      states.push(socket.readyState);
      socket.close();
      states.push(socket.readyState);
    };
    await once(socket, 'close');
    states.push(socket.readyState);
    expect(states).toEqual([0, 1, 2, 3]);
  });

  test('is CLOSING once the server has sent Close', async () => {
    const { socket, peer } = await openPair();
    peer.write(closeFrame(1000, '', { mask: undefined }));
    await peer.frame();
    await expect.poll(() => socket.readyState).toBe(WebSocket.CLOSING);
    peer.socket.end();
    await once(socket, 'close');
  });

  test('sets on… attributes as HTML says', async () => {
    const { socket, peer } = await openPair();
    const calls: string[] = [];
    expect(socket.onmessage).toBeNull();
    const first = () => calls.push('first');
    socket.onmessage = first;
    expect(socket.onmessage).toBe(first);
    socket.addEventListener('message', () => calls.push('listener'));
    // Another function takes the place of the first one, before the listener.
    socket.onmessage = function (event) {
      calls.push(this === socket && event.target === socket ? 'second' : 'lost');
    };
    peer.write(serverFrame('x'));
    await once(socket, 'message');
    expect(calls).toEqual(['second', 'listener']);
    socket.onmessage = 7 as never;
    expect(socket.onmessage).toBeNull();
    const object = {} as never;
    socket.onmessage = object;
    expect(socket.onmessage).toBe(object);
    socket.onmessage = null;
    peer.write(serverFrame('x'));
    await once(socket, 'message');
    expect(calls).toEqual(['second', 'listener', 'listener']);
  });

  test('throws a TypeError on a foreign object', () => {
    const get = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'readyState')?.get;
    expect(() => get?.call({})).toThrow(TypeError);
  });
});

describe('WebSocket receives', () => {
  test('text as a string, with the origin of the server', async () => {
    const { socket, peer } = await openPair();
    peer.write(serverFrame('您好'));
    const [event] = await once(socket, 'message');
    expect(event).toBeInstanceOf(MessageEvent);
    expect(event).toMatchObject({ data: '您好', origin: new URL(socket.url).origin });
  });

  test('binary as a Blob by default, as an ArrayBuffer of its own when asked', async () => {
    const { socket, peer } = await openPair();
    expect(socket.binaryType).toBe('blob');
    peer.write(serverFrame(Buffer.from([1, 2, 3]), { opcode: 2 }));
    const [first] = await once(socket, 'message');
    expect(first.data).toBeInstanceOf(Blob);
    expect(new Uint8Array(await first.data.arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]));
    socket.binaryType = 'arraybuffer';
    socket.binaryType = 'nodebuffer' as never;
    expect(socket.binaryType).toBe('arraybuffer');
    peer.write(serverFrame(Buffer.from([4, 5]), { opcode: 2 }));
    const [second] = await once(socket, 'message');
    expect(second.data).toEqual(new Uint8Array([4, 5]).buffer);
  });

  test('every message in a task of its own, all before close', async () => {
    const { socket, peer } = await openPair();
    const seen: unknown[] = [];
    socket.onclose = () => seen.push('close');
    socket.onmessage = ({ data }) => {
      seen.push(data);
      queueMicrotask(() => seen.push(['after', data]));
    };
    peer.write(
      Buffer.concat([
        serverFrame('1'),
        serverFrame('2'),
        closeFrame(1000, '', { mask: undefined }),
      ]),
    );
    peer.socket.end();
    await once(socket, 'close');
    expect(seen).toEqual(['1', ['after', '1'], '2', ['after', '2'], 'close']);
  });

  test('nothing more once it has been closed', async () => {
    const { socket, peer } = await openPair();
    const seen: unknown[] = [];
    socket.onmessage = ({ data }) => seen.push(data);
    socket.close();
    await peer.frame();
    peer.write(Buffer.concat([serverFrame('late'), closeFrame(1000, '', { mask: undefined })]));
    peer.socket.end();
    await once(socket, 'close');
    expect(seen).toEqual([]);
  });

  test('a masked frame as a breach of §5.1: error, then close with 1006', async () => {
    const { socket, peer } = await openPair();
    const events: unknown[] = [];
    socket.onerror = ({ error, message }) => events.push([error, message]);
    socket.onclose = (event) => events.push(event);
    peer.write(serverFrame('x', { mask: [1, 2, 3, 4] }));
    expect(await peer.closeCode()).toBe(1002);
    await once(socket, 'close');
    expect(events).toEqual([
      [expect.objectContaining({ code: 'PW_WS_MASKED_FRAME' }), expect.any(String)],
      expect.objectContaining({ constructor: CloseEvent, code: 1006, reason: '', wasClean: false }),
    ]);
  });

  test.each<[string, Buffer, number]>([
    ['a length that is not minimal', serverFrame('x', { lengthBits: 16 }), 1002],
    ['bad UTF-8 in a first fragment', serverFrame(Buffer.from([0xff]), { fin: false }), 1007],
    ['a message above the limit', serverFrame('', { opcode: 2, claimedLength: 2 ** 21 }), 1009],
  ])('%s as a breach', async (_, bytes, code) => {
    const { socket, peer } = await openPair();
    peer.write(bytes);
    expect(await peer.closeCode()).toBe(code);
    await once(socket, 'close');
  });
});

describe('WebSocket sends', () => {
  test('nothing while connecting: InvalidStateError', () => {
    const socket = new WebSocket(NOWHERE);
    expect(thrownBy(() => socket.send('x'))).toEqual(domException('InvalidStateError'));
    socket.close();
  });

  test('masked frames, each with its own key (§5.3)', async () => {
    const { socket, peer } = await openPair();
    const keys = new Set<string>();
    for (let i = 0; i < 50; i++) socket.send('same text');
    const bytes = await peer.bytes(50 * (2 + 4 + 9));
    for (let at = 0; at < bytes.length; at += 15) {
      expect(bytes[at + 1]).toBe(0x80 | 9);
      keys.add(bytes.toString('hex', at + 2, at + 6));
    }
    expect(keys.size).toBe(50);
  });

  test('text, lone surrogates as U+FFFD, and anything else as text', async () => {
    const { socket, peer } = await openPair();
    socket.send('a\ud800b');
    socket.send(42 as never);
    socket.send(null as never);
    expect((await peer.frame()).payload.toString()).toBe('a\ufffdb');
    expect(await peer.frame()).toMatchObject({ opcode: 1, payload: Buffer.from('42') });
    expect((await peer.frame()).payload.toString()).toBe('null');
  });

  test('blobs in their turn, and closes after them', async () => {
    const { socket, peer } = await openPair();
    const bytes = new Uint8Array([7]);
    socket.send(new Blob(['blob']));
    socket.send('text');
    socket.send(bytes);
    bytes[0] = 8;
    expect(socket.bufferedAmount).toBe(9);
    socket.close(3000);
    socket.send('too late');
    expect(await peer.frame()).toMatchObject({ opcode: 2, payload: Buffer.from('blob') });
    expect(await peer.frame()).toMatchObject({ opcode: 1, payload: Buffer.from('text') });
    expect(await peer.frame()).toMatchObject({ opcode: 2, payload: Buffer.from([7]) });
    expect(await peer.closeCode()).toBe(3000);
  });
});

describe('WebSocket closes', () => {
  test.each([0, 999, 1001, 1005, 2999, 5000, 65_536 + 1000, Number.NaN])(
    'not with code %d: InvalidAccessError',
    async (code) => {
      const { socket } = await openPair();
      expect(thrownBy(() => socket.close(code))).toEqual(domException('InvalidAccessError'));
      expect(socket.readyState).toBe(WebSocket.OPEN);
    },
  );

  test('not with a reason of 124 bytes: SyntaxError', async () => {
    const { socket } = await openPair();
    const reason = '好'.repeat(41);
    expect(thrownBy(() => socket.close(1000, `${reason}x`))).toEqual(domException('SyntaxError'));
    expect(() => socket.close(1000, reason)).not.toThrow();
  });

  test.each<[Parameters<WebSocket['close']>, string]>([
    [[], ''],
    [[3000], '0bb8'],
    [[3000, 'x'], '0bb878'],
    [[undefined, 'x'], '03e878'],
  ])('with %j', async (parameters, payload) => {
    const { socket, peer } = await openPair();
    socket.close(...parameters);
    expect((await peer.frame()).payload.toString('hex')).toBe(payload);
  });

  test('once', async () => {
    const { port } = await startServer();
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    let closes = 0;
    socket.onclose = () => (closes += 1);
    await once(socket, 'open');
    socket.close(1000);
    socket.close(3000);
    await socket[Symbol.asyncDispose]();
    socket.close();
    await socket[Symbol.asyncDispose]();
    expect(closes).toBe(1);
  });
});
