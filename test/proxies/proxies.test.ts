/**
 * Networks that let some transports through and not others: where the ladder ends up, and that a
 * page and a phone lose nothing on the way there (docs/protocol/channel.md §9).
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  connectChannel,
  LadderMemory,
  type Channel,
  type ChannelClientOptions,
  type ChannelHandler,
  type TransportName,
} from '@pairwire/channel/client';
import type { OpenPipe, PipeHandler } from '@pairwire/pairing';
import { WebSocket } from '@pairwire/websocket';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RelayServer } from '../../packages/pairwire/src/relay/relay-server.ts';
import { pair, type Ends } from '../system/ends.ts';
import { SeededRandom } from '../system/seeded-random.ts';
import { HttpProxy } from './http-proxy.ts';
import { Nginx, nginxProgram } from './nginx.ts';
import { Wire } from './wire.ts';

let http: Server;
let relay: RelayServer;
let relayPort: number;
let ends: Ends | undefined;
/** What the test started in between, closed after the ends. */
let between: { close(): Promise<void> }[];

beforeEach(async () => {
  ends = undefined;
  between = [];
  relay = new RelayServer();
  http = createServer((request, response) => relay.handleRequest(request, response));
  http.on('upgrade', (request, socket, head) => relay.handleUpgrade(request, socket, head));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  relayPort = (http.address() as AddressInfo).port;
});

afterEach(async () => {
  ends?.stop();
  for (const { close } of between.map((one) => ({ close: () => one.close() }))) await close();
  await relay.close();
  http.close();
  http.closeAllConnections();
  await once(http, 'close');
});

/** Where the rungs above fail at once: a busy machine may take its time to open the next one. */
const PATIENT = { rungTimeoutMs: 20_000 };

/** A way to the relay by the ladder, and which transports it was on. */
class Way {
  readonly channels: Channel[] = [];
  readonly #port: number;
  readonly #options: ChannelClientOptions;
  readonly #memory = new LadderMemory();

  constructor(port: number, options: ChannelClientOptions) {
    this.#port = port;
    this.#options = options;
  }

  readonly open: OpenPipe = (handler) => {
    const channel = connectChannel(`http://127.0.0.1:${this.#port}`, this.#watch(handler), {
      WebSocket,
      memory: this.#memory,
      probeIntervalMs: 0,
      ...this.#options,
    });
    this.channels.push(channel);
    return channel;
  };

  /** Also the channels that it moves over to are noted. */
  #watch(handler: PipeHandler): ChannelHandler {
    return {
      packet: (packet) => handler.packet(packet),
      drain: () => handler.drain?.(),
      close: (close) => handler.close(close),
      better: (take) =>
        handler.better?.((next) => {
          const channel = take(this.#watch(next));
          this.channels.push(channel);
          return channel;
        }),
    };
  }

  /** What carries it now. */
  get transport(): TransportName | undefined {
    return this.channels.at(-1)?.transport;
  }
}

async function listen(proxy: {
  listen(): Promise<number>;
  close(): Promise<void>;
}): Promise<number> {
  between.push(proxy);
  return proxy.listen();
}

/** Ends that reach the relay through `port`, with some text each way. */
async function talk(
  port: number,
  options: ChannelClientOptions = {},
): Promise<{ page: Way; phone: Way }> {
  const page = new Way(port, options);
  const phone = new Way(port, options);
  ends = await pair(page.open, phone.open);
  await exchange(ends, 'hello');
  return { page, phone };
}

/** Texts and live fields both ways; resolves when all of it has arrived. */
async function exchange({ page, phone, atPage, atPhone }: Ends, what: string): Promise<void> {
  const before = { page: atPage.messages.length, phone: atPhone.messages.length };
  const texts = (from: string) => Array.from({ length: 10 }, (_, i) => `${from} ${what} ${i} 你好`);
  for (const text of texts('page')) page.sendMessage(text);
  for (const text of texts('phone')) phone.sendMessage(text);
  const live = `${what} live 🎉`;
  page.setField({ text: live, selectionStart: 0, selectionEnd: 0 });
  phone.setField({ text: live, selectionStart: 0, selectionEnd: 0 });
  await atPhone.until(
    (heard) => heard.messages.length >= before.phone + 10 && heard.field === live,
  );
  await atPage.until((heard) => heard.messages.length >= before.page + 10 && heard.field === live);
  expect(atPhone.messages.slice(before.phone)).toEqual(texts('page'));
  expect(atPage.messages.slice(before.page)).toEqual(texts('phone'));
}

