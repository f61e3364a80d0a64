import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import {
  connectChannel,
  type Channel,
  type ChannelClose,
  type TransportName,
} from '@pairwire/channel/client';
import { formatRequest, parseReply, type Reply, type Request } from '@pairwire/pairing/rendezvous';
import { WebSocket } from '@pairwire/websocket';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';

import type { RelayOptions } from '../../src/relay/options.ts';
import { RelayServer } from '../../src/relay/relay-server.ts';
import type { RelayParts } from '../../src/relay/relay.ts';
import { KEY, linkId, record } from './harness.ts';

const LINK = linkId(1);
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(options: RelayOptions = {}, parts: RelayParts = {}) {
  const relay = new RelayServer(options, parts);
  const http = createServer((request, response) => {
    if (!relay.handleRequest(request, response)) response.writeHead(418).end('not mine');
  });
  http.on('upgrade', (request, socket, head) => {
    if (!relay.handleUpgrade(request, socket, head)) socket.destroy();
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  closing.push(async () => {
    await relay.close();
    http.closeAllConnections();
    http.close();
    await once(http, 'close');
  });
  return { relay, port, url: `http://127.0.0.1:${port}` };
}

/** A channel over a real socket whose replies can be awaited one after the other. */
class Client {
  readonly channel: Channel;
  readonly envelopes: Uint8Array[] = [];
  ending: ChannelClose | undefined;
  #replies: Reply[] = [];
  #changed: (() => void) | undefined;

  constructor(url: string, transport: TransportName = 'websocket') {
    this.channel = connectChannel(
      url,
      {
        packet: (packet) => {
          if (typeof packet === 'string') this.#note(packet);
          else this.envelopes.push(packet);
          this.#changed?.();
        },
        close: (close) => {
          this.ending = close;
          this.#changed?.();
        },
      },
      { WebSocket, transport },
    );
    closing.push(async () => this.channel.close());
  }

  static async open(url: string, transport?: TransportName): Promise<Client> {
    const client = new Client(url, transport);
    await client.reply();
    return client;
  }

  async reply(): Promise<Reply> {
    await this.until(() => this.#replies.length > 0);
    return this.#replies.shift() as Reply;
  }

  ask(request: Request): Promise<Reply> {
    this.channel.send(formatRequest(request));
    return this.reply();
  }

  async end(): Promise<ChannelClose> {
    await this.until(() => this.ending !== undefined);
    return this.ending as ChannelClose;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#changed = resolve));
  }

  #note(text: string): void {
    const parsed = parseReply(text);
    if (parsed.ok) this.#replies.push(parsed.value);
  }
}

async function get(
  url: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  const asked = httpRequest(url, { method, headers }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** The status and text that answer an opening handshake. */
async function upgrade(
  port: number,
  headers: Record<string, string> = {},
  path = '/channel/websocket',
): Promise<{ status: number; text: string; socket: Socket }> {
  const all: Record<string, string> = {
    Host: `127.0.0.1:${port}`,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'pairwire.channel.1',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(port, '127.0.0.1');
  closing.push(async () => void socket.destroy());
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  const text = chunk.toString('latin1');
  return { status: Number(text.slice(9, 12)), text, socket };
}

async function isAlive(url: string): Promise<boolean> {
  return (await get(`${url}/healthz`)).status === 200;
}

describe('a relay on real sockets', () => {
  test('brings page and phone together and carries records both ways', async () => {
    const { url, relay } = await start();
    const { page, phone, told } = await connectBoth(url, relay);
    expect(told).toEqual(['waiting', 'opened', 'peer', 'visited', 'claimed']);
    const records = Array.from({ length: 50 }, (_, n) => record(LINK, n, 8 + n * 10));
    for (const bytes of records) {
      page.channel.send(bytes);
      phone.channel.send(bytes);
    }
    await page.until(() => page.envelopes.length === 50);
    await phone.until(() => phone.envelopes.length === 50);
    expect(page.envelopes).toEqual(records);
    expect(phone.envelopes).toEqual(records);
    phone.channel.close();
    expect(await page.reply()).toMatchObject({ presence: 'asleep' });
    expect(relay.relay.counters.links.connected).toBe(1);
  });

  test.each(['streaming', 'long-polling', 'polling'] as const)(
    'answers over %s as over a WebSocket, and carries records between the two',
    async (transport) => {
      const { url, relay } = await start();
      const { page, phone } = await connectBoth(url, relay, transport);
      page.channel.send(record(LINK, 1));
      await phone.until(() => phone.envelopes.length > 0);
      phone.channel.send(record(LINK, 2));
      await page.until(() => page.envelopes.length > 0);
      expect([...phone.envelopes, ...page.envelopes]).toEqual([record(LINK, 1), record(LINK, 2)]);
    },
  );

  test('slows a side down that sends 400 records at once, and loses none', async () => {
    const { url, relay } = await start({ recordsPerSecond: 1_000 });
    const { page, phone } = await connectBoth(url, relay);
    for (let n = 0; n < 400; n++) phone.channel.send(record(LINK, n, 1_000));
    await page.until(() => page.envelopes.length === 400);
    expect(page.envelopes.at(-1)).toEqual(record(LINK, 399, 1_000));
    expect(relay.relay.counters.refusals['too-many']).toBe(0);
  });

  test('tells everybody to come back when it closes', async () => {
    const { url, relay } = await start();
    const page = await Client.open(url);
    await relay.close();
    expect(await page.end()).toMatchObject({ code: 4000, reason: 'restarting' });
  });

  test('serves 100 channels at once, each of them with a link', async () => {
    const { url, relay } = await start();
    const clients = await Promise.all(Array.from({ length: 100 }, () => Client.open(url)));
    const replies = await Promise.all(
      clients.map((client, n) => client.ask({ type: 'open', v: 1, link: linkId(n), key: KEY })),
    );
    expect(new Set(replies.map(({ type }) => type))).toEqual(new Set(['waiting']));
    expect(relay.relay.links).toBe(100);
  });
});

/** Two sides that accepted each other. */
async function connectBoth(url: string, { relay }: RelayServer, transport?: TransportName) {
  const page = await Client.open(url, transport);
  const opened = await page.ask({ type: 'open', v: 1, link: LINK, key: KEY });
  const phone = await Client.open(url);
  const visited = await phone.ask({ type: 'visit', v: 1, link: LINK });
  const claimed = await phone.ask({ type: 'claim', v: 1, link: LINK });
  const told = [opened, await page.reply(), await page.reply(), visited, claimed];
  for (const side of [page, phone]) {
    side.channel.send(formatRequest({ type: 'accept', link: LINK }));
  }
  while (relay.counters.links.connected === 0) await new Promise(setImmediate);
  return { page, phone, told: told.map(({ type }) => type) };
}

describe('bad input on real sockets', () => {
  test('bad JSON is refused, and ends the channel when it goes on', async () => {
    const { url } = await start();
    const client = await Client.open(url);
    client.channel.send('{"type":');
    expect(await client.reply()).toEqual({ type: 'refused', reason: 'bad-request', path: '' });
    for (let i = 0; i < 30; i++) client.channel.send('no');
    expect(await client.end()).toMatchObject({ code: 4101 });
  });

  test('a packet beyond any limit ends the channel with 1009', async () => {
    const { url, port } = await start();
    const { socket } = await upgrade(port);
    // Announces 4 GiB; nothing of it need be sent.
    socket.write(Buffer.from([0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]));
    let got = Buffer.alloc(0);
    for await (const chunk of socket) got = Buffer.concat([got, chunk as Buffer]);
    expect(got.toString('hex')).toContain('03f1');
    expect(await isAlive(url)).toBe(true);
  });

  test('any bytes behind the handshake leave the relay alive (property)', async () => {
    const { url, port, relay } = await start();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const { socket } = await upgrade(port);
        socket.resume().end(bytes);
        await once(socket, 'close');
      }),
      { numRuns: 60 },
    );
    expect(await isAlive(url)).toBe(true);
    while (relay.relay.size > 0) await new Promise(setImmediate);
    expect(relay.relay.counters.handlerFailures).toBe(0);
  });

  test('any bytes in the place of a request leave the relay alive (property)', async () => {
    const { url, port } = await start();
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 300 }), async (text) => {
        const socket = connect(port, '127.0.0.1');
        socket
          .on('error', () => {})
          .resume()
          .end(`GET /channel${text}\r\n\r\n`);
        await once(socket, 'close');
      }),
      { numRuns: 60 },
    );
    expect(await isAlive(url)).toBe(true);
  });
});

