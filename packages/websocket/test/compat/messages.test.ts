import { once } from 'node:events';
import { expect, test } from 'vitest';
import { connect, describeBoth, messagesOf, sent } from './both.ts';

describeBoth('messages', (library) => {
  test('of every kind of data arrive as text or binary', async () => {
    const { client, accepter } = await connect(library);
    const values: [data: unknown, text: string, isBinary: boolean][] = [
      ['您好', '您好', false],
      ['', '', false],
      [42, '42', false],
      [Buffer.from('b'), 'b', true],
      [Uint8Array.of(97, 98).buffer, 'ab', true],
      [new DataView(Uint8Array.of(97, 98, 99).buffer, 1), 'bc', true],
      [new Uint16Array([0x6161]), 'aa', true],
      [[120, 121], 'xy', true],
      [null, '', true],
      [undefined, '', true],
      [new Blob(['blob']), 'blob', true],
      ['behind the blob', 'behind the blob', false],
    ];
    const received = messagesOf(accepter, values.length);
    for (const [data] of values) client.send(data as string);
    expect((await received).map(({ text, isBinary }) => [text, isBinary])).toEqual(
      values.map(([, text, isBinary]) => [text, isBinary]),
    );
  });

  test('go as the kind that `binary` says', async () => {
    const { client, accepter } = await connect(library);
    const received = messagesOf(client, 2);
    accepter.send('text', { binary: true });
    accepter.send(Buffer.from('bytes'), { binary: false });
    expect((await received).map(({ isBinary }) => isBinary)).toEqual([true, false]);
  });

  test('are put together from what was sent with `fin: false`', async () => {
    const { client, accepter } = await connect(library);
    const received = messagesOf(accepter, 2);
    client.send('frag', { fin: false });
    client.send('ment', { fin: false });
    client.ping();
    client.send('ed', { fin: true });
    client.send(Buffer.from('next'));
    expect((await received).map(({ text }) => text)).toEqual(['fragmented', 'next']);
  });

  test.each([true, false])('of 200 kB arrive; compression: %s', async (perMessageDeflate) => {
    const { client, accepter } = await connect(library, {
      server: { perMessageDeflate },
      client: { perMessageDeflate },
    });
    expect(client.extensions).toBe(perMessageDeflate ? 'permessage-deflate' : '');
    expect(accepter.extensions).toBe(client.extensions);
    const text = 'long '.repeat(40_000);
    for (const [from, to] of [
      [client, accepter],
      [accepter, client],
    ] as const) {
      const received = messagesOf(to, 1);
      from.send(text);
      expect((await received)[0]?.text).toBe(text);
    }
  });

  test('call back when they have been written, also through an options object', async () => {
    const { client, accepter } = await connect(library);
    const received = messagesOf(accepter, 2);
    expect(await sent((callback) => client.send('a', callback))).toBeUndefined();
    expect(
      await sent((callback) => client.send('b', { compress: false }, callback)),
    ).toBeUndefined();
    await received;
    expect(client.bufferedAmount).toBe(0);
  });

  test('wait in `bufferedAmount` until they are written', async () => {
    const { client, accepter } = await connect(library);
    accepter.pause();
    const done = sent((callback) => client.send(Buffer.alloc(8_000_000), callback));
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.bufferedAmount).toBeGreaterThan(0);
    accepter.resume();
    expect(await done).toBeUndefined();
    expect(client.bufferedAmount).toBe(0);
  });

  test('before the connection is there are an error', async () => {
    const { url } = await connect(library);
    const socket = new library.WebSocket(url);
    for (const method of ['send', 'ping', 'pong'] as const) {
      const call = (): void => socket[method as 'send']('x');
      expect(call).toThrow('WebSocket is not open: readyState 0 (CONNECTING)');
    }
    await once(socket, 'open');
  });

  test('after the end fail in their callback and count as buffered', async () => {
    const { client } = await connect(library);
    client.terminate();
    await once(client, 'close');
    const error = await sent((callback) => client.send('lost', callback));
    expect(error?.message).toBe('WebSocket is not open: readyState 3 (CLOSED)');
    expect(client.bufferedAmount).toBe(4);
  });

  test('come in the shape of `binaryType`, which may change on the way', async () => {
    const { client, accepter } = await connect(library);
    const shapes: unknown[] = [];
    for (const type of ['nodebuffer', 'arraybuffer', 'fragments', 'blob'] as const) {
      accepter.binaryType = type;
      const received = messagesOf(accepter, 1);
      client.send(Buffer.from('bytes'));
      shapes.push((await received)[0]?.data);
    }
    accepter.binaryType = 'nonsense' as 'blob';
    expect(accepter.binaryType).toBe('blob');
    const [buffer, array, fragments, blob] = shapes;
    expect(buffer).toBeInstanceOf(Buffer);
    expect(Buffer.from(array as ArrayBuffer).toString()).toBe('bytes');
    expect((array as ArrayBuffer).byteLength).toBe(5);
    expect(Buffer.concat(fragments as Buffer[]).toString()).toBe('bytes');
    expect(await (blob as Blob).text()).toBe('bytes');
    const text = messagesOf(accepter, 1);
    client.send('text');
    expect((await text)[0]?.data).toBeInstanceOf(Buffer);
  });

  test('stop while paused and come when resumed', async () => {
    const { client, accepter } = await connect(library);
    accepter.pause();
    expect(accepter.isPaused).toBe(true);
    const seen: string[] = [];
    accepter.on('message', (data) => seen.push((data as Buffer).toString()));
    expect(await sent((callback) => client.send('held', callback))).toBeUndefined();
    client.ping();
    expect(seen).toEqual([]);
    const received = messagesOf(accepter, 1);
    accepter.resume();
    expect(accepter.isPaused).toBe(false);
    await received;
    expect(seen).toEqual(['held']);
  });

  test('that came with the opening handshake wait for the listener', async () => {
    const { url, server } = await connect(library);
    server.on('connection', (socket: typeof library.WebSocket.prototype) => socket.send('early'));
    const client = new library.WebSocket(url);
    const received = messagesOf(client, 1);
    await once(client, 'open');
    expect((await received)[0]?.text).toBe('early');
  });
});

