import { afterEach, describe, expect, test } from 'vitest';

import { connectChannel, type ChannelClose } from '../../src/client/index.ts';
import type { ChannelServerOptions } from '../../src/server/index.ts';
import { ContractServer } from '../contract-server.ts';

const PROTOCOL = { 'Pairwire-Protocol': 'pairwire.channel.1' };
const servers: ContractServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(options: Partial<ChannelServerOptions> = {}): Promise<string> {
  const server = new ContractServer(options);
  servers.push(server);
  return server.listen();
}

function open(address: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${address}/channel/polling`, {
    method: 'POST',
    headers: { ...PROTOCOL, ...headers },
  });
}

describe('what channels over HTTP may cost', () => {
  test('one address gets 429 beyond its number of channels, and when to try again', async () => {
    const address = await start({ maxHttpChannelsPerAddress: 2 });
    const answers = [await open(address), await open(address), await open(address)];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 429]);
    expect(answers[2]?.headers.get('retry-after')).toBe('10');
  });

  test('all together get 503 beyond maxChannels', async () => {
    const address = await start({ maxChannels: 1 });
    expect([(await open(address)).status, (await open(address)).status]).toEqual([201, 503]);
  });

  test('a channel with more to say than there is room for ends with 4902', async () => {
    const address = await start({ maxHttpBytesPerAddress: 200_000, highWaterBytes: 1_000_000 });
    const close = await new Promise<ChannelClose>((resolve) => {
      const channel = connectChannel(
        address,
        { open: () => void channel.send('burst 10 60000'), packet() {}, close: resolve },
        { transport: 'polling' },
      );
    });
    expect(close.code).toBe(4902);
  });
});

test('a stream goes on in the next answer, losing and repeating nothing', async () => {
  const address = await start({ streamRecycleBytes: 5_000 });
  let streams = 0;
  const numbers: number[] = [];
  await new Promise<void>((resolve) => {
    const channel = connectChannel(
      address,
      {
        open: () => void channel.send('burst 300 500'),
        packet(packet) {
          if (typeof packet !== 'string') numbers.push(new DataView(packet.buffer).getUint32(0));
          if (numbers.length === 300) channel.close();
        },
        close: () => resolve(),
      },
      {
        transport: 'streaming',
        fetch: (url, init) => {
          if (init.method === 'GET') streams += 1;
          return fetch(url, init);
        },
      },
    );
  });
  expect(numbers).toEqual(Array.from({ length: 300 }, (_, i) => i));
  expect(streams).toBeGreaterThan(5);
});

describe('a page of another origin', () => {
  const origin = 'https://app.example';

  test('that may connect is allowed what it needs, and no credentials (§8.10)', async () => {
    const address = await start({ origins: [origin] });
    const preflight = await fetch(`${address}/channel/polling/n`, {
      method: 'OPTIONS',
      headers: { Origin: origin },
    });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': expect.stringContaining('Pairwire-Channel'),
      vary: 'Origin',
    });
    expect(preflight.headers.has('access-control-allow-credentials')).toBe(false);
    const opened = await open(address, { Origin: origin });
    expect(opened.status).toBe(201);
    expect(opened.headers.get('access-control-expose-headers')).toBe('Pairwire-Number');
  });

  test('that may not gets 403 and is allowed nothing', async () => {
    const address = await start({ origins: [origin] });
    const refused = await open(address, { Origin: 'https://evil.example' });
    expect(refused.status).toBe(403);
    expect(refused.headers.has('access-control-allow-origin')).toBe(false);
  });
});
