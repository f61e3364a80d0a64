import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { WebSocket, type CloseEvent, type MessageEvent } from '@pairwire/websocket';
import { afterEach, describe, expect, test } from 'vitest';

import { createChatServer, createEchoServer } from '../../src/cli/websocket-endpoints.ts';

type EndpointServer = ReturnType<typeof createEchoServer>;

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function connect(endpoint: EndpointServer): Promise<WebSocket> {
  const server: Server = createServer();
  endpoint.attach(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  socket.binaryType = 'arraybuffer';
  cleanups.push(async () => {
    await endpoint.close();
    server.close();
  });
  await once(socket, 'open');
  return socket;
}

async function answerTo(socket: WebSocket, data: string | Uint8Array): Promise<unknown> {
  socket.send(data);
  const [event] = (await once(socket, 'message')) as [MessageEvent];
  return event.data;
}

describe('/echo', () => {
  test('server sends text and bytes back as they came', async () => {
    const socket = await connect(createEchoServer('same-host'));
    expect(await answerTo(socket, '你好 👋🏽 e\u0301\n')).toBe('你好 👋🏽 e\u0301\n');
    expect(await answerTo(socket, '')).toBe('');
    const bytes = Uint8Array.of(0, 255, 128);
    expect(await answerTo(socket, bytes)).toEqual(bytes.buffer);
  });

  test('server gives back more than its buffers hold, in order', async () => {
    const socket = await connect(createEchoServer('same-host'));
    const text = 'x'.repeat(200_000);
    const numbers = Array.from({ length: 40 }, (_, index) => String(index));
    const answers: unknown[] = [];
    const all = new Promise<void>((resolve) => {
      socket.onmessage = ({ data }) => {
        if (typeof data === 'string') answers.push(data.slice(text.length));
        if (answers.length === numbers.length) resolve();
      };
    });
    for (const number of numbers) socket.send(text + number);
    await all;
    expect(answers).toEqual(numbers);
  });
});

describe('/chat', () => {
  test('server answers a name with a greeting, an ASCII comma between', async () => {
    const socket = await connect(createChatServer('same-host'));
    expect(await answerTo(socket, '小明')).toBe('您好,小明');
    expect(await answerTo(socket, '')).toBe('您好,');
  });

  test.each([
    ['bytes', Uint8Array.of(1, 2, 3), 1003],
    ['a name that is none', '名'.repeat(2_000), 1009],
  ])('server closes on %s', async (_what, data, code) => {
    const socket = await connect(createChatServer('same-host'));
    socket.send(data);
    const [event] = (await once(socket, 'close')) as [CloseEvent];
    expect(event.code).toBe(code);
  });
});
