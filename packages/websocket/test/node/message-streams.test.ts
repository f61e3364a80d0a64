import { expect, expectTypeOf, describe, onTestFinished, test } from 'vitest';
import {
  messageStreams,
  type BinaryMessage,
  type ConnectionOf,
  type TextMessage,
  type WebSocketConnection,
} from '@pairwire/websocket';
import { closeFrame, frame } from './raw-peer.ts';
import { openOne, untilQuiet } from './servers.ts';

describe('messageStreams of a server', () => {
  test('gives messages and sends chunks', async () => {
    const { peer, connection } = await openOne({}, {});
    const { readable, writable } = messageStreams(connection);
    peer.write(Buffer.concat([frame('text'), frame(Buffer.from([1]), { opcode: 2 })]));
    const reader = readable.getReader();
    expect((await reader.read()).value).toBe('text');
    expect((await reader.read()).value).toEqual(Buffer.from([1]));
    const writer = writable.getWriter();
    await writer.write('answer');
    await writer.write(new Uint8Array([2]));
    expect(await peer.frame()).toMatchObject({ opcode: 1, payload: Buffer.from('answer') });
    expect(await peer.frame()).toMatchObject({ opcode: 2, payload: Buffer.from([2]) });
  });

  test('pipes: an echo in one line, which ends when the client closes', async () => {
    const { peer, connection, closed } = await openOne({}, {});
    const { readable, writable } = messageStreams(connection);
    const piped = readable.pipeTo(writable);
    peer.write(Buffer.concat([frame('1'), frame('2')]));
    expect((await peer.frame()).payload.toString()).toBe('1');
    expect((await peer.frame()).payload.toString()).toBe('2');
    peer.write(closeFrame(1000));
    expect(await peer.closeCode()).toBe(1000);
    await piped;
    expect(await closed).toMatchObject({ code: 1000, wasClean: true });
  });

  test('stops reading from the socket while nobody reads', async () => {
    const { peer, connection } = await openOne({}, {});
    const { readable } = messageStreams(connection);
    const message = frame(Buffer.alloc(65_536), { opcode: 2 });
    const limit = 500;
    let written = 0;
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

  test('holds a write back while the client does not read', async () => {
    const { peer, connection } = await openOne({}, {});
    const { writable } = messageStreams(connection);
    peer.socket.pause();
    const writer = writable.getWriter();
    let done = 0;
    const writing = (async () => {
      for (; done < 500; done++) {
        // oxlint-disable-next-line no-await-in-loop -- back-pressure
        await writer.write(new Uint8Array(65_536));
      }
    })();
    await untilQuiet(() => done);
    expect(done).toBeLessThan(500);
    peer.socket.resume();
    await writing;
  });

  test('fails with the error of the connection, on both sides', async () => {
    const { peer, connection } = await openOne({}, {});
    const { readable, writable } = messageStreams(connection);
    const read = readable.getReader().read();
    peer.destroy();
    await expect(read).rejects.toMatchObject({ name: 'ConnectionError' });
    const written = writable.getWriter().write('x');
    await expect(written).rejects.toMatchObject({ code: 'PW_WS_CLOSED' });
  });

  test('cancelling closes the connection, whatever still comes', async () => {
    const { peer, connection, closed } = await openOne({}, {});
    const { readable } = messageStreams(connection);
    peer.write(Buffer.concat([frame('never'), frame('read')]));
    const cancelled = readable.cancel();
    expect(await peer.closeCode()).toBe(1000);
    peer.write(closeFrame(1000));
    await cancelled;
    expect(await closed).toMatchObject({ wasClean: true });
  });

  test('takes no connection whose messages go to a handler', async () => {
    const { connection } = await openOne();
    expect(() => messageStreams(connection)).toThrow(/handler/);
  });
});

test('the name of a subprotocol narrows what is received and sent (types)', () => {
  type Connection = ConnectionOf<{ 'chat.json': 'text'; 'audio.opus': 'binary'; mixed: 'both' }>;
  const look = async (connection: Connection): Promise<void> => {
    if (connection.protocol === 'chat.json') {
      connection.send('text');
      // @ts-expect-error -- bytes are not agreed on
      connection.send(new Uint8Array(1));
      for await (const message of connection) expectTypeOf(message).toEqualTypeOf<TextMessage>();
    } else if (connection.protocol === 'audio.opus') {
      connection.send(new Uint8Array(1));
      // @ts-expect-error -- text is not agreed on
      connection.send('text');
      for await (const message of connection) expectTypeOf(message).toEqualTypeOf<BinaryMessage>();
    } else {
      expectTypeOf(connection.protocol).toEqualTypeOf<'mixed' | ''>();
      connection.send('text');
    }
    // @ts-expect-error -- a name that is not among them
    expect(connection.protocol === 'chat.xml').toBe(false);
  };
  const agreed = (connection: WebSocketConnection) => connection as Connection;
  expectTypeOf(agreed).returns.toEqualTypeOf<Connection>();
  expectTypeOf(look).parameter(0).toHaveProperty('close');
  expect(look).toBeTypeOf('function');
});
