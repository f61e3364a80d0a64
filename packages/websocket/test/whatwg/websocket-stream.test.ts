import { describe, expect, onTestFinished, test } from 'vitest';
import {
  WebSocketError,
  WebSocketStream,
  type WebSocketOpenInfo,
  type WebSocketStreamOptions,
} from '@pairwire/websocket';
import { closeFrame, serverFrame, type RawPeer } from '../node/raw-peer.ts';
import { untilQuiet } from '../node/servers.ts';
import { errorOf, listen } from './helpers.ts';

interface OpenStream extends WebSocketOpenInfo {
  readonly stream: WebSocketStream;
  readonly peer: RawPeer;
}

async function openStream(
  options: WebSocketStreamOptions = {},
  headers: readonly string[] = [],
): Promise<OpenStream> {
  const server = await listen();
  const stream = new WebSocketStream(server.url, { closeTimeoutMs: 1_000, ...options });
  const peer = await server.open(headers);
  return { ...(await stream.opened), stream, peer };
}

/** The server's part of a closing handshake that the client begins. */
async function answer(peer: RawPeer): Promise<number | undefined> {
  const { payload } = await peer.frame();
  const code = payload.length === 0 ? undefined : payload.readUInt16BE(0);
  peer.write(closeFrame(code, payload.toString('utf8', 2), { mask: undefined }));
  peer.socket.end();
  return code;
}

function construct(...parameters: unknown[]): string | undefined {
  return errorOf(() => Reflect.construct(WebSocketStream, parameters));
}

describe('stream/tentative/constructor', () => {
  test('refuses what cannot be converted or parsed', () => {
    expect(construct()).toBe('TypeError');
    expect(construct('invalid:')).toBe('SyntaxError');
    expect(construct('ws://127.0.0.1:1/#x')).toBe('SyntaxError');
    expect(construct('ws://127.0.0.1:1/', true)).toBe('TypeError');
    expect(construct('ws://127.0.0.1:1/', { protocols: 'chat' })).toBe('TypeError');
    expect(construct('ws://127.0.0.1:1/', { protocols: ['a', 'a'] })).toBe('SyntaxError');
    expect(construct('ws://127.0.0.1:1/', { proxies: [] })).toBe('TypeError');
  });

  test('offers the protocols and tells what was agreed on', async () => {
    const { stream, protocol, extensions, readable, writable } = await openStream(
      { protocols: ['alpha', 'beta'] },
      ['Sec-WebSocket-Protocol: beta'],
    );
    expect([protocol, extensions]).toEqual(['beta', '']);
    expect(stream.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/$/);
    expect(readable).toBeInstanceOf(ReadableStream);
    expect(writable).toBeInstanceOf(WritableStream);
  });

  test('opened and closed are rejected when nobody answers', async () => {
    const stream = new WebSocketStream('ws://127.0.0.1:1/', { allowBlockedPorts: true });
    const error = await stream.opened.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WebSocketError);
    expect(error).toMatchObject({ name: 'WebSocketError', cause: { code: 'PW_WS_CONNECT' } });
    await expect(stream.closed).rejects.toBe(error);
  });

  test('refuses the ports that WebSocket refuses', async () => {
    const stream = new WebSocketStream('ws://127.0.0.1:25/');
    await expect(stream.opened).rejects.toMatchObject({ cause: { code: 'PW_WS_BLOCKED_PORT' } });
  });
});

describe('stream/tentative/abort', () => {
  test.each([true, false])('a signal aborted before (%s) or while connecting', async (before) => {
    const server = await listen();
    const controller = new AbortController();
    const reason = new Error('enough');
    if (before) controller.abort(reason);
    const stream = new WebSocketStream(server.url, { signal: controller.signal });
    controller.abort(reason);
    await expect(stream.opened).rejects.toBe(reason);
    await expect(stream.closed).rejects.toBe(reason);
  });

  test('a signal that is aborted once it is open changes nothing', async () => {
    const controller = new AbortController();
    const { stream, peer, writable } = await openStream({ signal: controller.signal });
    controller.abort();
    await writable.getWriter().write('still here');
    expect((await peer.frame()).payload.toString()).toBe('still here');
    stream.close();
    await answer(peer);
    await stream.closed;
  });
});

