import { once } from 'node:events';
import { expect, test } from 'vitest';
import { closeOf, connect, describeBoth, messagesOf } from './both.ts';

describeBoth('events', (library) => {
  test('reach `addEventListener` and the attributes with the fields of browsers', async () => {
    const { client, accepter } = await connect(library);
    const seen: unknown[] = [];
    client.addEventListener('message', (event) => {
      seen.push([event.type, event.target === client, event.data]);
    });
    client.onclose = ({ type, target, code, reason, wasClean }) => {
      seen.push([type, target === client, code, reason, wasClean]);
    };
    const received = messagesOf(client, 2);
    accepter.send('text');
    accepter.send(Buffer.from('bytes'));
    await received;
    accepter.close(4000, 'bye');
    await once(client, 'close');
    expect(seen).toEqual([
      ['message', true, 'text'],
      ['message', true, Buffer.from('bytes')],
      ['close', true, 4000, 'bye', true],
    ]);
  });

  test('tell `open` and `error` listeners', async () => {
    const { url } = await connect(library);
    const opened = new library.WebSocket(url);
    const event = await new Promise<{ type: string; target: unknown }>((resolve) => {
      opened.onopen = resolve;
    });
    expect([event.type, event.target === opened]).toEqual(['open', true]);
    const failing = new library.WebSocket(url);
    const failed = new Promise<{ type: string; message: string; error: Error }>((resolve) => {
      failing.addEventListener('error', resolve);
    });
    failing.close();
    const { type, message, error } = await failed;
    expect([type, message]).toEqual([
      'error',
      'WebSocket was closed before the connection was established',
    ]);
    expect(error).toBeInstanceOf(Error);
  });

  test('call an object’s handleEvent, each listener once, and `once` once', async () => {
    const { client, accepter } = await connect(library);
    const calls: string[] = [];
    const object = {
      handleEvent() {
        calls.push(this === object ? 'object' : 'somebody else');
      },
    };
    const listener = (): void => {
      calls.push('function');
    };
    client.addEventListener('message', object);
    client.addEventListener('message', listener);
    client.addEventListener('message', listener);
    client.addEventListener('message', () => calls.push('once'), { once: true });
    client.addEventListener('nonsense' as 'message', listener);
    expect(client.listenerCount('message')).toBe(3);
    expect(client.listenerCount('nonsense')).toBe(0);
    for (const text of ['1', '2']) {
      const received = messagesOf(client, 1);
      accepter.send(text);
      await received;
    }
    expect(calls).toEqual(['object', 'function', 'once', 'object', 'function']);
    client.removeEventListener('message', listener);
    client.removeEventListener('message', object);
    expect(client.listenerCount('message')).toBe(0);
  });

  test('have one place for each attribute, which null takes away', async () => {
    const { client } = await connect(library);
    const first = (): void => undefined;
    const second = (): void => undefined;
    expect(client.onmessage).toBeNull();
    client.onmessage = first;
    client.onmessage = second;
    expect(client.onmessage).toBe(second);
    expect(client.listenerCount('message')).toBe(1);
    client.addEventListener('message', second);
    expect(client.listenerCount('message')).toBe(2);
    client.removeEventListener('message', second);
    expect(client.onmessage).toBe(second);
    client.onmessage = null;
    expect(client.listenerCount('message')).toBe(0);
  });
});

describeBoth('closing', (library) => {
  test('carries code and reason both ways and ends clean', async () => {
    const { client, accepter } = await connect(library);
    const both = Promise.all([closeOf(client), closeOf(accepter)]);
    expect(client.readyState).toBe(1);
    client.close(4321, 'the reason');
    expect(client.readyState).toBe(2);
    expect(await both).toEqual([
      { code: 4321, reason: 'the reason' },
      { code: 4321, reason: 'the reason' },
    ]);
    expect([client.readyState, accepter.readyState]).toEqual([3, 3]);
    client.close();
  });

  test('without a code is 1005, and 1006 when TCP just ended', async () => {
    const gentle = await connect(library);
    const gentleEnds = Promise.all([closeOf(gentle.client), closeOf(gentle.accepter)]);
    gentle.accepter.close();
    expect((await gentleEnds).map(({ code }) => code)).toEqual([1005, 1005]);
    const rough = await connect(library);
    const roughEnds = Promise.all([closeOf(rough.client), closeOf(rough.accepter)]);
    rough.accepter.terminate();
    expect(rough.accepter.readyState).toBe(2);
    expect((await roughEnds).map(({ code }) => code)).toEqual([1006, 1006]);
  });

  test('takes a reason of bytes', async () => {
    const { client, accepter } = await connect(library);
    const closed = closeOf(accepter);
    client.close(1000, Buffer.from('您好'));
    expect(await closed).toEqual({ code: 1000, reason: '您好' });
  });

  test('refuses codes and reasons that must not be sent', async () => {
    const { client } = await connect(library);
    for (const code of [0, 999, 1004, 1005, 1006, 5000, 'x' as unknown as number]) {
      expect(() => client.close(code)).toThrow(
        new TypeError('First argument must be a valid error code number'),
      );
    }
    expect(() => client.close(1000, 'x'.repeat(124))).toThrow(
      new RangeError('The message must not be greater than 123 bytes'),
    );
    expect(client.readyState).toBe(1);
  });

  test('lets what was sent before go first', async () => {
    const { client, accepter } = await connect(library);
    const received = messagesOf(accepter, 3);
    client.send('1');
    client.send(new Blob(['2']));
    client.send('3');
    client.close();
    expect((await received).map(({ text }) => text)).toEqual(['1', '2', '3']);
  });

  test('while connecting is an error and 1006, in a later tick', async () => {
    const { url } = await connect(library);
    for (const method of ['close', 'terminate'] as const) {
      const socket = new library.WebSocket(url);
      socket[method]();
      expect(socket.readyState).toBe(2);
      const events: unknown[] = [];
      socket.on('error', ({ message }) => events.push(message));
      const { code } = await closeOf(socket);
      expect([...events, code]).toEqual([
        'WebSocket was closed before the connection was established',
        1006,
      ]);
    }
  });

  test('gives the peer `closeTimeout` ms', async () => {
    const { client, accepter } = await connect(library, { client: { closeTimeout: 50 } });
    accepter.pause();
    client.close();
    expect((await closeOf(client)).code).toBe(1006);
  });
});
