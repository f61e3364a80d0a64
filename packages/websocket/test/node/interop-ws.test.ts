/** Against the engine most programs on Node use, both ways. */
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket as Ws, WebSocketServer as WsServer } from 'ws';
import { WebSocket } from '@pairwire/websocket';
import { ECHO, startServer } from './servers.ts';

const LENGTHS = [0, 1, 125, 126, 65_535, 65_536, 1_048_576];
const TEXT = '您好, Grüße, 👨‍👩‍👧, é\n';

async function startWs(options: object = {}) {
  const server = new WsServer({ port: 0, host: '127.0.0.1', ...options });
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as { port: number };
  return { server, url: `ws://127.0.0.1:${port}/` };
}

describe('our server with the client of ws', () => {
  test('echoes text and binary of every length class', async () => {
    const { url } = await startServer({ handler: ECHO });
    const client = new Ws(url, { perMessageDeflate: false });
    await once(client, 'open');
    for (const length of LENGTHS) {
      client.send(Buffer.alloc(length, 7));
      const [data, isBinary] = await once(client, 'message');
      expect(isBinary).toBe(true);
      expect(Buffer.alloc(length, 7).equals(data)).toBe(true);
    }
    client.send(TEXT);
    const [text, isBinary] = await once(client, 'message');
    expect(isBinary).toBe(false);
    expect(text.toString()).toBe(TEXT);
    client.close(3001, 'bye');
    const [code, reason] = await once(client, 'close');
    expect(code).toBe(3001);
    expect(reason.toString()).toBe('bye');
  });

  test('opens when compression is offered, and does without', async () => {
    const { url } = await startServer({ handler: ECHO });
    const client = new Ws(url, { perMessageDeflate: true });
    await once(client, 'open');
    expect(client.extensions).toBe('');
    client.send(TEXT);
    expect((await once(client, 'message'))[0].toString()).toBe(TEXT);
    client.terminate();
  });

  test('agrees on a subprotocol', async () => {
    const { url } = await startServer({ protocols: ['b'] });
    const client = new Ws(url, ['a', 'b']);
    await once(client, 'open');
    expect(client.protocol).toBe('b');
    client.close();
    await once(client, 'close');
  });

  test('joins fragments and answers pings', async () => {
    const { url } = await startServer({ handler: ECHO });
    const client = new Ws(url);
    await once(client, 'open');
    const pong = once(client, 'pong');
    const message = once(client, 'message');
    client.send('您', { fin: false });
    client.ping('between');
    client.send('好', { fin: true });
    expect((await pong)[0].toString()).toBe('between');
    expect((await message)[0].toString()).toBe('您好');
    client.terminate();
  });

  test('closes it', async () => {
    const { server, url } = await startServer({ handler: ECHO });
    const client = new Ws(url);
    await once(client, 'open');
    const closed = once(client, 'close');
    await server.close({ code: 1012, reason: 'again soon' });
    const [code, reason] = await closed;
    expect([code, reason.toString()]).toEqual([1012, 'again soon']);
  });
});

describe('our client with the server of ws', () => {
  test('echoes text and binary of every length class', async () => {
    const { server, url } = await startWs();
    server.on('connection', (peer) => {
      peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
    });
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    await once(socket, 'open');
    for (const length of LENGTHS) {
      socket.send(Buffer.alloc(length, 7));
      const [{ data }] = await once(socket, 'message');
      expect(Buffer.alloc(length, 7).equals(Buffer.from(data))).toBe(true);
    }
    socket.send(TEXT);
    expect((await once(socket, 'message'))[0].data).toBe(TEXT);
    const closed = new Promise<number>((resolve) => {
      for (const peer of server.clients) peer.on('close', resolve);
    });
    socket.close(3001);
    expect((await once(socket, 'close'))[0]).toMatchObject({ code: 3001, wasClean: true });
    expect(await closed).toBe(3001);
  });

  test('joins fragments and answers pings', async () => {
    const { server, url } = await startWs();
    const ponged = new Promise<string>((resolve) => {
      server.on('connection', (peer) => {
        peer.on('pong', (data) => resolve(data.toString()));
        peer.send('您', { fin: false });
        peer.ping('between');
        peer.send('好', { fin: true });
      });
    });
    const socket = new WebSocket(url);
    expect((await once(socket, 'message'))[0].data).toBe('您好');
    expect(await ponged).toBe('between');
    socket.close();
    await once(socket, 'close');
  });

  test('agrees on a subprotocol', async () => {
    const { url } = await startWs({ handleProtocols: () => 'b' });
    const socket = new WebSocket(url, ['a', 'b']);
    await once(socket, 'open');
    expect(socket.protocol).toBe('b');
    socket.close();
    await once(socket, 'close');
  });

  test('is closed by it', async () => {
    const { server, url } = await startWs();
    server.on('connection', (peer) => peer.close(4001, 'no'));
    const socket = new WebSocket(url);
    expect((await once(socket, 'close'))[0]).toMatchObject({
      code: 4001,
      reason: 'no',
      wasClean: true,
    });
  });
});
