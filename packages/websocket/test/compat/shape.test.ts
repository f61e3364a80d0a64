import { expect, test } from 'vitest';
import facadeDefault, * as facade from '@pairwire/websocket/compat';
import { describeBoth, original } from './both.ts';

describeBoth('the shape of the class', (library) => {
  const { WebSocket } = library;

  test('has the four ready states on class and prototype', () => {
    const names = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const;
    for (const [value, name] of names.entries()) {
      for (const holder of [WebSocket, WebSocket.prototype]) {
        expect(Object.getOwnPropertyDescriptor(holder, name)).toEqual({
          value,
          enumerable: true,
          writable: false,
          configurable: false,
        });
      }
    }
  });

  test('has the rest of the library as statics', () => {
    expect(WebSocket.WebSocket).toBe(WebSocket);
    expect(WebSocket.Server).toBe(WebSocket.WebSocketServer);
    expect(WebSocket.WebSocketServer).toBe(library.WebSocketServer);
    expect(WebSocket.createWebSocketStream).toBe(library.createWebSocketStream);
  });

  test.each(['ftp://x', 'ws+unix:', 'ws://x/#fragment'])('refuses the address %s', (address) => {
    expect(() => new WebSocket(address)).toThrow(SyntaxError);
  });

  test.each([['a', 'a'], ['not a token'], ['']])('refuses the subprotocols %j', (...names) => {
    expect(() => new WebSocket('ws://127.0.0.1:9', names)).toThrow(
      'An invalid or duplicated subprotocol was specified',
    );
  });

  test('refuses a server without exactly one place to be', () => {
    const message =
      'One and only one of the "port", "server", or "noServer" options must be specified';
    expect(() => new library.WebSocketServer()).toThrow(message);
    expect(() => new library.WebSocketServer({ port: 0, noServer: true })).toThrow(message);
  });
});

test('what `for … in` shows of a connection is the same in both', () => {
  const names = (prototype: object): string[] => {
    const found: string[] = [];
    for (const name in prototype) {
      const { get } = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
      if (get !== undefined) found.push(name);
    }
    return found.sort();
  };
  expect(names(facade.WebSocket.prototype)).toEqual(names(original.WebSocket.prototype));
});

test('the texts of constructor errors are the same in both', () => {
  const textOf = (run: () => unknown): string => {
    try {
      run();
      return 'no error';
    } catch (error) {
      return String(error);
    }
  };
  for (const address of ['nonsense', 'ftp://x', 'ws+unix:', 'ws://x/#fragment']) {
    expect(textOf(() => new facade.WebSocket(address))).toBe(
      textOf(() => new original.WebSocket(address)),
    );
  }
});

test('the default export is the class', () => {
  expect(facadeDefault).toBe(facade.WebSocket);
  expect(facade.Server).toBe(facade.WebSocketServer);
});
