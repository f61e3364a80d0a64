import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from '@pairwire/websocket';
import { isBlockedPort } from '../../src/node/blocked-ports.ts';
import { errorOf, listen, openPair } from './helpers.ts';

/** What the constructor makes of its arguments; nothing is connected to. */
function make(...parameters: unknown[]): WebSocket {
  const socket = Reflect.construct(WebSocket, parameters) as WebSocket;
  socket.close();
  return socket;
}

describe('constructor', () => {
  test('takes one argument at least', () => {
    expect(errorOf(() => make())).toBe('TypeError');
  });

  test('takes anything as a string', () => {
    const url = { toString: () => 'ws://127.0.0.1:1/x' };
    expect(make(url).url).toBe('ws://127.0.0.1:1/x');
    expect(make(new URL('ws://127.0.0.1:1/x')).url).toBe('ws://127.0.0.1:1/x');
    expect(errorOf(() => make(Symbol('url')))).toBe('TypeError');
    expect(errorOf(() => make('ws://127.0.0.1:1/', Symbol('protocol')))).toBe('TypeError');
  });

  test('converts all arguments before it looks at one', () => {
    const protocols = [
      {
        toString: (): string => {
          throw new RangeError('converted');
        },
      },
    ];
    expect(errorOf(() => make('no url', protocols))).toBe('RangeError');
    expect(errorOf(() => make('no url', { protocols }))).toBe('RangeError');
  });
});

describe('constructor/option-bag', () => {
  test('takes everything in one object', async () => {
    const server = await listen();
    const socket = new WebSocket(server.url, {
      protocols: ['alpha', 'beta'],
      headers: { 'x-own': '1' },
    });
    const head = await (await server.accept()).head();
    expect(head).toMatch(/^sec-websocket-protocol: alpha, beta\r$/im);
    expect(head).toMatch(/^x-own: 1\r$/im);
    socket.close();
    await once(socket, 'close');
  });

  test('what stands in the third argument as well is taken from there', async () => {
    const server = await listen();
    const socket = new WebSocket(
      server.url,
      { headers: { 'x-own': 'second' } },
      { headers: { 'x-own': 'third' } },
    );
    const peer = await server.accept();
    expect(await peer.head()).toMatch(/^x-own: third\r$/im);
    socket.close();
    await once(socket, 'close');
  });

  test('refuses protocols that are no list, and options that it does not know', () => {
    expect(errorOf(() => make('ws://127.0.0.1:1/', { protocols: 'alpha' }))).toBe('TypeError');
    expect(errorOf(() => make('ws://127.0.0.1:1/', { protocols: ['a', 'a'] }))).toBe('SyntaxError');
    expect(errorOf(() => make('ws://127.0.0.1:1/', { protocol: ['a'] }))).toBe('TypeError');
    expect(errorOf(() => make('ws://127.0.0.1:1/', () => 'a'))).toBeUndefined();
  });
});

describe('Create-invalid-urls', () => {
  test.each(['', '/', 'foo', '/relative', '#test', 'ws://foo bar.com/', 'ws://[', 'ws:///'])(
    'SyntaxError for %j',
    (url) => {
      expect(errorOf(() => make(url))).toBe('SyntaxError');
    },
  );

  test.each(['ws://host/#', 'ws://host/#x', 'wss://host/path?query#x'])(
    'SyntaxError for the fragment of %j',
    (url) => {
      expect(errorOf(() => make(url))).toBe('SyntaxError');
    },
  );
});

describe('Create-wrong-scheme', () => {
  test.each(['mailto:example@example.org', 'about:blank', 'ftp://host/', 'data:,x', 'blob:x'])(
    'SyntaxError for %j',
    (url) => {
      expect(errorOf(() => make(url))).toBe('SyntaxError');
    },
  );
});

describe('Create-http-urls', () => {
  test.each([
    ['http://127.0.0.1:1/x', 'ws://127.0.0.1:1/x'],
    ['https://127.0.0.1:1/x', 'wss://127.0.0.1:1/x'],
    ['HTTP://127.0.0.1:80/', 'ws://127.0.0.1/'],
    ['https://127.0.0.1:443/', 'wss://127.0.0.1/'],
  ])('%s becomes %s', (given, url) => {
    expect(make(given).url).toBe(url);
  });
});