describe('who may connect', () => {
  test('a name that is not ours is refused with 403, which stops DNS rebinding', async () => {
    const { url, port } = await start();
    const { status, text } = await upgrade(port, { Host: 'rebound.example' });
    expect(status).toBe(403);
    expect(text).toContain('"error":"forbidden-host"');
    const answer = await get(`${url}/healthz`, { headers: { Host: 'rebound.example:80' } });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      403,
      { error: 'forbidden-host' },
    ]);
  });

  test('a page of another origin is refused with 403, even with a Host that is ours', async () => {
    const { port } = await start();
    for (const origin of ['http://evil.example', 'null', `http://127.0.0.1:${port + 1}`]) {
      const { status, text } = await upgrade(port, { Origin: origin });
      expect(status).toBe(403);
      expect(text).toContain('"error":"forbidden-origin"');
    }
  });

  test('our own page, a configured one, and programs without Origin may', async () => {
    const { port } = await start({ origins: ['https://app.example'] });
    for (const headers of [
      { Origin: `http://127.0.0.1:${port}` },
      { Origin: 'https://app.example' },
      {},
    ]) {
      expect((await upgrade(port, headers)).status).toBe(101);
    }
  });

  test('the same holds for channels over HTTP, whatever they ask', async () => {
    const { url } = await start();
    const ask = async (headers: Record<string, string>, method = 'POST') =>
      (await get(`${url}/channel/polling`, { method, headers })).status;
    // As far as the channel, which misses its protocol.
    expect(await ask({})).toBe(400);
    expect(await ask({ Origin: 'http://evil.example' })).toBe(403);
    expect(await ask({ Origin: 'http://evil.example' }, 'OPTIONS')).toBe(403);
    expect(await ask({ Host: 'rebound.example' })).toBe(403);
  });

  test('who offers no subprotocol, or another one, is refused with 400', async () => {
    const { port } = await start();
    const { status, text } = await upgrade(port, { 'Sec-WebSocket-Protocol': 'chat' });
    expect(status).toBe(400);
    expect(text).toContain('"error":"subprotocol"');
  });

  test('an address with too many channels gets 429 and when to try again', async () => {
    const { port } = await start({ maxChannelsPerAddress: 2, unlimitedAddresses: [] });
    expect((await upgrade(port)).status).toBe(101);
    expect((await upgrade(port)).status).toBe(101);
    const { status, text } = await upgrade(port);
    expect(status).toBe(429);
    expect(text).toContain('Retry-After: 10\r\n');
  });

  test('a full relay answers 503', async () => {
    const { port } = await start({ maxChannels: 1 });
    expect((await upgrade(port)).status).toBe(101);
    expect((await upgrade(port)).text).toContain('"error":"full"');
  });

  test('behind a trusted proxy every client has limits of its own', async () => {
    const { port } = await start({ maxChannelsPerAddress: 1, trustedProxies: ['loopback'] });
    const from = (address: string) => ({ 'X-Forwarded-For': address });
    expect((await upgrade(port, from('192.0.2.1'))).status).toBe(101);
    expect((await upgrade(port, from('192.0.2.1'))).status).toBe(429);
    expect((await upgrade(port, from('192.0.2.2'))).status).toBe(101);
    // What the client itself claims stands before what the proxy adds.
    expect((await upgrade(port, from('203.0.113.1, 192.0.2.2'))).status).toBe(429);
  });

  test('a header of a client that is no trusted proxy changes nothing', async () => {
    const { port } = await start({ maxChannelsPerAddress: 1, unlimitedAddresses: [] });
    expect((await upgrade(port, { 'X-Forwarded-For': '192.0.2.1' })).status).toBe(101);
    expect((await upgrade(port, { 'X-Forwarded-For': '192.0.2.2' })).status).toBe(429);
  });
});

