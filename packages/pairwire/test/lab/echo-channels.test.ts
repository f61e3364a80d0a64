import { connectChannel, type Channel, type ChannelClose } from '@pairwire/channel/client';
import { WebSocket } from '@pairwire/websocket';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { LAB_LIMITS } from '../../src/lab/limits.ts';
import { TRANSPORTS, type LabEvent } from '../../src/lab/messages.ts';
import { Laboratory } from './laboratory.ts';

let place: Laboratory;

beforeEach(async () => {
  place = new Laboratory();
  await place.open();
});

afterEach(() => place.close());

interface Opened {
  readonly channel: Channel;
  readonly packets: string[];
  readonly closed: Promise<ChannelClose>;
}

/** Opens a channel in the name of a session; it is open, or over, when this returns. */
async function open(id: string, transport: (typeof TRANSPORTS)[number]): Promise<Opened> {
  const packets: string[] = [];
  return new Promise((resolve) => {
    const closed = new Promise<ChannelClose>((end) => {
      const opened = () => resolve({ channel, packets, closed });
      const channel = connectChannel(
        `http://127.0.0.1:${place.port}/lab/${id}/${transport}`,
        {
          open: opened,
          packet: (packet) => packets.push(String(packet)),
          close: (close) => {
            end(close);
            opened();
          },
        },
        { transport, WebSocket },
      );
    });
  });
}

const isMeter = (event: LabEvent): event is LabEvent & { type: 'meter' } => event.type === 'meter';

describe('the channels of the comparison', () => {
  test.each(TRANSPORTS)('return what they are sent over %s, and are counted', async (transport) => {
    const visitor = await place.visit();
    const other = await place.visit();
    const { channel, packets, closed } = await open(visitor.id, transport);
    channel.send('hello');
    await expect.poll(() => packets, { timeout: 20_000 }).toEqual(['hello']);
    await place.clock.advance(LAB_LIMITS.meterIntervalMs);
    const { transports } = await visitor.waitFor(isMeter);
    expect(Object.keys(transports)).toEqual([transport]);
    expect(transports[transport]?.requests).toBeGreaterThan(0);
    expect(transports[transport]?.receivedBytes).toBeGreaterThan('hello'.length);
    expect(transports[transport]?.sentBytes).toBeGreaterThan('hello'.length);
    channel.close();
    await closed;
    expect(other.events.filter(isMeter)).toEqual([]);
  });

  test('need a session that is open', async () => {
    const { closed } = await open('AAAAAAAAAAAAAAAAAAAAAA', 'websocket');
    expect(await closed).toMatchObject({ code: 1006 });
  });

  test('end with their session', async () => {
    const visitor = await place.visit();
    const { closed } = await open(visitor.id, 'websocket');
    visitor.socket.close();
    expect(await closed).toMatchObject({ code: 4200, reason: 'session' });
  });

  test('are so many at a time for one session', async () => {
    const visitor = await place.visit();
    for (let count = 0; count < LAB_LIMITS.maxChannels; count += 1) {
      await open(visitor.id, 'websocket');
    }
    const { closed } = await open(visitor.id, 'websocket');
    expect(await closed).toMatchObject({ code: 4201, reason: 'too-many' });
  });

  test('return so many packets a second, and then end', async () => {
    const visitor = await place.visit();
    const { channel, packets, closed } = await open(visitor.id, 'websocket');
    for (let count = 0; count <= LAB_LIMITS.packetsPerSecond; count += 1) channel.send('x');
    expect(await closed).toMatchObject({ code: 4201, reason: 'too-fast' });
    expect(packets).toHaveLength(LAB_LIMITS.packetsPerSecond);
  });

  test('stop being reported once they are gone', async () => {
    const visitor = await place.visit();
    const { channel, closed } = await open(visitor.id, 'websocket');
    channel.close();
    await closed;
    await expect
      .poll(async () => {
        const before = visitor.events.filter(isMeter).length;
        await place.clock.advance(4 * LAB_LIMITS.meterIntervalMs);
        return visitor.events.filter(isMeter).length - before;
      })
      .toBe(0);
  });
});
