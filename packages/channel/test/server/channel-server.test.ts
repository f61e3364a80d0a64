import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { WebSocket } from '@pairwire/websocket';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { connectChannel, type ChannelClose, type Packet } from '../../src/client/index.ts';
import {
  ChannelServer,
  type ChannelServerOptions,
  type ServerChannel,
} from '../../src/server/index.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Running {
  readonly http: Server;
  readonly channels: ChannelServer;
  readonly url: string;
  readonly port: number;
}

async function start(options: Partial<ChannelServerOptions> = {}): Promise<Running> {
  const channels = new ChannelServer({
    accept: (channel) => ({ packet: (packet) => void channel.send(packet), close() {} }),
    ...options,
  });
  const http = createServer((request, response) => {
    if (!channels.handleRequest(request, response)) response.writeHead(404).end();
  });
  channels.attach(http);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  closing.push(async () => {
    await channels.close();
    http.closeAllConnections();
    http.close();
    await once(http, 'close');
  });
  return { http, channels, port, url: `http://127.0.0.1:${port}` };
}

/** A raw opening handshake; `headers` replace or, when undefined, take away. */
async function upgrade(
  port: number,
  headers: Record<string, string | undefined> = {},
  path = '/channel/websocket',
): Promise<{ status: number; text: string; socket: Socket }> {
  const all: Record<string, string | undefined> = {
    Host: `127.0.0.1:${port}`,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'pairwire.channel.1',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  );
  const socket = connect(port, '127.0.0.1');
  closing.push(async () => void socket.destroy());
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  let text = '';
  while (!text.includes('\r\n\r\n')) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString('latin1');
  }
  return { status: Number(text.slice(9, 12)), text, socket };
}