describeBoth('Ping and Pong', (library) => {
  test('carry their payload; a Ping is answered', async () => {
    const { client, accepter } = await connect(library);
    const pinged = once(accepter, 'ping');
    const ponged = once(client, 'pong');
    expect(await sent((callback) => client.ping('payload', callback))).toBeUndefined();
    expect(String((await pinged)[0])).toBe('payload');
    expect(String((await ponged)[0])).toBe('payload');
  });

  test('without a payload, with a number, with a mask argument', async () => {
    const { client, accepter } = await connect(library);
    const payloads: string[] = [];
    const enough = new Promise<void>((resolve) => {
      accepter.on('pong', (data) => {
        payloads.push(data.toString());
        if (payloads.length === 3) resolve();
      });
    });
    await sent((callback) => client.pong(callback));
    await sent((callback) => client.pong(7, callback));
    await sent((callback) => client.pong('masked', true, callback));
    await enough;
    expect(payloads).toEqual(['', '7', 'masked']);
  });

  test('of more than 125 bytes are refused', async () => {
    const { client } = await connect(library);
    for (const method of ['ping', 'pong'] as const) {
      expect(() => client[method](Buffer.alloc(126))).toThrow(
        new RangeError('The data size must not be greater than 125 bytes'),
      );
    }
  });

  test('with `autoPong: false` the answer is left to the application', async () => {
    const { client, accepter } = await connect(library, { server: { autoPong: false } });
    const ponged = once(client, 'pong');
    accepter.once('ping', () => accepter.pong('by hand'));
    client.ping('asked');
    expect(String((await ponged)[0])).toBe('by hand');
  });
});
