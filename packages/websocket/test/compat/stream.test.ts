import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { closeOf, connect, describeBoth, messagesOf } from './both.ts';

describeBoth('createWebSocketStream', (library) => {
  test('carries bytes both ways and ends with the closing handshake', async () => {
    const { client, accepter } = await connect(library);
    const stream = library.createWebSocketStream(client);
    const long = 'long '.repeat(100_000);
    const received = messagesOf(accepter, 2);
    const closed = closeOf(accepter);
    accepter.send('from the server ');
    accepter.send('in two messages');
    const read = text(stream);
    stream.write('beginning');
    stream.end(long);
    expect((await received).map((message) => message.text)).toEqual(['beginning', long]);
    expect(await read).toBe('from the server in two messages');
    expect((await closed).code).toBe(1005);
  });

  test('gives text as strings in object mode', async () => {
    const { client, accepter } = await connect(library);
    const stream = library.createWebSocketStream(client, { readableObjectMode: true });
    accepter.send('text');
    expect((await once(stream, 'data'))[0]).toBe('text');
    stream.destroy();
    await once(stream, 'close');
  });

  test('writes before the connection is open wait', async () => {
    const { server, url } = await connect(library);
    const arrived = new Promise<string | undefined>((resolve) => {
      server.once('connection', (socket) => {
        void messagesOf(socket, 1).then(([message]) => resolve(message?.text));
      });
    });
    const stream = library.createWebSocketStream(new library.WebSocket(url));
    stream.write('early');
    expect(await arrived).toBe('early');
    stream.destroy();
    await once(stream, 'close');
  });

  test('destroying it ends TCP', async () => {
    const { client, accepter } = await connect(library);
    const stream = library.createWebSocketStream(client);
    const closed = closeOf(accepter);
    stream.destroy();
    await once(stream, 'close');
    expect((await closed).code).toBe(1006);
  });

  test('fails when the connection does', async () => {
    const { server, url } = await connect(library);
    await new Promise<void>((resolve) => {
      for (const one of server.clients) one.terminate();
      server.close(() => resolve());
    });
    const stream = library.createWebSocketStream(new library.WebSocket(url));
    const [error] = (await once(stream, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });
});