describe('stream/tentative/close', () => {
  test.each([
    [undefined, undefined, 1005, ''],
    [{}, undefined, 1005, ''],
    [{ reason: '' }, undefined, 1005, ''],
    [{ reason: 'words' }, 1000, 1000, 'words'],
    [{ closeCode: 3456, reason: 'pizza' }, 3456, 3456, 'pizza'],
  ])('close(%j)', async (info, sent, closeCode, reason) => {
    const { stream, peer, readable } = await openStream();
    stream.close(info);
    stream.close();
    expect(await answer(peer)).toBe(sent);
    expect(await stream.closed).toEqual({ closeCode, reason });
    expect(await readable.getReader().read()).toEqual({ done: true, value: undefined });
  });

  test('refuses what WebSocket refuses, whatever the state', async () => {
    const { stream } = await openStream();
    const close = (info: unknown) => errorOf(() => Reflect.apply(stream.close, stream, [info]));
    expect(close(true)).toBe('TypeError');
    expect(close({ closeCode: 65_536 })).toBe('TypeError');
    for (const closeCode of [0, 999, 1001, 2999, 5000]) {
      expect(close({ closeCode })).toBe('InvalidAccessError');
    }
    expect(close({ reason: 'x'.repeat(124) })).toBe('SyntaxError');
  });

  test('gives up connecting', async () => {
    const server = await listen();
    const stream = new WebSocketStream(server.url);
    stream.close();
    await expect(stream.opened).rejects.toBeInstanceOf(WebSocketError);
    await expect(stream.closed).rejects.toBeInstanceOf(WebSocketError);
  });

  test('closing the writable waits for the server', async () => {
    const { stream, peer, writable } = await openStream();
    let done = false;
    const writer = writable.getWriter();
    const closing = writer.close().then(() => {
      done = true;
    });
    const frame = await peer.frame();
    expect([frame.opcode, frame.payload.length, done]).toEqual([8, 0, false]);
    peer.write(closeFrame(undefined, '', { mask: undefined }));
    peer.socket.end();
    await closing;
    expect(await stream.closed).toEqual({ closeCode: 1005, reason: '' });
  });

  test.each(['abort', 'cancel'] as const)(
    '%s closes, with the code of a WebSocketError',
    async (way) => {
      for (const [reason, sent] of [
        [undefined, undefined],
        [{ closeCode: 3456, reason: 'ignored' }, undefined],
        [new WebSocketError('why', { closeCode: 3333, reason: 'words' }), 3333],
      ]) {
        // oxlint-disable-next-line no-await-in-loop -- one after another
        const { stream, peer, readable, writable } = await openStream();
        const given = way === 'abort' ? writable.abort(reason) : readable.cancel(reason);
        given.catch(() => {});
        // oxlint-disable-next-line no-await-in-loop -- one after another
        expect(await answer(peer)).toBe(sent);
        // oxlint-disable-next-line no-await-in-loop -- one after another
        expect(await stream.closed).toMatchObject({ closeCode: sent ?? 1005 });
      }
    },
  );
});

test('a WebSocketStream is closed by the error of another one, without its 1006', async () => {
  const [source, sink] = [await openStream(), await openStream()];
  const piped = source.readable.pipeTo(sink.writable);
  source.peer.destroy();
  await expect(piped).rejects.toBeInstanceOf(WebSocketError);
  expect(await answer(sink.peer)).toBeUndefined();
  expect(await sink.stream.closed).toEqual({ closeCode: 1005, reason: '' });
});

describe('stream/tentative/remote-close', () => {
  test('a clean end: closed, readable done, writable InvalidStateError', async () => {
    const { stream, peer, readable, writable } = await openStream();
    const reader = readable.getReader();
    const writer = writable.getWriter();
    peer.write(
      Buffer.concat([serverFrame('last'), closeFrame(4000, 'robot', { mask: undefined })]),
    );
    expect(await reader.read()).toEqual({ done: false, value: 'last' });
    const done = reader.read();
    await peer.frame();
    peer.socket.end();
    expect(await done).toEqual({ done: true, value: undefined });
    expect(await stream.closed).toEqual({ closeCode: 4000, reason: 'robot' });
    await expect(writer.closed).rejects.toMatchObject({ name: 'InvalidStateError' });
  });

  test('an end without Close: a WebSocketError everywhere', async () => {
    const { stream, peer, readable, writable } = await openStream();
    const reader = readable.getReader();
    const writer = writable.getWriter();
    peer.destroy();
    const error = await stream.closed.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WebSocketError);
    expect(error).toMatchObject({ closeCode: 1006, reason: '' });
    await expect(reader.read()).rejects.toBe(error);
    await expect(writer.closed).rejects.toBe(error);
  });

  test('a breach of the protocol: 1006, with the reason as cause', async () => {
    const { stream, peer, readable } = await openStream();
    readable
      .getReader()
      .read()
      .catch(() => {});
    peer.write(serverFrame('x', { mask: [1, 2, 3, 4] }));
    await expect(stream.closed).rejects.toMatchObject({
      closeCode: 1006,
      cause: { code: 'PW_WS_MASKED_FRAME' },
    });
  });
});

describe('stream/tentative/read-write', () => {
  test('texts are strings, binary messages Uint8Arrays of their own', async () => {
    const { peer, readable } = await openStream();
    peer.write(
      Buffer.concat([serverFrame('\u65e5'), serverFrame(Buffer.from([1, 2]), { opcode: 2 })]),
    );
    const reader = readable.getReader();
    expect((await reader.read()).value).toBe('\u65e5');
    const { value } = await reader.read();
    expect(value).toEqual(new Uint8Array([1, 2]));
    expect((value as Uint8Array).buffer.byteLength).toBe(2);
  });

  test('bytes go as binary, everything else as text', async () => {
    const { peer, writable } = await openStream();
    const writer = writable.getWriter();
    for (const chunk of ['a', new Uint8Array([1]), new ArrayBuffer(2), 7, {}]) {
      // oxlint-disable-next-line no-await-in-loop -- in order
      await Reflect.apply(writer.write, writer, [chunk]);
    }
    const opcodes: unknown[] = [];
    for (let i = 0; i < 5; i++) {
      // oxlint-disable-next-line no-await-in-loop -- in order
      const { opcode, payload } = await peer.frame();
      opcodes.push([opcode, payload.length]);
    }
    expect(opcodes).toEqual([
      [1, 1],
      [2, 1],
      [2, 2],
      [1, 1],
      [1, '[object Object]'.length],
    ]);
  });
});

