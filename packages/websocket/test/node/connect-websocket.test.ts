import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest';
import {
  connectWebSocket,
  type BinaryMessage,
  type ConnectionHandler,
  type WebSocketConnection,
} from '@pairwire/websocket';
import { RawServer, serverFrame } from './raw-peer.ts';
import { createDeferred, ECHO, onlyConnection, startServer } from './servers.ts';

describe('connectWebSocket', () => {
  test('gives a connection whose messages can be iterated, none of them lost', async () => {
    const { url } = await startServer({
      handler: {
        open(connection) {
          connection.send('first');
          connection.send('second');
          connection.close(1000);
        },
      },
    });
    const connection = await connectWebSocket(url);
    await new Promise((resolve) => setImmediate(resolve));
    const texts: unknown[] = [];
    for await (const { data } of connection) texts.push(data);
    expect(texts).toEqual(['first', 'second']);
  });

  test('passes subprotocol, headers, context and handler on', async () => {
    const cookies: unknown[] = [];
    const { url } = await startServer<unknown>({
      handler: ECHO,
      protocols: ['b'],
      authorize: ({ headers }) => void cookies.push(headers.cookie),
    });
    const received = createDeferred<unknown>();
    const handler: ConnectionHandler<{ name: string }> = {
      open: (connection) => void connection.send(connection.context.name),
      message: (connection, { data }) => received.resolve([connection.protocol, data]),
    };
    const connection = await connectWebSocket(url, {
      protocols: ['a', 'b'],
      headers: { cookie: 'x=1' },
      context: { name: 'ada' },
      handler,
    });
    expect(await received.promise).toEqual(['b', 'ada']);
    expect(cookies).toEqual(['x=1']);
    await connection[Symbol.asyncDispose]();
  });

  test('holds a server back that sends faster than it is read', async () => {
    const { server, url } = await startServer();
    const connection = await connectWebSocket(url);
    const sender = onlyConnection(server);
    const block = Buffer.alloc(65_536);
    let sent = 0;
    while (sender.send(block)) {
      sent += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    sent += 1;
    expect(sender.bufferedBytes).toBeGreaterThan(0);
    let received = 0;
    for await (const { data } of connection) {
      expect(data).toHaveLength(block.length);
      if (++received === sent) break;
    }
    await connection[Symbol.asyncDispose]();
  });

  test('rejects with what is wrong with the answer', async () => {
    const server = await RawServer.listen();
    onTestFinished(() => server.close());
    const connecting = connectWebSocket(server.url);
    const peer = await server.accept();
    await peer.head();
    peer.write('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    await expect(connecting).rejects.toMatchObject({ code: 'PW_WS_RESPONSE_STATUS' });
  });

  test('rejects when its signal is aborted, and cuts the connection when that is open', async () => {
    const server = await RawServer.listen();
    onTestFinished(() => server.close());
    const reason = new Error('enough');
    const expected = { code: 'PW_WS_ABORTED', cause: reason };
    const { url } = server;
    const before = connectWebSocket(url, { signal: AbortSignal.abort(reason) });
    await expect(before).rejects.toMatchObject(expected);
    const controller = new AbortController();
    const during = connectWebSocket(url, { signal: controller.signal });
    await server.accept();
    controller.abort(reason);
    await expect(during).rejects.toMatchObject(expected);

    const late = new AbortController();
    const running = await startServer();
    const connection = await connectWebSocket(running.url, { signal: late.signal });
    late.abort();
    await expect(connection[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'PW_WS_TERMINATED',
    });
  });

  test('throws at once on misuse', () => {
    expect(() => connectWebSocket('ftp://host')).toThrow(DOMException);
    expect(() => connectWebSocket('ws://host', { protocols: ['a', 'a'] })).toThrow(DOMException);
    expect(() => connectWebSocket('ws://host', { protocol: 'a' } as object)).toThrow(/protocol/);
  });

  test('reports what its handler throws', async () => {
    const failures: unknown[] = [];
    const server = await RawServer.listen();
    onTestFinished(() => server.close());
    const connecting = connectWebSocket(server.url, {
      failed: (error) => failures.push(error),
      handler: {
        message() {
          throw new Error('mine');
        },
      },
    });
    const peer = await server.open();
    await connecting;
    peer.write(serverFrame('x'));
    expect(await peer.closeCode()).toBe(1011);
    expect(failures).toEqual([new Error('mine')]);
  });
});

describe('connectWebSocket with typed subprotocols', () => {
  const protocols = { 'chat.json': 'text', 'audio.opus': 'binary' } as const;

  test('offers the names in their order, and tells what was agreed on', async () => {
    const { url } = await startServer({ handler: ECHO, protocols: ['audio.opus'] });
    const connection = await connectWebSocket(url, { protocols });
    expect(connection.protocol).toBe('audio.opus');
    await connection[Symbol.asyncDispose]();
    const { url: other } = await startServer({ protocols: (offered) => offered[0] });
    const first = await connectWebSocket(other, { protocols });
    expect(first.protocol).toBe('chat.json');
    await first[Symbol.asyncDispose]();
  });

  test('takes any list, and nothing that is neither list nor kind', async () => {
    const { url } = await startServer({ handler: ECHO, protocols: ['b'] });
    const list: unknown = new Set(['a', 'b']);
    const connection = await connectWebSocket(url, { protocols: list as string[] });
    expect(connection.protocol).toBe('b');
    await connection[Symbol.asyncDispose]();
    const connect = (wrong: unknown) => () =>
      connectWebSocket(url, { protocols: wrong as string[] });
    expect(connect({ chat: 'json' })).toThrow(/'chat' must send/);
    expect(connect('chat')).toThrow(TypeError);
    expect(connect({ 'not a token': 'text' })).toThrow(DOMException);
  });

  test('the name narrows what is received and sent, without a cast (types)', () => {
    const look = async (url: string): Promise<void> => {
      const connection = await connectWebSocket(url, {
        protocols: { 'chat.json': 'text', 'audio.opus': 'binary' },
        context: { name: 'ada' },
      });
      expectTypeOf(connection.protocol).toEqualTypeOf<'chat.json' | 'audio.opus'>();
      expectTypeOf(connection.context).toEqualTypeOf<{ name: string }>();
      if (connection.protocol === 'chat.json') {
        connection.send('text');
        // @ts-expect-error -- bytes are not agreed on
        connection.send(new Uint8Array(1));
        for await (const { data } of connection) expectTypeOf(data).toEqualTypeOf<string>();
      } else {
        connection.send(new Uint8Array(1));
        // @ts-expect-error -- text is not agreed on
        connection.send('text');
        for await (const message of connection)
          expectTypeOf(message).toEqualTypeOf<BinaryMessage>();
      }
      // @ts-expect-error -- no kind of message
      await connectWebSocket(url, { protocols: { 'chat.json': 'json' } });
      expectTypeOf(await connectWebSocket(url, { protocols: ['a'] })).toEqualTypeOf<
        WebSocketConnection<unknown>
      >();
      expectTypeOf(await connectWebSocket<number>(url)).toEqualTypeOf<
        WebSocketConnection<number>
      >();
    };
    expect(look).toBeTypeOf('function');
  });
});
