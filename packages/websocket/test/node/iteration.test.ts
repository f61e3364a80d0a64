import { describe, expect, test } from 'vitest';
import { closeFrame, frame } from './raw-peer.ts';
import { openOne } from './servers.ts';

const NO_MESSAGES = {};

function texts(...list: string[]): Buffer {
  return Buffer.concat(list.map((text) => frame(text)));
}

describe('messages as an async iterable', () => {
  test('come in order and end with a clean close', async () => {
    const { peer, connection } = await openOne({}, NO_MESSAGES);
    peer.write(Buffer.concat([texts('one', 'two'), frame('3', { opcode: 2 }), closeFrame(1000)]));
    const seen: unknown[] = [];
    for await (const { type, data } of connection) seen.push([type, data]);
    expect(seen).toEqual([
      ['text', 'one'],
      ['text', 'two'],
      ['binary', Buffer.from('3')],
    ]);
    peer.destroy();
  });

  test('end with the error of an unclean end', async () => {
    const { peer, connection } = await openOne({}, NO_MESSAGES);
    peer.write(Buffer.concat([texts('one'), frame('', { opcode: 3 })]));
    const seen: unknown[] = [];
    await expect(async () => {
      for await (const { data } of connection) seen.push(data);
    }).rejects.toMatchObject({ code: 'PW_WS_RESERVED_OPCODE' });
    expect(seen).toEqual(['one']);
    peer.destroy();
  });

  test('that are not taken wait for the next consumer', async () => {
    const { peer, connection } = await openOne({}, NO_MESSAGES);
    peer.write(texts('one', 'two', 'three', 'four'));
    for await (const { data } of connection) if (data === 'one') break;
    for await (const { data } of connection) {
      expect(data).toBe('two');
      break;
    }
    const rest: unknown[] = [];
    connection.handler = { message: (_, { data }) => void rest.push(data) };
    await expect.poll(() => rest).toEqual(['three', 'four']);
    peer.destroy();
  });

  test('answer several calls of next at once', async () => {
    const { peer, connection } = await openOne({}, NO_MESSAGES);
    const iterator = connection[Symbol.asyncIterator]();
    const results = Promise.all([iterator.next(), iterator.next(), iterator.next()]);
    peer.write(Buffer.concat([texts('one', 'two'), closeFrame(1000)]));
    expect((await results).map(({ value }) => value?.data)).toEqual(['one', 'two', undefined]);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    peer.destroy();
  });

  test('leave messages that are too long to the stream of the handler that was there', async () => {
    const long: string[] = [];
    const { peer, connection } = await openOne(
      { maxMessageBytes: 10, maxStreamBytes: 1_000 },
      {
        async stream(_, stream) {
          long.push((await stream.toArray()).join(''));
        },
      },
    );
    peer.write(Buffer.concat([texts('one', 'x'.repeat(100), 'two'), closeFrame(1000)]));
    const seen: unknown[] = [];
    for await (const { data } of connection) seen.push(data);
    expect(seen).toEqual(['one', 'two']);
    expect(long).toEqual(['x'.repeat(100)]);
    peer.destroy();
  });

  test('end with 1009 at a message that is too long, without such a handler', async () => {
    const { peer, connection } = await openOne(
      { maxMessageBytes: 10, maxStreamBytes: 1_000 },
      NO_MESSAGES,
    );
    peer.write(texts('one', 'x'.repeat(100)));
    const seen: unknown[] = [];
    await expect(async () => {
      for await (const { data } of connection) seen.push(data);
    }).rejects.toMatchObject({ code: 'PW_WS_MESSAGE_TOO_BIG' });
    expect(seen).toEqual(['one']);
    peer.destroy();
  });

  test('let everything else through to the handler that was there', async () => {
    const pings: string[] = [];
    const { peer, connection, closed } = await openOne(
      {},
      {
        ping: (_, payload) => void pings.push(payload.toString()),
      },
    );
    peer.write(Buffer.concat([frame('p', { opcode: 9 }), texts('one'), closeFrame(1000)]));
    for await (const { data } of connection) expect(data).toBe('one');
    expect(pings).toEqual(['p']);
    expect(await closed).toMatchObject({ code: 1000 });
    peer.destroy();
  });

  test('do not go to two consumers', async () => {
    const { peer, connection } = await openOne();
    expect(() => connection[Symbol.asyncIterator]()).toThrow(/message handler/);
    peer.destroy();
  });

  test('of a connection that is over already end at once', async () => {
    const { peer, connection, closed } = await openOne({}, NO_MESSAGES);
    peer.write(closeFrame(1000));
    await closed;
    const result = await connection[Symbol.asyncIterator]().next();
    expect(result).toEqual({ done: true, value: undefined });
    peer.destroy();
  });
});
