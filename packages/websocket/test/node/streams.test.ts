/** Messages longer than memory, in and out. */
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import {
  connectWebSocket,
  type ConnectionClose,
  type ConnectionHandler,
  type ConnectionLimits,
  type MessageStream,
  type StreamChunk,
  type WebSocketConnection,
} from '@pairwire/websocket';
import { frame, RawServer, serverFrame, type FrameFields, type RawPeer } from './raw-peer.ts';
import { at, createDeferred, ECHO, openOne, startServer, untilQuiet } from './servers.ts';

const KIB = 1_024;
const MIB = 1_048_576;
const LIMITS = { maxMessageBytes: KIB, maxStreamBytes: 64 * MIB };

interface Opened {
  readonly connection: WebSocketConnection;
  readonly peer: RawPeer;
  readonly closed: Promise<ConnectionClose>;
  /** A frame as the other end sends it. */
  frame(payload?: string | Uint8Array, fields?: FrameFields): Buffer;
  end(): Promise<void>;
}

type Opener = (handler: ConnectionHandler, limits?: ConnectionLimits) => Promise<Opened>;

const openers: Record<string, Opener> = {
  async server(handler, limits = LIMITS) {
    const opened = await openOne({ ...limits, failed() {} }, handler);
    return { ...opened, frame, end: async () => opened.peer.destroy() };
  },
  async client(handler, limits = LIMITS) {
    const server = await RawServer.listen();
    const closed = createDeferred<ConnectionClose>();
    const connecting = connectWebSocket(server.url, {
      closeTimeoutMs: 50,
      ...limits,
      failed() {},
      handler: {
        ...handler,
        close(connection, close) {
          closed.resolve(close);
          handler.close?.(connection, close);
        },
      },
    });
    const peer = await server.open();
    const connection = await connecting;
    return {
      connection,
      peer,
      closed: closed.promise,
      frame: serverFrame,
      end: () => server.close(),
    };
  },
};