async function get(url: string, method = 'GET'): Promise<IncomingMessage> {
  const asked = httpRequest(url, { method }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response;
}

/** Resolves with how a channel ended. */
function ending(url: string, act: (send: (packet: Packet) => void) => void): Promise<ChannelClose> {
  return new Promise((resolve) => {
    const channel = connectChannel(
      url,
      { open: () => act((packet) => channel.send(packet)), packet() {}, close: resolve },
      {
        WebSocket,
        transport: 'websocket',
        maxPacketBytes: 10_000_000,
        maxBufferedBytes: 100_000_000,
      },
    );
  });
}

describe('a channel server', () => {
  test('gives the application an open channel with the address of its client', async () => {
    let accepted: ServerChannel | undefined;
    const { url, channels } = await start({
      accept: (channel) => {
        accepted = channel;
        channel.send('welcome');
        return { packet: (packet) => void channel.send(packet), close() {} };
      },
    });
    const packets = await new Promise<Packet[]>((resolve) => {
      const got: Packet[] = [];
      const channel = connectChannel(
        url,
        {
          packet: (packet) => {
            got.push(packet);
            if (got.length === 1) channel.send('hello');
            else channel.close();
          },
          close: () => resolve(got),
        },
        { WebSocket },
      );
    });
    expect(packets).toEqual(['welcome', 'hello']);
    expect(accepted).toMatchObject({ transport: 'websocket', remoteAddress: '127.0.0.1' });
    while (channels.size > 0) await new Promise(setImmediate);
  });

  test('names the client by clientAddress when that is given', async () => {
    let address: string | undefined;
    const { url } = await start({
      clientAddress: () => '192.0.2.7',
      accept: (channel) => {
        address = channel.remoteAddress;
        channel.close();
        return { packet() {}, close() {} };
      },
    });
    await ending(url, () => {});
    expect(address).toBe('192.0.2.7');
  });

  test('limits openings by clientAddress, so that clients of one proxy do not share a rate', async () => {
    const { port } = await start({
      clientAddress: (request) => String(request.headers['x-forwarded-for']),
    });
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
    onTestFinished(() => clock.mockRestore());
    const openFrom = async (address: string) => {
      const { status, socket } = await upgrade(port, { 'X-Forwarded-For': address });
      socket.destroy();
      return status;
    };
    // Ten seconds' worth of openings may come at once.
    for (let count = 0; count < 10; count++) {
      const statuses = await Promise.all(Array.from({ length: 50 }, () => openFrom('192.0.2.7')));
      expect(new Set(statuses)).toEqual(new Set([101]));
    }
    expect(await openFrom('192.0.2.7')).toBe(429);
    expect(await openFrom('192.0.2.8')).toBe(101);
  });

  test('refuses a client that does not offer the subprotocol with 400', async () => {
    const { port } = await start();
    for (const offered of [undefined, 'chat', 'pairwire.channel.2', 'PAIRWIRE.CHANNEL.1']) {
      const { status, text } = await upgrade(port, { 'Sec-WebSocket-Protocol': offered });
      expect(status).toBe(400);
      expect(text).toContain('"error":"subprotocol"');
    }
  });

  test('finds the subprotocol among others and names it in the answer', async () => {
    const { port } = await start();
    const { status, text } = await upgrade(port, {
      'Sec-WebSocket-Protocol': 'chat, pairwire.channel.1',
    });
    expect(status).toBe(101);
    expect(text.toLowerCase()).toContain('sec-websocket-protocol: pairwire.channel.1');
  });

  test('refuses pages of another origin with 403', async () => {
    const { port } = await start();
    expect((await upgrade(port, { Origin: 'http://evil.example' })).status).toBe(403);
    expect((await upgrade(port, { Origin: 'null' })).status).toBe(403);
    expect((await upgrade(port, { Origin: `http://127.0.0.1:${port}` })).status).toBe(101);
  });

  test('refuses whom admit refuses, with its status, headers and words', async () => {
    const { port } = await start({
      admit: () => ({
        status: 429,
        error: 'too-many',
        message: 'later',
        headers: { 'Retry-After': '7' },
      }),
    });
    const { status, text } = await upgrade(port);
    expect(status).toBe(429);
    expect(text).toContain('Retry-After: 7\r\n');
    expect(text).toContain('{"error":"too-many","message":"later"}');
  });

  test('answers 503 when it is full', async () => {
    const { port } = await start({ maxChannels: 1 });
    expect((await upgrade(port)).status).toBe(101);
    expect((await upgrade(port)).status).toBe(503);
  });

  test('answers other paths with 404, and its own path without upgrade with 426', async () => {
    const { port, url } = await start();
    expect((await upgrade(port, {}, '/channel')).status).toBe(404);
    expect((await upgrade(port, {}, '/')).status).toBe(404);
    const plain = await get(`${url}/channel/websocket?x=1`);
    expect(plain.statusCode).toBe(426);
    expect(plain.headers.upgrade).toBe('websocket');
    expect((await get(`${url}/channel`)).statusCode).toBe(404);
  });

  test('ends a channel with 1009 on a packet that is too long', async () => {
    const { url } = await start();
    const close = await ending(url, (send) => send(new Uint8Array(66_561)));
    expect(close.code).toBe(1009);
  });

  test('ends a channel with 4900 on an empty text', async () => {
    const { url } = await start();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/channel/websocket`, [
      'pairwire.channel.1',
    ]);
    socket.onopen = () => socket.send('');
    const close = await new Promise<{ code: number }>((resolve) => {
      socket.onclose = (event) => resolve(event);
    });
    expect(close.code).toBe(4900);
  });

  test('ends a channel with 1011 when its handler throws, reports it, and serves the others', async () => {
    const failures: unknown[] = [];
    const { url } = await start({
      failed: (error) => failures.push(error),
      accept: (channel) => ({
        packet(packet) {
          if (packet === 'throw') throw new Error('a defect');
          channel.send(packet);
        },
        close() {},
      }),
    });
    expect((await ending(url, (send) => send('throw'))).code).toBe(1011);
    expect(failures).toMatchObject([{ message: 'a defect' }]);
    const close = await new Promise<ChannelClose>((resolve) => {
      const channel = connectChannel(
        url,
        { open: () => void channel.send('x'), packet: () => channel.close(), close: resolve },
        { WebSocket },
      );
    });
    expect(close.code).toBe(1000);
  });

  test('ends a channel with 1011 when accept throws', async () => {
    const failures: unknown[] = [];
    const { url } = await start({
      failed: (error) => failures.push(error),
      accept: () => {
        throw new Error('no');
      },
    });
    expect((await ending(url, () => {})).code).toBe(1011);
    expect(failures).toHaveLength(1);
  });

  test('returns every mark behind the packets before it', async () => {
    const { port } = await start({ accept: (channel) => echo(channel) });
    const { socket } = await upgrade(port);
    const mark = Buffer.from([0x82, 0x80, 0, 0, 0, 0]);
    const text = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61]);
    socket.write(Buffer.concat([text, mark, text, mark]));
    let got = Buffer.alloc(0);
    while (got.length < 10)
      got = Buffer.concat([got, ((await once(socket, 'data')) as [Buffer])[0]]);
    expect(got.toString('hex')).toBe('8101618200810161' + '8200');
  });

  test('ends everything with 1001 when it closes', async () => {
    const { url, channels } = await start();
    const ends = [1, 2, 3].map(() => ending(url, (send) => send('x')));
    while (channels.size < 3) await new Promise(setImmediate);
    await channels.close();
    for (const close of await Promise.all(ends)) expect(close.code).toBe(1001);
    expect(channels.size).toBe(0);
  });

  test.each([
    [{}, 'accept must be a function'],
    [{ accept: 1 }, 'accept must be a function'],
    [{ accept() {}, admit: true }, 'admit must be a function'],
    [{ accept() {}, maxChannel: 1 }, "unknown option 'maxChannel'"],
    [{ accept() {}, maxChannels: -1 }, 'maxChannels must be a whole number'],
  ])('refuses the options %j', (options, message) => {
    expect(() => new ChannelServer(options as unknown as ChannelServerOptions)).toThrow(message);
  });
});

function echo(channel: ServerChannel) {
  return { packet: (packet: Packet) => void channel.send(packet), close() {} };
}