describe('a page and a phone behind a proxy', () => {
  test('that strips Upgrade meet on streaming', async () => {
    const { page, phone } = await talk(
      await listen(new HttpProxy({ targetPort: relayPort })),
      PATIENT,
    );
    expect([page.transport, phone.transport]).toEqual(['streaming', 'streaming']);
  });

  test('that passes on whole responses only meet on long polling', async () => {
    const proxy = new HttpProxy({ targetPort: relayPort, buffers: true });
    const { page, phone } = await talk(await listen(proxy));
    expect([page.transport, phone.transport]).toEqual(['long-polling', 'long-polling']);
  });

  test('that cuts what is silent come to rest on polling, and lose nothing on the way', async () => {
    const wire = new Wire({ targetPort: relayPort, idleMs: 200 });
    const { page, phone } = await talk(await listen(wire));
    if (ends === undefined) throw new Error('there are no ends');
    const { atPage, atPhone } = ends;
    // Each break is heard as a change of state. Without a person who looks at the screen, an end
    // pauses for up to 5 s after each of them, which says nothing about the ladder.
    const comesToRest = (way: Way, end: Ends['page' | 'phone']) => () => {
      if (end.state.phase === 'connected' && !end.state.online) end.wake();
      return way.transport === 'polling';
    };
    await Promise.all([
      atPage.until(comesToRest(page, ends.page)),
      atPhone.until(comesToRest(phone, ends.phone)),
    ]);
    await exchange(ends, 'at rest');
    // By breaks, not because the rungs above did not open.
    for (const { channels } of [page, phone]) expect(channels.length).toBeGreaterThan(1);
  }, 120_000);

  test.each([1, 2])(
    'that cuts any connection at any time lose nothing (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed);
      const wire = new Wire({ targetPort: relayPort, cuts: () => random.chance(0.04) });
      await talk(await listen(wire));
      if (ends === undefined) throw new Error('there are no ends');
      for (let i = 0; i < 5; i++) await exchange(ends, `${i}`);
      expect(wire.connections).toBeGreaterThan(2);
    },
    120_000,
  );
});

test('a page and a phone whose network lets more through later move up, and nobody sees them leave', async () => {
  const strict = new HttpProxy({ targetPort: relayPort });
  const wire = new Wire({ targetPort: await listen(strict) });
  const { page, phone } = await talk(await listen(wire), { ...PATIENT, probeIntervalMs: 200 });
  if (ends === undefined) throw new Error('there are no ends');
  expect([page.transport, phone.transport]).toEqual(['streaming', 'streaming']);
  const { atPage, atPhone } = ends;
  const seen: unknown[] = [];
  const watch = (heard: typeof atPage | typeof atPhone) => seen.push(heard.state);
  wire.targetPort = relayPort;
  for (let i = 0; page.transport !== 'websocket' || phone.transport !== 'websocket'; i++) {
    await exchange(ends, `${i}`);
    watch(atPage);
    watch(atPhone);
  }
  await exchange(ends, 'above');
  for (const state of seen) expect(state).toMatchObject({ online: true, presence: 'here' });
}, 60_000);

if (nginxProgram === undefined) {
  console.log('skipped: nginx is not installed here (apt-get install nginx)');
}

describe.skipIf(nginxProgram === undefined)('a page and a phone behind nginx', () => {
  const start = async (directives?: string) => {
    const nginx = await Nginx.start(relayPort, directives);
    between.push(nginx);
    return nginx.port;
  };

  test('as it comes, which knows no Upgrade, meet on streaming: the relay asks it not to buffer', async () => {
    const { page, phone } = await talk(await start(), PATIENT);
    expect([page.transport, phone.transport]).toEqual(['streaming', 'streaming']);
  });

  test('that is told to buffer whatever the relay says meet on long polling', async () => {
    const { page, phone } = await talk(await start('proxy_ignore_headers X-Accel-Buffering;'));
    expect([page.transport, phone.transport]).toEqual(['long-polling', 'long-polling']);
  });

  test('that passes Upgrade on meet on a websocket', async () => {
    const directives = `proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";`;
    const { page, phone } = await talk(await start(directives), PATIENT);
    expect([page.transport, phone.transport]).toEqual(['websocket', 'websocket']);
  });
});