describe.each(Object.entries(openers))('%s', (_role, open) => {
  describe('receives', () => {
    test('a long message as a stream, and short ones as before', async () => {
      const seen: unknown[] = [];
      const opened = await open({
        message: (_, { data }) => void seen.push(data),
        async stream(_, stream) {
          let text = '';
          for await (const chunk of stream) text += chunk;
          seen.push(`${stream.type} ${text.length} ${text.slice(0, 3)}`);
        },
      });
      const { peer, frame, end } = opened;
      peer.write(
        Buffer.concat([
          frame('before'),
          frame('您好吗'.repeat(1_000)),
          frame('between'),
          frame('ab', { fin: false }),
          frame('', { opcode: 9 }),
          frame('c'.repeat(2 * KIB), { opcode: 0, fin: false }),
          frame('', { opcode: 0 }),
          frame('after'),
        ]),
      );
      await expect.poll(() => seen.at(-1)).toBe('after');
      expect(seen).toEqual(['before', 'text 3000 您好吗', 'between', 'text 2050 abc', 'after']);
      expect((await peer.frame()).opcode).toBe(10);
      await end();
    });

    test('bytes as Buffers, for a pipeline', async () => {
      const received = createDeferred<string>();
      const { peer, frame, end } = await open({
        message() {},
        async stream(_, stream) {
          const hash = createHash('sha256');
          await pipeline(stream, async (chunks: AsyncIterable<Buffer>) => {
            for await (const chunk of chunks) hash.update(chunk);
          });
          received.resolve(hash.digest('hex'));
        },
      });
      const payload = Buffer.alloc(3 * MIB, 'some bytes ');
      peer.write(frame(payload, { opcode: 2 }));
      expect(await received.promise).toBe(createHash('sha256').update(payload).digest('hex'));
      await end();
    });

    test('no faster than the stream is read', async () => {
      const taken = createDeferred<MessageStream>();
      const { peer, frame, end } = await open({
        message() {},
        stream: (_, stream) => taken.resolve(stream),
      });
      const block = Buffer.alloc(64 * KIB, 'x');
      peer.write(frame(block, { opcode: 2, fin: false }));
      let offered = 1;
      while (peer.socket.writableLength < 4 * MIB) {
        peer.write(frame(block, { opcode: 0, fin: false }));
        offered += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      const stream = await taken.promise;
      expect(stream.readableLength).toBeLessThan(200 * KIB);
      peer.write(frame(block, { opcode: 0 }));
      let length = 0;
      for await (const chunk of stream) length += (chunk as Buffer).length;
      expect(length).toBe((offered + 1) * block.length);
      await end();
    });

    test('nothing behind a stream that is not read to its end', async () => {
      const streams: MessageStream[] = [];
      const texts: unknown[] = [];
      const { peer, frame, end } = await open({
        message: (_, { data }) => void texts.push(data),
        stream: (_, stream) => void streams.push(stream),
      });
      peer.write(Buffer.concat([frame('x'.repeat(2 * KIB)), frame('next')]));
      await expect.poll(() => streams.length).toBe(1);
      await untilQuiet(() => texts.length);
      expect(texts).toEqual([]);
      at(streams, 0).resume();
      await expect.poll(() => texts).toEqual(['next']);
      await end();
    });

    test('the next message when a stream was destroyed, whatever was left of it', async () => {
      const texts: unknown[] = [];
      const { peer, frame, end } = await open({
        message: (_, { data }) => void texts.push(data),
        stream: (_, stream) => void stream.once('data', () => stream.destroy()),
      });
      peer.write(frame(Buffer.alloc(MIB), { opcode: 2, fin: false }));
      peer.write(Buffer.concat([frame('end', { opcode: 0 }), frame('next')]));
      await expect.poll(() => texts).toEqual(['next']);
      await end();
    });

    test('the next message when the promise for the stream is settled, too', async () => {
      const texts: unknown[] = [];
      const stored = createDeferred<void>();
      const { peer, frame, end } = await open({
        message: (_, { data }) => void texts.push(data),
        async stream(_, stream) {
          stream.resume();
          await once(stream, 'end');
          texts.push('ended');
          await stored.promise;
        },
      });
      peer.write(Buffer.concat([frame('x'.repeat(2 * KIB)), frame('next')]));
      await expect.poll(() => texts).toEqual(['ended']);
      await untilQuiet(() => texts.length);
      expect(texts).toEqual(['ended']);
      stored.resolve();
      await expect.poll(() => texts).toEqual(['ended', 'next']);
      await end();
    });

    test.each(['ends TCP', 'sends Close'])(
      'an error on the stream when the other end %s',
      async (how) => {
        const failed = createDeferred<unknown>();
        const begun = createDeferred<void>();
        const { peer, frame, closed, end } = await open({
          message() {},
          stream(_, stream) {
            stream.on('error', (error) => failed.resolve(error)).resume();
            begun.resolve();
          },
        });
        peer.write(frame('x'.repeat(2 * KIB), { fin: false }));
        await begun.promise;
        if (how === 'sends Close') peer.write(frame('', { opcode: 8 }));
        peer.socket.end();
        expect(await failed.promise).toMatchObject({ code: 'PW_WS_CLOSED' });
        await closed;
        await end();
      },
    );

    test('bad UTF-8 at once, with the rule as cause (§8.1)', async () => {
      const begun = createDeferred<void>();
      const failed = createDeferred<unknown>();
      const { peer, frame, closed, end } = await open({
        message() {},
        stream(_, stream) {
          stream.on('error', (error) => failed.resolve(error)).resume();
          begun.resolve();
        },
      });
      peer.write(frame('x'.repeat(2 * KIB), { fin: false }));
      await begun.promise;
      peer.write(frame(Buffer.from([0xff, 0x78]), { opcode: 0, fin: false }));
      expect((await peer.frame()).payload.readUInt16BE(0)).toBe(1007);
      expect(await failed.promise).toMatchObject({
        code: 'PW_WS_CLOSED',
        cause: { code: 'PW_WS_INVALID_UTF8' },
      });
      expect(await closed).toMatchObject({ code: 1007 });
      await end();
    });

    test('no more than maxStreamBytes (1009), and nothing unannounced goes wrong', async () => {
      const { peer, frame, closed, end } = await open(
        { message() {}, stream: (_, stream) => void stream.resume() },
        { maxMessageBytes: KIB, maxStreamBytes: 3 * KIB },
      );
      peer.write(frame('x'.repeat(2 * KIB), { fin: false }));
      peer.write(frame('', { opcode: 0, fin: false, claimedLength: KIB + 1 }));
      expect((await peer.frame()).payload.readUInt16BE(0)).toBe(1009);
      expect(await closed).toMatchObject({ error: { code: 'PW_WS_MESSAGE_TOO_BIG' } });
      await end();
    });

    test('1009 without a handler for streams', async () => {
      const { peer, frame, closed, end } = await open({ message() {} });
      peer.write(frame('x'.repeat(2 * KIB)));
      expect((await peer.frame()).payload.readUInt16BE(0)).toBe(1009);
      expect(await closed).toMatchObject({ error: { code: 'PW_WS_MESSAGE_TOO_BIG' } });
      await end();
    });

    test('a long message that was there before the handler', async () => {
      const { connection, peer, frame, end } = await open({});
      peer.write(frame('x'.repeat(2 * KIB)));
      await untilQuiet(() => peer.totalBytes);
      const received = createDeferred<string>();
      connection.handler = {
        async stream(_, stream) {
          received.resolve((await stream.toArray()).join(''));
        },
      };
      expect(await received.promise).toHaveLength(2 * KIB);
      await end();
    });

    test('and closes with 1011 when the handler fails', async () => {
      const { peer, frame, closed, end } = await open({
        message() {},
        stream: () => Promise.reject(new Error('mine')),
      });
      peer.write(frame('x'.repeat(2 * KIB), { fin: false }));
      expect((await peer.frame()).payload.readUInt16BE(0)).toBe(1011);
      expect(await closed).toMatchObject({ error: { code: 'PW_WS_INTERNAL_ERROR' } });
      await end();
    });
  });

  describe('sends', () => {
    async function joined(
      peer: RawPeer,
    ): Promise<{ opcode: number; payload: Buffer; count: number }> {
      const frames = [await peer.frame()];
      while (!at(frames, -1).fin) {
        const next = await peer.frame();
        if (next.opcode !== 0) throw new Error(`opcode ${next.opcode} inside a message`);
        frames.push(next);
      }
      const payload = Buffer.concat(frames.map((one) => one.payload));
      return { opcode: at(frames, 0).opcode, payload, count: frames.length };
    }

    const sources: [
      string,
      () => Iterable<StreamChunk> | AsyncIterable<StreamChunk>,
      number,
      string,
    ][] = [
      ['an array', () => ['ab', '', 'c'], 1, 'abc'],
      ['a generator of bytes', () => bytes('ab', 'c'), 2, 'abc'],
      ['an asynchronous generator', () => later('您', '好'), 1, '您好'],
      ['a Readable', () => Readable.from([Buffer.from('ab'), Buffer.from('c')]), 2, 'abc'],
      ['a ReadableStream', () => new Blob(['abc']).stream(), 2, 'abc'],
      ['a pair of surrogates cut in two', () => ['a\ud83d', '\ude00b'], 1, 'a😀b'],
      ['a lone surrogate at the end', () => ['a\ud83d'], 1, 'a\ufffd'],
      ['nothing', () => [], 2, ''],
    ];

    test.each(sources)('%s as one message (§5.4)', async (_, source, opcode, text) => {
      const { connection, peer, end } = await open({ message() {} });
      await connection.sendStream(source());
      const message = await joined(peer);
      expect([message.opcode, message.payload.toString()]).toEqual([opcode, text]);
      await end();
    });

    test('a large chunk in fragments, pings between them', async () => {
      const { connection, peer, end } = await open({ message() {} });
      const done = connection.sendStream([Buffer.alloc(MIB, 'x')]);
      const first = await peer.frame();
      expect(first).toMatchObject({ fin: false, opcode: 2 });
      expect(first.payload.length).toBe(64 * KIB);
      const rest = await joined(peer);
      await done;
      expect(rest.count).toBe(16);
      expect(rest.payload.length).toBe(15 * 64 * KIB);
      await end();
    });

    test('bytes as text when told to, and checks them (§8.1)', async () => {
      const { connection, peer, closed, end } = await open({ message() {} });
      const [first, second] = [Buffer.from('好').subarray(0, 1), Buffer.from('好').subarray(1)];
      await connection.sendStream([first, second], { type: 'text' });
      expect((await joined(peer)).payload.toString()).toBe('好');
      const bad = connection.sendStream([Buffer.from('fine'), Buffer.from([0xff])], {
        type: 'text',
      });
      await expect(bad).rejects.toThrow(TypeError);
      expect(await closed).toMatchObject({ code: 1011 });
      await end();
    });

    test.each([
      ['a string in a binary message', [Buffer.from('a'), 'b']],
      ['bytes in a text message before a character is finished', ['a\ud83d', Buffer.from('b')]],
      ['what is neither', ['a', 7 as unknown as string]],
    ])('never %s', async (_, source) => {
      const { connection, closed, end } = await open({ message() {} });
      await expect(connection.sendStream(source)).rejects.toThrow(TypeError);
      expect(await closed).toMatchObject({ error: { code: 'PW_WS_INTERNAL_ERROR' } });
      await end();
    });

    test('no faster than the peer reads', async () => {
      const { connection, peer, end } = await open({ message() {} });
      peer.socket.pause();
      let yielded = 0;
      const done = connection.sendStream(
        (function* () {
          for (; yielded < 400; yielded++) yield Buffer.alloc(64 * KIB, 'x');
        })(),
      );
      await untilQuiet(() => yielded);
      expect(yielded).toBeLessThan(300);
      expect(connection.bufferedBytes).toBeLessThan(MIB);
      peer.socket.resume();
      let length = 0;
      for (let fin = false; !fin;) {
        const one = await peer.frame();
        ({ fin } = one);
        length += one.payload.length;
      }
      await done;
      expect(length).toBe(400 * 64 * KIB);
      await end();
    });

    test('other messages behind it, pings and pongs meanwhile', async () => {
      const { connection, peer, frame, end } = await open({ message() {} });
      const go = createDeferred<void>();
      const done = connection.sendStream(
        (async function* () {
          yield 'one ';
          await go.promise;
          yield 'message';
        })(),
      );
      expect(await peer.frame()).toMatchObject({ fin: false, opcode: 1 });
      expect(connection.send('behind')).toBe(true);
      expect(connection.bufferedBytes).toBeGreaterThan(0);
      connection.ping('now');
      peer.write(frame('you too', { opcode: 9 }));
      const control = [await peer.frame(), await peer.frame()];
      expect(control.map(({ opcode }) => opcode).toSorted((a, b) => a - b)).toEqual([9, 10]);
      go.resolve();
      await done;
      const rest = [await peer.frame(), await peer.frame(), await peer.frame()];
      expect(rest.map(({ fin, opcode, payload }) => [fin, opcode, payload.toString()])).toEqual([
        [false, 0, 'message'],
        [true, 0, ''],
        [true, 1, 'behind'],
      ]);
      await end();
    });

    test('a stream to its end, and what is behind it, before a Close', async () => {
      const { connection, peer, closed, frame, end } = await open(
        { message() {} },
        { ...LIMITS, closeTimeoutMs: 5_000 },
      );
      const goOn = createDeferred<void>();
      const done = connection.sendStream(
        (async function* () {
          yield 'one ';
          await goOn.promise;
          yield 'two';
        })(),
      );
      connection.send('behind');
      expect((await peer.frame()).payload.toString()).toBe('one ');
      connection.close(4000, 'bye');
      expect([connection.readyState, connection.send('late')]).toEqual([2, false]);
      await expect(connection.sendStream(['late'])).rejects.toMatchObject({ code: 'PW_WS_CLOSED' });
      connection.close(4001);
      expect(() => connection.close(1005)).toThrow(RangeError);
      goOn.resolve();
      await done;
      const frames = [];
      for (let i = 0; i < 4; i++) frames.push(await peer.frame());
      expect(frames.map(({ fin, payload }) => [fin, payload.toString('latin1')])).toEqual([
        [false, 'two'],
        [true, ''],
        [true, 'behind'],
        [true, '\x0f\xa0bye'],
      ]);
      peer.socket.end(frame(Buffer.from([0x0f, 0xa0]), { opcode: 8 }));
      expect(await closed).toMatchObject({ code: 4000 });
      await end();
    });

    test('a Close in the middle of a stream that takes too long', async () => {
      const { connection, peer, closed, end } = await open(
        { message() {} },
        { ...LIMITS, closeTimeoutMs: 50 },
      );
      const done = connection.sendStream(later('begun', undefined));
      expect((await peer.frame()).payload.toString()).toBe('begun');
      connection.close(4000);
      expect(await peer.closeCode()).toBe(4000);
      await expect(done).rejects.toMatchObject({ code: 'PW_WS_CLOSED' });
      expect(await closed).toMatchObject({ wasClean: false });
      await end();
    });

    test('1011 when the source fails in the middle of a message', async () => {
      const { connection, peer, closed, end } = await open({ message() {} });
      const failing = (async function* () {
        yield 'one ';
        throw new Error('no more');
      })();
      await expect(connection.sendStream(failing)).rejects.toThrow('no more');
      await peer.frame();
      expect(await peer.closeCode()).toBe(1011);
      expect(await closed).toMatchObject({ error: { code: 'PW_WS_INTERNAL_ERROR' } });
      await end();
    });

    test('nothing when the source fails before its first chunk, and goes on', async () => {
      const { connection, peer, end } = await open({ message() {} });
      // oxlint-disable-next-line require-yield -- it fails before
      const failing = (async function* (): AsyncGenerator<string> {
        throw new Error('nothing there');
      })();
      const failure = connection.sendStream(failing);
      connection.send('behind');
      await expect(failure).rejects.toThrow('nothing there');
      expect((await peer.frame()).payload.toString()).toBe('behind');
      await end();
    });

    test('no more when the connection ends, and lets the source go', async () => {
      const { connection, peer, closed, end } = await open({ message() {} });
      const left = createDeferred<void>();
      const endless = {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<IteratorResult<string>>(() => {}),
          async return() {
            left.resolve();
            return { done: true as const, value: undefined };
          },
        }),
      };
      const done = connection.sendStream(endless);
      const behind = connection.sendStream(['never begun']);
      peer.destroy();
      await expect(done).rejects.toMatchObject({ code: 'PW_WS_CLOSED' });
      await expect(behind).rejects.toMatchObject({ code: 'PW_WS_CLOSED' });
      await left.promise;
      await closed;
      await expect(connection.sendStream(['x'])).rejects.toMatchObject({ code: 'PW_WS_CLOSED' });
      await end();
    });

    test('Close at once, even inside a message (§5.4)', async () => {
      const { connection, peer, end } = await open(
        { message() {} },
        { ...LIMITS, closeTimeoutMs: 50 },
      );
      const done = connection.sendStream(later('one', undefined));
      await peer.frame();
      connection.send('lost');
      connection.close(1000);
      await expect(done).rejects.toMatchObject({ code: 'PW_WS_CLOSED' });
      expect(await peer.closeCode()).toBe(1000);
      await end();
    });

    test('only what can be iterated', async () => {
      const { connection, end } = await open({ message() {} });
      for (const source of ['text', 7, null, undefined]) {
        expect(() => connection.sendStream(source as never)).toThrow(TypeError);
      }
      await expect(connection.sendStream({} as never)).rejects.toThrow(TypeError);
      expect(connection.readyState).toBe(1);
      await end();
    });
  });
});

