import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { CloseEvent, ErrorEvent, WebSocket } from '@pairwire/websocket';
import { answerClose, closeFromServer, errorOf, listen, openPair } from './helpers.ts';

function closeWith(socket: WebSocket, ...parameters: unknown[]): string | undefined {
  return errorOf(() => Reflect.apply(socket.close, socket, parameters));
}

describe('close-invalid', () => {
  test.each([0, 500, 999, 1001, 1005, 2999, 5000, -1000, 65_536 + 1000, Number.NaN, null, '0'])(
    'InvalidAccessError for the code %j, whatever the state',
    async (code) => {
      const connecting = new WebSocket('ws://127.0.0.1:1/');
      expect(closeWith(connecting, code)).toBe('InvalidAccessError');
      connecting.close();
      const closed = once(connecting, 'close');
      expect(closeWith(connecting, code)).toBe('InvalidAccessError');
      await closed;
      expect(closeWith(connecting, code)).toBe('InvalidAccessError');
    },
  );

  test('TypeError for what is no number and no text', async () => {
    const { socket } = await openPair();
    expect(closeWith(socket, Symbol('code'))).toBe('TypeError');
    expect(closeWith(socket, 1000n)).toBe('TypeError');
    expect(closeWith(socket, 0, Symbol('reason'))).toBe('TypeError');
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  test('the code is looked at before the reason', async () => {
    const { socket } = await openPair();
    expect(closeWith(socket, 2999, 'x'.repeat(124))).toBe('InvalidAccessError');
  });
});

describe('Close-Reason', () => {
  test('SyntaxError for more than 123 bytes of UTF-8', async () => {
    const { socket } = await openPair();
    expect(closeWith(socket, 1000, 'x'.repeat(124))).toBe('SyntaxError');
    expect(closeWith(socket, undefined, '\u00e9'.repeat(62))).toBe('SyntaxError');
    // Three bytes each, once they are U+FFFD.
    expect(closeWith(socket, 1000, '\ud800'.repeat(42))).toBe('SyntaxError');
    expect(socket.readyState).toBe(WebSocket.OPEN);
    expect(closeWith(socket, 1000, '\ud800'.repeat(41))).toBeUndefined();
  });

  test('unpaired surrogates become U+FFFD', async () => {
    const { socket, peer } = await openPair();
    socket.close(1000, '\ud807x');
    expect((await peer.frame()).payload.toString('utf8', 2)).toBe('\ufffdx');
  });

  test('null is a text, undefined is none', async () => {
    const [one, two] = [await openPair(), await openPair()];
    expect(closeWith(one.socket, 1000, null)).toBeUndefined();
    expect((await one.peer.frame()).payload.toString('utf8', 2)).toBe('null');
    expect(closeWith(two.socket, undefined, undefined)).toBeUndefined();
    expect((await two.peer.frame()).payload.length).toBe(0);
  });
});

describe('Close-code', () => {
  test.each([
    [[], undefined],
    [[1000], 1000],
    [['1000'], 1000],
    [[3000.5], 3000],
    [[3001.5], 3002],
    [[4999, 'reason'], 4999],
    [[undefined, 'reason'], 1000],
    [[undefined, ''], 1000],
  ])('close(...%j) sends %j, and hears it back', async (parameters, code) => {
    const pair = await openPair();
    const closed = once(pair.socket, 'close');
    expect(closeWith(pair.socket, ...parameters)).toBeUndefined();
    expect(await answerClose(pair)).toBe(code);
    expect(await closed).toMatchObject([
      { code: code ?? 1005, reason: parameters[1] ?? '', wasClean: true },
    ]);
  });
});

describe('interfaces/WebSocket/close', () => {
  test('while connecting: CLOSING at once, then error and close with 1006, later', async () => {
    const server = await listen();
    const socket = new WebSocket(server.url);
    const events: unknown[] = [];
    for (const type of ['open', 'error', 'close'] as const) {
      socket.addEventListener(type, (event) => events.push([event.type, socket.readyState]));
    }
    socket.close();
    socket.close(3000, 'ignored');
    expect(socket.readyState).toBe(WebSocket.CLOSING);
    expect(events).toEqual([]);
    const [close] = await once(socket, 'close');
    expect(events).toEqual([
      ['error', WebSocket.CLOSED],
      ['close', WebSocket.CLOSED],
    ]);
    expect(close).toMatchObject({ code: 1006, reason: '', wasClean: false });
  });

  test('on a blocked port: error and close come once', async () => {
    const socket = new WebSocket('ws://127.0.0.1:25/');
    const events: string[] = [];
    socket.onerror = ({ type }) => events.push(type);
    socket.onclose = ({ type }) => events.push(type);
    socket.close();
    await once(socket, 'close');
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual(['error', 'close']);
  });

  test('more than once does nothing, also inside of listeners', async () => {
    const pair = await openPair();
    const { socket } = pair;
    let closes = 0;
    socket.onclose = () => {
      closes += 1;
      socket.close();
    };
    socket.close();
    socket.close(3000);
    expect(await answerClose(pair)).toBeUndefined();
    await once(socket, 'close');
    socket.close();
    expect(closes).toBe(1);
    expect(socket.readyState).toBe(WebSocket.CLOSED);
  });
});

describe('interfaces/CloseEvent', () => {
  test('tells what the server said', async () => {
    const pair = await openPair();
    const closed = once(pair.socket, 'close');
    await closeFromServer(pair, 4321, 'Grund');
    const [event] = await closed;
    expect(event).toBeInstanceOf(CloseEvent);
    expect(event).toMatchObject({ code: 4321, reason: 'Grund', wasClean: true });
    expect([event.bubbles, event.cancelable]).toEqual([false, false]);
  });

  test('is 1005 when the server named no code', async () => {
    const pair = await openPair();
    const closed = once(pair.socket, 'close');
    await closeFromServer(pair);
    expect(await closed).toMatchObject([{ code: 1005, reason: '', wasClean: true }]);
  });

  test('is 1006 after TCP ended without a Close frame', async () => {
    const { socket, peer } = await openPair();
    const events: string[] = [];
    socket.onerror = (event) => {
      expect(event).toBeInstanceOf(ErrorEvent);
      events.push(event.type);
    };
    const closed = once(socket, 'close');
    peer.destroy();
    expect(await closed).toMatchObject([{ code: 1006, reason: '', wasClean: false }]);
    expect(events).toEqual(['error']);
  });
});

describe('closing-handshake', () => {
  test('a message after close() is not heard, one before it is', async () => {
    const pair = await openPair();
    const { socket, peer } = pair;
    socket.send('before');
    socket.close(1000);
    socket.send('after');
    expect((await peer.frame()).payload.toString()).toBe('before');
    expect(await answerClose(pair)).toBe(1000);
    await once(socket, 'close');
  });

  test('is CLOSING while the server ends it, and its code is echoed', async () => {
    const pair = await openPair();
    const states: number[] = [];
    const closed = once(pair.socket, 'close');
    pair.socket.onclose = () => states.push(pair.socket.readyState);
    await closeFromServer(pair, 3456, 'pizza');
    expect(await closed).toMatchObject([{ code: 3456, reason: 'pizza', wasClean: true }]);
    expect(states).toEqual([WebSocket.CLOSED]);
  });
});