describe('stream/tentative/write', () => {
  const resizable = Reflect.construct(ArrayBuffer, [8, { maxByteLength: 16 }]) as ArrayBuffer;

  test.each([
    ['a resizable buffer', resizable],
    ['a view on one', new Uint8Array(resizable)],
    ['a shared buffer', new SharedArrayBuffer(8)],
    ['a view on one', new Uint8Array(new SharedArrayBuffer(8))],
    ['what is no string', Symbol('chunk')],
  ])('refuses %s, whose bytes might change on the way', async (_, chunk) => {
    const { writable } = await openStream();
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    await expect(Reflect.apply(writer.write, writer, [chunk])).rejects.toThrow(TypeError);
  });

  test('a write that the Close frame of the server met is lost, and the end not clean', async () => {
    const { stream, peer, writable } = await openStream();
    peer.socket.pause();
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    const lost = writer.write(new Uint8Array(33_554_432)).catch((error: unknown) => error);
    peer.write(closeFrame(4567, 'enough', { mask: undefined }));
    expect(await lost).toMatchObject({ name: 'InvalidStateError' });
    peer.socket.resume();
    peer.socket.once('data', () => peer.socket.end());
    await expect(stream.closed).rejects.toMatchObject({ closeCode: 4567, reason: 'enough' });
    await expect(writer.write('more')).rejects.toBe(await lost);
  });
});

describe('stream/tentative/backpressure-receive', () => {
  test('nothing is read from the socket while nobody reads the stream', async () => {
    const { peer, readable } = await openStream();
    const message = serverFrame(Buffer.alloc(65_536), { opcode: 2 });
    let written = 0;
    const limit = 1_000;
    const pump = () => {
      while (written < limit && peer.socket.write(message)) written += 1;
    };
    peer.socket.on('drain', pump);
    onTestFinished(() => void peer.socket.off('drain', pump));
    pump();
    await untilQuiet(() => written);
    expect(written).toBeLessThan(limit);
    const reader = readable.getReader();
    while (written < limit) {
      // oxlint-disable-next-line no-await-in-loop -- one after another
      expect((await reader.read()).value).toHaveLength(65_536);
    }
  });
});

describe('stream/tentative/backpressure-send', () => {
  test('a write is done when there is room, which a reading server makes', async () => {
    const { peer, writable } = await openStream();
    peer.socket.pause();
    const writer = writable.getWriter();
    let done = 0;
    const all = 1_000;
    const writing = (async () => {
      for (; done < all; done++) {
        // oxlint-disable-next-line no-await-in-loop -- back-pressure
        await writer.write(new Uint8Array(65_536));
      }
    })();
    await untilQuiet(() => done);
    expect(done).toBeLessThan(all);
    expect(writer.desiredSize).toBeLessThanOrEqual(0);
    peer.socket.resume();
    await writing;
    await peer.until(() => (peer.totalBytes > all * 65_536 ? true : undefined));
  });

  test('a write that waits is rejected when the connection ends', async () => {
    const { stream, peer, writable } = await openStream();
    peer.socket.pause();
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    const results: Promise<unknown>[] = [];
    for (let i = 0; i < 500; i++) {
      results.push(writer.write(new Uint8Array(65_536)).catch((error: unknown) => error));
    }
    peer.destroy();
    await expect(stream.closed).rejects.toBeInstanceOf(WebSocketError);
    expect(await results.at(-1)).toBeInstanceOf(WebSocketError);
  });
});

describe('stream/tentative/websocket-error', () => {
  test('is a DOMException with a code and a reason', () => {
    const error = new WebSocketError('message', { closeCode: 3456, reason: 'pizza' });
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: 'WebSocketError', message: 'message', code: 0 });
    expect([error.closeCode, error.reason]).toEqual([3456, 'pizza']);
    const plain = new WebSocketError();
    expect([plain.message, plain.closeCode, plain.reason]).toEqual(['', null, '']);
    expect(new WebSocketError('', { reason: 'x' }).closeCode).toBe(1000);
  });

  test('refuses what may not be sent', () => {
    expect(errorOf(() => new WebSocketError('', { closeCode: 1001 }))).toBe('InvalidAccessError');
    expect(errorOf(() => new WebSocketError('', { reason: 'x'.repeat(124) }))).toBe('SyntaxError');
    expect(errorOf(() => Reflect.construct(WebSocketError, ['', 7]))).toBe('TypeError');
  });
});
