/**
 * Several servers behind one address (docs/protocol/channel.md §8.1): the path of a request names
 * the server that holds its channel, so that whatever is in between has to remember nothing.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectChannel, type ChannelClose, type TransportName } from '@pairwire/channel/client';
import { ChannelServer } from '@pairwire/channel/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { HttpProxy } from './http-proxy.ts';

const NODES = ['first', 'second', 'third'];

interface Node {
  readonly name: string;
  readonly http: Server;
  readonly channels: ChannelServer;
  readonly port: number;
}

let nodes: Node[];
let balancer: HttpProxy;
let address: string;
/** The balancer's only state: whose turn it is. */
let turn: number;
/** Where the balancer sends the requests that name a server. */
let route: (name: string) => Node | undefined;

beforeEach(async () => {
  turn = 0;
  nodes = await Promise.all(NODES.map(start));
  route = (name) => nodes.find((node) => node.name === name);
  balancer = new HttpProxy({ targetPort: (path) => target(path).port });
  address = `http://127.0.0.1:${await balancer.listen()}`;
});

afterEach(async () => {
  for (const { http, channels } of nodes) {
    await channels.close({ timeoutMs: 0 });
    http.close();
    http.closeAllConnections();
    await once(http, 'close');
  }
  await balancer.close();
});

/** Says its own name first, then sends everything back. */
async function start(name: string): Promise<Node> {
  const channels = new ChannelServer({
    node: name,
    accept: (channel) => {
      queueMicrotask(() => channel.send(name));
      return { packet: (packet) => void channel.send(packet), close() {} };
    },
  });
  const http = createServer();
  channels.attach(http);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return { name, http, channels, port: (http.address() as AddressInfo).port };
}

/** As three lines of configuration do it in any proxy. */
function target(path: string): Node {
  const [, name] = /^\/channel\/[^/]+\/([\w-]+)$/.exec(path) ?? [];
  const node = name === undefined ? nodes[turn++ % nodes.length] : route(name);
  if (node === undefined) throw new Error(`no server for ${path}`);
  return node;
}

/** Opens a channel, says so many packets, and resolves with what came. */
function talk(transport: TransportName, packets: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const heard: string[] = [];
    const channel = connectChannel(
      address,
      {
        open() {
          for (let i = 0; i < packets; i++) channel.send(`${i}`);
        },
        packet(packet) {
          heard.push(String(packet));
          if (heard.length <= packets) return;
          channel.close();
          resolve(heard);
        },
        close: ({ code, error }: ChannelClose) => reject(error ?? new Error(`ended with ${code}`)),
      },
      { transport },
    );
  });
}

describe.each(['streaming', 'long-polling', 'polling'] as const)(
  'channels over %s, with three servers and nobody who remembers which',
  (transport) => {
    test('each go on at the server that began them', async () => {
      const all = await Promise.all(Array.from({ length: 6 }, () => talk(transport, 20)));
      expect(all.map(([name]) => name).sort()).toEqual([...NODES, ...NODES].sort());
      const echoed = Array.from({ length: 20 }, (_, i) => `${i}`);
      for (const [, ...packets] of all) expect(packets).toEqual(echoed);
    });

    test('end at once when a request comes to another server', async () => {
      const [first, second] = nodes;
      route = (name) => (name === first?.name ? second : first);
      await expect(talk(transport, 1)).rejects.toMatchObject({
        code: expect.stringMatching(/^PW_CHANNEL_(LOST|OPEN_FAILED)$/) as unknown,
      });
    });
  },
);