describe('interfaces/WebSocket/url', () => {
  test.each([
    ['ws://127.0.0.1:80', 'ws://127.0.0.1/'],
    ['wss://127.0.0.1:443/x?', 'wss://127.0.0.1/x?'],
    ['WS://LOCALHOST:1/a/../b', 'ws://localhost:1/b'],
    ['ws://127.0.0.1:1/\ud800', 'ws://127.0.0.1:1/%EF%BF%BD'],
    ['  ws://127.0.0.1:1/a b  ', 'ws://127.0.0.1:1/a%20b'],
    ['ws://user:secret@127.0.0.1:1/', 'ws://user:secret@127.0.0.1:1/'],
  ])('%s is %s', (given, url) => {
    expect(make(given).url).toBe(url);
  });

  test('cannot be set', () => {
    const socket = make('ws://127.0.0.1:1/');
    expect(Reflect.set(socket, 'url', 'ws://elsewhere/')).toBe(false);
  });
});

describe('Create-protocol', () => {
  test.each([
    [''],
    ['a b'],
    ['a,b'],
    ['\u0080'],
    ['\u007f'],
    ['\u0000'],
    [['a', 'a']],
    [['a', 'A']],
    [['a', '']],
    [null, 'a\u00e9'],
  ])('SyntaxError for %j', (...given) => {
    expect(errorOf(() => make('ws://127.0.0.1:1/', given.at(-1)))).toBe('SyntaxError');
  });

  test.each([
    [undefined, undefined],
    [[], undefined],
    ['a', 'a'],
    [['a', 'b'], 'a, b'],
    [new Set(['a', 7]), 'a, 7'],
    [null, undefined],
    [{}, undefined],
    [7, '7'],
  ])('%j is offered as %j', async (protocols, header) => {
    const server = await listen();
    const socket = Reflect.construct(WebSocket, [server.url, protocols]) as WebSocket;
    const peer = await server.accept();
    const head = await peer.head();
    expect(/^sec-websocket-protocol: (.*)$/im.exec(head)?.[1]?.trim()).toBe(header);
    socket.close();
    await once(socket, 'close');
  });

  test('is empty until the server has chosen one', async () => {
    const { socket } = await openPair(['a', 'b'], ['Sec-WebSocket-Protocol: b']);
    expect(make('ws://127.0.0.1:1/', 'a').protocol).toBe('');
    expect(socket.protocol).toBe('b');
    expect(socket.extensions).toBe('');
  });
});

describe('Create-blocked-port', () => {
  test.each([1, 22, 25, 6000, 6667, 10_080])('port %d: error, then close', async (port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    expect(socket.readyState).toBe(WebSocket.CONNECTING);
    const failed = once(socket, 'error');
    const closed = once(socket, 'close');
    const [{ error }] = await failed;
    expect(error.code).toBe('PW_WS_BLOCKED_PORT');
    expect(await closed).toMatchObject([{ code: 1006, wasClean: false }]);
  });

  test('is tried with allowBlockedPorts', async () => {
    const socket = new WebSocket('ws://127.0.0.1:1/', [], { allowBlockedPorts: true });
    const [{ error }] = await once(socket, 'error');
    expect(error.code).toBe('PW_WS_CONNECT');
  });

  test('does not concern the ports of the schemes', () => {
    expect(isBlockedPort(new URL('ws://host/'))).toBe(false);
    expect(isBlockedPort(new URL('wss://host:443/'))).toBe(false);
    expect(isBlockedPort(new URL('ws://host:8080/'))).toBe(false);
  });

  test('is blocked by fetch() of Node, too', async () => {
    const ports = Array.from({ length: 65_535 }, (_, index) => index + 1);
    // Port 0 is new in the list.
    const blocked = ports.filter((port) => isBlockedPort(new URL(`ws://127.0.0.1:${port}/`)));
    for (const port of blocked) {
      // oxlint-disable-next-line no-await-in-loop -- nothing is connected to
      const refused = await fetch(`http://127.0.0.1:${port}/`).catch((error: Error) => error.cause);
      expect(`${port}: ${String(refused)}`).toBe(`${port}: Error: bad port`);
    }
    expect(blocked.length).toBeGreaterThan(70);
  });
});
