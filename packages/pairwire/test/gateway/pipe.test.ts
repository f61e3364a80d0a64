import type { Packet } from '@pairwire/pairing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { MAX_PACKET_BYTES } from '../../src/coap/segment.ts';
import { createVirtualGateway } from './virtual-gateway.ts';

const BAD_NETWORK = { lost: 0.2, duplicated: 0.1, maxDelayMs: 120 };

/** A pipe that is open at both ends. */
async function openOne(options: Parameters<typeof createVirtualGateway>[0] = {}) {
  const setup = createVirtualGateway(options);
  const phone = setup.openPipe('phone');
  await setup.advance(options.faults ? 60_000 : 500);
  const [channel] = setup.channels;
  if (!channel || phone.log.opened !== 1) throw new Error('the pipe did not open');
  return { ...setup, ...phone, channel };
}

describe('a pipe', () => {
  test('opens once the relay has accepted the channel, on behalf of the phone’s address', async () => {
    const setup = createVirtualGateway({ accept: false });
    const { log } = setup.openPipe('phone');
    await setup.advance(5000);
    expect(log.opened).toBe(0);
    expect(setup.channels).toHaveLength(1);
    expect(setup.channels[0]?.phoneAddress).toBe('phone');
    setup.channels[0]?.open();
    await setup.advance(500);
    expect(log.opened).toBe(1);
  });

  test('carries text and bytes both ways, of every length up to the limit', async () => {
    const { pipe, log, channel, advance } = await openOne();
    const packets: Packet[] = [
      'hello',
      '你好，世界 👋🏽 e\u0301',
      '\uFEFFa byte order mark stays',
      Uint8Array.of(0),
      new Uint8Array(MAX_PACKET_BYTES).fill(1),
      'x'.repeat(MAX_PACKET_BYTES),
    ];
    for (const packet of packets) {
      pipe.send(packet);
      channel.deliver(packet);
    }
    await advance(5000);
    expect(channel.received).toEqual(packets);
    expect(log.packets).toEqual(packets);
  });

  test('takes packets before it is open', async () => {
    const setup = createVirtualGateway();
    const { pipe } = setup.openPipe('phone');
    pipe.send('early');
    await setup.advance(1000);
    expect(setup.channels[0]?.received).toEqual(['early']);
  });

  test('never sends a datagram of more than 1200 bytes', async () => {
    const { pipe, channel, advance, network } = await openOne();
    const lengths: number[] = [];
    const send = network.send.bind(network);
    network.send = (datagram, from, to) => {
      lengths.push(datagram.length);
      send(datagram, from, to);
    };
    pipe.send(new Uint8Array(5000));
    channel.deliver(new Uint8Array(5000));
    await advance(1000);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1200);
    expect(Math.max(...lengths)).toBeGreaterThan(1000);
  });
});

describe('an end', () => {
  test('by the relay reaches the phone with code and reason, after everything sent before', async () => {
    const { log, channel, advance, pipes } = await openOne();
    channel.deliver(new Uint8Array(3000));
    channel.deliver('last words');
    channel.endByRelay(4100, 'replaced');
    await advance(2000);
    expect(log.packets).toHaveLength(2);
    expect(log.closedWith).toEqual({ code: 4100, reason: 'replaced' });
    expect(pipes.size).toBe(0);
  });

  test('by the phone reaches the relay with code and reason, after everything sent before', async () => {
    const { pipe, log, channel, advance, pipes } = await openOne();
    pipe.send(new Uint8Array(3000));
    pipe.close(4321, 'good night 晚安');
    expect(pipe.send('too late')).toBe(false);
    await advance(2000);
    expect(channel.received).toHaveLength(1);
    expect(channel.closedWith).toEqual({ code: 4321, reason: 'good night 晚安' });
    expect(log.closedWith).toEqual({ code: 4321, reason: 'good night 晚安' });
    expect(pipes.size).toBe(0);
  });

  test('by the phone with a code that no channel may send becomes 1000', async () => {
    const { pipe, channel, advance } = await openOne();
    pipe.close(1001, 'going');
    await advance(2000);
    expect(channel.closedWith).toEqual({ code: 1000, reason: 'going' });
  });

  test('reaches a phone that missed it when it asks again', async () => {
    const { log, channel, advance, network } = await openOne();
    network.faults = { lost: 1 };
    channel.endByRelay(4001, 'slow');
    await advance(14_000);
    expect(log.closedWith).toBeUndefined();
    network.faults = {};
    await advance(20_000);
    expect(log.closedWith).toEqual({ code: 4001, reason: 'slow' });
  });

  test('of the gateway reaches relay and phone', async () => {
    const { log, channel, advance, pipes } = await openOne();
    const closed = pipes.close();
    await advance(500);
    await closed;
    expect(channel.closedWith?.code).toBe(4021);
    expect(log.closedWith?.code).toBe(1012);
  });

  test('before the pipe is open leaves nothing behind', async () => {
    const setup = createVirtualGateway();
    const { pipe, log } = setup.openPipe('phone');
    pipe.close(1000, '');
    await setup.advance(90_000);
    expect(log.closedWith).toEqual({ code: 1000, reason: '' });
    expect(setup.pipes.size).toBe(0);
  });

  test('leaves no timer on either side', async () => {
    const { pipe, server, advance, environment } = await openOne();
    pipe.close();
    await advance(1000);
    server.close();
    expect(environment.pendingTimers).toBe(0);
  });
});