test('a message of 32 MiB goes through an echo of streams with bounded memory', async () => {
  const { url } = await startServer({
    ...LIMITS,
    maxStreamBytes: 64 * MIB,
    handler: { message() {}, stream: (connection, stream) => connection.sendStream(stream) },
  });
  const total = createDeferred<number>();
  const connection = await connectWebSocket(url, {
    ...LIMITS,
    handler: {
      message() {},
      async stream(_, stream) {
        let length = 0;
        for await (const chunk of stream) length += (chunk as Buffer).length;
        total.resolve(length);
      },
    },
  });
  let most = 0;
  await connection.sendStream(
    (function* () {
      for (let i = 0; i < 512; i++) {
        most = Math.max(most, connection.bufferedBytes);
        yield Buffer.alloc(64 * KIB);
      }
    })(),
  );
  expect(await total.promise).toBe(32 * MIB);
  expect(most).toBeLessThan(512 * KIB);
  await connection[Symbol.asyncDispose]();
});

test('a broken connection with a stream nobody listens to harms nobody', async () => {
  const { server, url } = await startServer({ ...LIMITS, handler: { ...ECHO, stream() {} } });
  const connection = await connectWebSocket(url);
  void connection.sendStream(later('x'.repeat(4 * KIB), undefined));
  await expect.poll(() => server.counters.bytesReceived).toBeGreaterThan(4 * KIB);
  connection.terminate();
  await expect.poll(() => server.connections.size).toBe(0);
});

function* bytes(...texts: string[]): Generator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** Undefined: thinks for ever. */
async function* later(...texts: (string | undefined)[]): AsyncGenerator<string> {
  for (const text of texts) {
    await new Promise((resolve) => {
      if (text !== undefined) setImmediate(resolve);
    });
    if (text !== undefined) yield text;
  }
}