describe('what the relay answers to HTTP', () => {
  test('it is alive, and ready while it takes channels', async () => {
    const { url, relay } = await start();
    expect(await get(`${url}/healthz`)).toMatchObject({
      status: 200,
      text: '{"status":"alive"}\n',
    });
    expect(await get(`${url}/readyz`)).toMatchObject({ status: 200, text: '{"status":"ready"}\n' });
    await relay.close();
    const ready = await get(`${url}/readyz`);
    expect([ready.status, ready.headers['retry-after']]).toEqual([503, '1']);
    expect(await isAlive(url)).toBe(true);
  });

  test('it is not ready without its store, and logs no more than a code', async () => {
    const logged: object[] = [];
    const log = {
      debug() {},
      info() {},
      warn() {},
      error: (fields: object) => logged.push(fields),
    };
    const store = {
      epoch: 'e',
      read: () => Promise.resolve(undefined),
      write: () => Promise.resolve(true),
      check: () => Promise.reject(Object.assign(new Error('secret'), { code: 'ECONNREFUSED' })),
    };
    const { url } = await start({}, { store, log });
    expect(await get(`${url}/readyz`)).toMatchObject({ status: 503 });
    expect(logged).toEqual([{ code: 'ECONNREFUSED' }]);
  });

  test('its numbers come in the format of Prometheus', async () => {
    const { url } = await start();
    const page = await Client.open(url);
    await page.ask({ type: 'open', v: 1, link: LINK, key: KEY });
    await page.ask({ type: 'end', link: LINK, reason: 'rejected' });
    page.channel.send('{');
    await page.reply();
    const { status, headers, text } = await get(`${url}/metrics`);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = text.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'pairwire_channels 1',
        'pairwire_channels_opened_total 1',
        'pairwire_links{state="waiting"} 0',
        'pairwire_links_opened_total 1',
        'pairwire_links_ended_total{reason="rejected"} 1',
        'pairwire_links_ended_total{reason="happy"} 0',
        'pairwire_refusals_total{reason="bad-request"} 1',
      ]),
    );
    expect((await get(`${url}/metrics`)).text).toBe(text);
  });

  test('every answer forbids to keep, sniff, frame or refer to it', async () => {
    const { url } = await start();
    for (const path of ['/healthz', '/readyz', '/metrics', '/channel', '/channel/websocket']) {
      expect((await get(`${url}${path}`)).headers).toMatchObject({
        'cache-control': expect.stringMatching(/^no-store\b/),
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
    }
  });

  test.each([
    ['GET', '/channel', 404, 'not-found'],
    ['GET', '/channel/other', 404, 'not-found'],
    ['GET', '/channel/../healthz', 404, 'not-found'],
    ['GET', '/channel/websocket', 426, 'upgrade-required'],
    ['POST', '/healthz', 405, 'method-not-allowed'],
    ['DELETE', '/metrics', 405, 'method-not-allowed'],
  ])('%s %s is answered with %i %s', async (method, path, status, error) => {
    const { port } = await start();
    // Sent as it stands: a URL object would tidy the path up.
    const asked = httpRequest({ port, host: '127.0.0.1', path, method }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    expect([response.statusCode, (JSON.parse(text) as { error: string }).error]).toEqual([
      status,
      error,
    ]);
    expect(response.headers.allow).toBe(status === 405 ? 'GET, HEAD' : undefined);
  });

  test('HEAD is answered without a body', async () => {
    const { url } = await start();
    const { status, headers, text } = await get(`${url}/healthz`, { method: 'HEAD' });
    expect([status, headers['content-length'], text]).toEqual([200, '19', '']);
  });

  test('paths of others are left to them, upgrades too', async () => {
    const { url, port } = await start();
    for (const path of ['/', '/healthzz', '/channels', '/echo']) {
      expect((await get(`${url}${path}`)).status).toBe(418);
    }
    expect((await upgrade(port, {}, '/channel/other')).status).toBe(404);
  });
});