describe('without a relay', () => {
  test('the phone hears 1014', async () => {
    const setup = createVirtualGateway({ accept: false });
    const { log } = setup.openPipe('phone');
    await setup.advance(200);
    setup.channels[0]?.endByRelay(1006);
    await setup.advance(500);
    expect(log.closedWith?.code).toBe(1014);
    expect(setup.pipes.counters.relayAbsent).toBe(1);
    expect(setup.pipes.size).toBe(0);
  });
});

describe('back-pressure', () => {
  test('from the relay: the segment is not answered until there is room, and send says so', async () => {
    const { pipe, log, channel, advance } = await openOne();
    channel.hasRoom = false;
    const results = Array.from({ length: 40 }, () => pipe.send(new Uint8Array(4000)));
    expect(results[0]).toBe(true);
    expect(results.at(-1)).toBe(false);
    await advance(20_000);
    expect(channel.received.length).toBeLessThan(3);
    expect(log.drained).toBe(0);
    channel.drain();
    await advance(20_000);
    expect(channel.received).toHaveLength(40);
    expect(log.drained).toBe(1);
  });

  test('from the phone: the channel is paused while more than the limit waits', async () => {
    const { log, channel, advance, network } = await openOne({
      limits: { downHighWaterBytes: 10_000 },
    });
    network.faults = { lost: 1 };
    channel.deliver(new Uint8Array(9000));
    expect(channel.paused).toBe(false);
    channel.deliver(new Uint8Array(9000));
    expect(channel.paused).toBe(true);
    network.faults = {};
    await advance(10_000);
    expect(channel.paused).toBe(false);
    expect(log.packets).toHaveLength(2);
  });
});

describe('a phone that falls silent', () => {
  test('loses its pipe after 45 s, and the relay is told', async () => {
    const { channel, advance, network, pipes } = await openOne();
    network.faults = { lost: 1 };
    await advance(44_000);
    expect(channel.closedWith).toBeUndefined();
    await advance(2000);
    expect(channel.closedWith).toEqual({ code: 4020, reason: 'the phone fell silent' });
    expect(pipes.size).toBe(0);
  });

  test('loses it sooner when it does not acknowledge what comes down', async () => {
    const { channel, advance, network } = await openOne();
    network.faults = { lost: 1 };
    channel.deliver('are you there?');
    await advance(40_000);
    expect(channel.closedWith?.code).toBe(4020);
  });

  test('notices that the gateway is gone', async () => {
    const { log, advance, network } = await openOne();
    network.faults = { lost: 1 };
    await advance(40_000);
    expect(log.closedWith?.code).toBe(1006);
  });

  test('keeps an idle pipe by refreshing its registration', async () => {
    const { log, channel, advance } = await openOne();
    await advance(300_000);
    expect(log.closedWith).toBeUndefined();
    channel.deliver('still here');
    await advance(100);
    expect(log.packets).toEqual(['still here']);
  });

  test('for ten seconds misses nothing', async () => {
    const { pipe, log, channel, advance, network } = await openOne();
    network.faults = { lost: 1 };
    pipe.send('up');
    channel.deliver('down');
    await advance(10_000);
    network.faults = {};
    await advance(10_000);
    expect(channel.received).toEqual(['up']);
    expect(log.packets).toEqual(['down']);
    expect(log.closedWith).toBeUndefined();
  });
});

describe('a phone whose address changes', () => {
  test('is validated anew at its next request and goes on with its pipe', async () => {
    const { pipe, log, channel, advance, moveTo, server } = await openOne();
    moveTo('elsewhere');
    channel.deliver('down 1');
    pipe.send('up 1');
    await advance(2000);
    expect(server.counters.challenged).toBe(2);
    expect(channel.received).toEqual(['up 1']);
    expect(log.packets).toEqual(['down 1']);
    channel.deliver('down 2');
    await advance(1000);
    expect(log.packets).toEqual(['down 1', 'down 2']);
  });

  test('while idle gets what comes down after its next refresh', async () => {
    const { log, channel, advance, moveTo } = await openOne();
    moveTo('elsewhere');
    channel.deliver('down');
    await advance(20_000);
    expect(log.packets).toEqual(['down']);
    expect(log.closedWith).toBeUndefined();
  });
});

test('over a network that loses, doubles and reorders everything arrives once and in order, both ways', async () => {
  const arbitraryPackets = fc.array(
    fc.oneof(fc.string({ minLength: 1 }), fc.uint8Array({ minLength: 1, maxLength: 3000 })),
    { maxLength: 15 },
  );
  await fc.assert(
    fc.asyncProperty(fc.integer(), arbitraryPackets, arbitraryPackets, async (seed, up, down) => {
      const { pipe, log, channel, advance } = await openOne({ seed, faults: BAD_NETWORK });
      for (const packet of up) pipe.send(packet);
      for (const packet of down) channel.deliver(packet);
      await advance(120_000);
      // A pipe may break, when all eight tries of one message are lost; it never lies.
      const complete = log.closedWith === undefined;
      expect(channel.received).toEqual(up.slice(0, channel.received.length));
      expect(log.packets).toEqual(down.slice(0, log.packets.length));
      expect(!complete || channel.received.length === up.length).toBe(true);
      expect(!complete || log.packets.length === down.length).toBe(true);
    }),
    { numRuns: 30 },
  );
});
