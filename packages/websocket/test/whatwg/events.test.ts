import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { CloseEvent, MessageEvent, WebSocket } from '@pairwire/websocket';
import { closeFrame, serverFrame } from '../node/raw-peer.ts';
import { connecting, errorOf, listen, openPair } from './helpers.ts';

const ATTRIBUTES = ['onopen', 'onmessage', 'onerror', 'onclose'] as const;

/** One line for each event, as long as the connection lasts. */
function record(socket: WebSocket): string[] {
  const lines: string[] = [];
  for (const type of ['open', 'message', 'error', 'close']) {
    socket.addEventListener(type, (event) => {
      const data = event instanceof MessageEvent ? ` ${String(event.data)}` : '';
      lines.push(`${type}${data} ${socket.readyState}`);
    });
  }
  return lines;
}

describe('interfaces/WebSocket/events', () => {
  test('open, then messages, then close', async () => {
    const server = await listen();
    const socket = new WebSocket(server.url);
    const lines = record(socket);
    const peer = await server.open();
    peer.write(
      Buffer.concat([
        serverFrame('1'),
        serverFrame('2'),
        closeFrame(1000, '', { mask: undefined }),
      ]),
    );
    peer.socket.end();
    await once(socket, 'close');
    expect(lines).toEqual(['open 1', 'message 1 1', 'message 2 1', 'close 3']);
  });

  test('error, then close, when there is nobody', async () => {
    const socket = new WebSocket('ws://127.0.0.1:1/', [], { allowBlockedPorts: true });
    const lines = record(socket);
    await once(socket, 'close');
    expect(lines).toEqual(['error 3', 'close 3']);
  });

  test('error, then close, when the server refuses', async () => {
    const server = await listen();
    const socket = new WebSocket(server.url, 'chat');
    const lines = record(socket);
    const peer = await server.accept();
    await peer.head();
    peer.socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    await once(socket, 'close');
    expect(lines).toEqual(['error 3', 'close 3']);
  });

  test('do not bubble, cannot be cancelled, and are of their interfaces', async () => {
    const { socket, peer } = await openPair();
    peer.write(serverFrame('x'));
    const [message] = await once(socket, 'message');
    expect(message).toBeInstanceOf(MessageEvent);
    expect([message.bubbles, message.cancelable]).toEqual([false, false]);
    expect([message.lastEventId, message.source, message.ports]).toEqual(['', null, []]);
    expect(Object.isFrozen(message.ports)).toBe(true);
    peer.destroy();
    const [close] = await once(socket, 'close');
    expect(close).toBeInstanceOf(CloseEvent);
  });

  test('the origin of a message is that of the URL', async () => {
    const { server, socket, peer } = await openPair();
    peer.write(serverFrame('x'));
    const [{ origin }] = await once(socket, 'message');
    expect(origin).toBe(`ws://127.0.0.1:${server.port}`);
  });

  test('go to objects with handleEvent, too', async () => {
    const { socket, peer } = await openPair();
    const listener = {
      heard: [] as unknown[],
      handleEvent(event: Event) {
        this.heard.push(event.type);
      },
    };
    socket.addEventListener('message', listener);
    peer.write(serverFrame('x'));
    await once(socket, 'message');
    expect(listener.heard).toEqual(['message']);
  });
});

describe('eventhandlers', () => {
  test.each(ATTRIBUTES)('%s is null, and keeps functions and objects only', (name) => {
    const socket = connecting();
    expect(socket[name]).toBeNull();
    const listener = () => {};
    const object = { handleEvent: () => {} };
    for (const [given, kept] of [
      [listener, listener],
      [object, object],
      [7, null],
      [listener, listener],
      ['text', null],
      [undefined, null],
      [Symbol('x'), null],
    ]) {
      Reflect.set(socket, name, given);
      expect(socket[name]).toBe(kept);
    }
  });

  test('handleEvent of an attribute is not called', async () => {
    const { socket, peer } = await openPair();
    let called = false;
    Reflect.set(socket, 'onmessage', {
      handleEvent: () => {
        called = true;
      },
    });
    peer.write(serverFrame('x'));
    await once(socket, 'message');
    expect(called).toBe(false);
  });

  test('have the place where they were first set; a new one after null has the last', () => {
    const socket = connecting();
    const calls: string[] = [];
    socket.onmessage = () => calls.push('first');
    socket.addEventListener('message', () => calls.push('listener'));
    socket.onmessage = () => calls.push('second');
    socket.dispatchEvent(new Event('message'));
    socket.onmessage = null;
    socket.onmessage = () => calls.push('third');
    socket.dispatchEvent(new Event('message'));
    expect(calls).toEqual(['second', 'listener', 'listener', 'third']);
  });

  test('false cancels what can be cancelled', () => {
    const socket = connecting();
    socket.onopen = () => false;
    expect(socket.dispatchEvent(new Event('open', { cancelable: true }))).toBe(false);
    expect(socket.dispatchEvent(new Event('open'))).toBe(true);
  });
});

describe('CloseEvent and MessageEvent constructors', () => {
  test('have defaults for everything but the type', () => {
    expect(new CloseEvent('x')).toMatchObject({ code: 0, reason: '', wasClean: false });
    const message = new MessageEvent('x');
    expect(message).toMatchObject({ data: null, origin: '', lastEventId: '', source: null });
    expect(message.ports).toEqual([]);
    for (const make of [CloseEvent, MessageEvent]) {
      expect(errorOf(() => Reflect.construct(make, []))).toBe('TypeError');
      expect(errorOf(() => Reflect.construct(make, ['x', 7]))).toBe('TypeError');
      expect(Reflect.construct(make, ['x', null])).toMatchObject({ type: 'x', bubbles: false });
      expect(Reflect.construct(make, [undefined])).toMatchObject({ type: 'undefined' });
    }
  });

  test('convert what they are given', () => {
    const init = { code: 65_537, reason: '\ud800', wasClean: 1, bubbles: true, cancelable: true };
    const close = Reflect.construct(CloseEvent, ['x', init]) as CloseEvent;
    expect(close).toMatchObject({ code: 1, reason: '\ufffd', wasClean: true });
    expect([close.bubbles, close.cancelable]).toEqual([true, true]);
    const negative = Reflect.construct(CloseEvent, ['x', { code: -1.5 }]);
    expect(negative.code).toBe(65_535);
    const data = { any: 'thing' };
    const message = Reflect.construct(MessageEvent, ['x', { data, origin: 7, ports: new Set() }]);
    expect(message).toMatchObject({ data, origin: '7', ports: [] });
    expect(errorOf(() => Reflect.construct(MessageEvent, ['x', { ports: 7 }]))).toBe('TypeError');
    expect(errorOf(() => Reflect.construct(CloseEvent, ['x', { code: 1n }]))).toBe('TypeError');
  });
});

describe('interfaces/WebSocket/readyState', () => {
  test('is what it is, and cannot be set', () => {
    const socket = new WebSocket('ws://127.0.0.1:1/');
    expect(Reflect.set(socket, 'readyState', 7)).toBe(false);
    expect(socket.readyState).toBe(WebSocket.CONNECTING);
    socket.close();
    expect(socket.readyState).toBe(socket.CLOSING);
  });
});
