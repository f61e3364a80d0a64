// The times of docs/protocol/channel.md §8, on a clock that moves only when told.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { encodeCloseEntry, encodePacketEntry } from '../../src/protocol/entry.ts';
import { ServerLongPollingTransport } from '../../src/server/long-polling-transport.ts';
import { ServerPollingTransport } from '../../src/server/polling-transport.ts';
import { ServerStreamingTransport } from '../../src/server/streaming-transport.ts';
import { FakeExchanges } from '../fake-exchanges.ts';

const LOST = ['closed 1006 PW_CHANNEL_LOST', 'ended'];
const CLOSE_1000 = encodeCloseEntry(1000, '');

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Lets time pass, and what waits for the event loop happen. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  // Streams tell of their writes by process.nextTick, which no fake clock holds back.
  await new Promise<void>((resolve) => process.nextTick(resolve));
}

describe.each([
  ['streaming', ServerStreamingTransport, 5_000],
  ['long-polling', ServerLongPollingTransport, 5_000],
  // Longer by the longest rest of a client.
  ['polling', ServerPollingTransport, 10_000],
])('a server of %s', (_name, Transport, farewellMs) => {
  test('gives a channel up whose client sends no GET for 10 s (§8.9)', async () => {
    const { told } = new FakeExchanges(Transport);
    await pass(9_999);
    expect(told).toEqual([]);
    await pass(2);
    expect(told).toEqual(LOST);
  });

  test('answers for 10 s after the end, and forgets the channel then (§8.8)', async () => {
    const client = new FakeExchanges(Transport);
    client.post(CLOSE_1000);
    await pass(9_999);
    expect(client.told).toEqual(['closed 1000', 'ended']);
    expect(client.repeatPost(CLOSE_1000).status).toBe(204);
    await pass(1);
    expect(client.told.at(-1)).toBe('gone');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('confirms the end of its client to a GET that comes after it (§8.8)', async () => {
    const client = new FakeExchanges(Transport);
    client.transport.send('never fetched');
    client.post(CLOSE_1000);
    const response = client.get();
    await pass(0);
    expect([response.status, response.takeEntries().at(-1)]).toEqual([200, 'close 2']);
    expect(response.writableEnded).toBe(true);
  });

  test('holds a POST for at most 25 s while it is paused, and then wants it again (§8.2)', async () => {
    const client = new FakeExchanges(Transport);
    client.get();
    client.transport.pause();
    const body = encodePacketEntry('a');
    const response = client.post(body);
    await pass(24_999);
    expect(response.status).toBe(0);
    await pass(1);
    expect(response.status).toBe(202);
    const again = client.repeatPost(body);
    client.transport.resume();
    expect(again.status).toBe(204);
    expect(client.told).toEqual(['a']);
    client.post(CLOSE_1000);
  });

  test('waits for the confirmation of its own end for a time only (§8.8)', async () => {
    const client = new FakeExchanges(Transport);
    client.transport.close(4123, '');
    const response = client.get();
    await pass(farewellMs - 1);
    expect(response.takeEntries()).toContain('close 2');
    expect(client.told).toEqual([]);
    await pass(1);
    expect(client.told).toEqual(['closed 1006 PW_CHANNEL_CLOSE_TIMEOUT', 'ended']);
  });
});

describe('a server that streams', () => {
  test('says something every 15 s: a ping when it has heard nothing for 25 s (§8.5)', async () => {
    const client = new FakeExchanges(ServerStreamingTransport);
    const stream = client.get();
    await pass(0);
    expect(stream.takeEntries()).toEqual(['padding 2048', 'padding 0']);
    const said: string[][] = [];
    for (let quarter = 0; quarter < 4; quarter += 1) {
      // A ping is answered; the next word is padding again.
      if (quarter === 3) client.post();
      await pass(14_999);
      expect(stream.takeEntries()).toEqual([]);
      await pass(1);
      said.push(stream.takeEntries());
    }
    expect(said).toEqual([['padding 0'], ['ping 0'], ['ping 0'], ['padding 0']]);
    client.post(CLOSE_1000);
  });

  test('gives a client up that says nothing for 60 s (§8.9)', async () => {
    const client = new FakeExchanges(ServerStreamingTransport);
    const stream = client.get();
    await pass(59_999);
    expect(client.told).toEqual([]);
    await pass(2);
    expect(client.told).toEqual(LOST);
    expect(stream.writableEnded).toBe(true);
  });

  test('begins anew after 600 s, and says then what it had to say meanwhile (§8.5)', async () => {
    const client = new FakeExchanges(ServerStreamingTransport);
    const first = client.get();
    for (let second = 0; second < 599; second += 20) {
      await pass(second === 580 ? 19_999 : 20_000);
      client.post();
    }
    expect([first.takeEntries().includes('recycle 0'), first.writableEnded]).toEqual([
      false,
      false,
    ]);
    await pass(1);
    expect([first.takeEntries().at(-1), first.writableEnded]).toEqual(['recycle 0', true]);
    client.transport.send('meanwhile');
    await pass(0);
    const second = client.get();
    await pass(0);
    expect(second.takeEntries()).toContain('text 9');
    expect(client.told).toEqual([]);
    client.post(CLOSE_1000);
  });

  test('begins anew after 131,072 bytes, between two entries (§8.5)', async () => {
    const client = new FakeExchanges(ServerStreamingTransport);
    const first = client.get();
    await pass(0);
    let packets = 0;
    while (!first.writableEnded) {
      client.transport.send(new Uint8Array(1_000));
      packets += 1;
      await pass(0);
    }
    // Behind the prelude: padding of two bytes, then 1,003 bytes of every packet.
    expect(packets).toBe(Math.ceil((131_072 - 2) / 1_003));
    const entries = first.takeEntries();
    expect(entries.filter((entry) => entry === 'binary 1000')).toHaveLength(packets);
    expect(entries.at(-1)).toBe('recycle 0');
    client.post(CLOSE_1000);
  });
});

describe('a server whose stream breaks (§8.5)', () => {
  async function breakStream(): Promise<FakeExchanges> {
    const client = new FakeExchanges(ServerStreamingTransport);
    const stream = client.get();
    await pass(0);
    stream.destroy();
    await pass(0);
    return client;
  }

  test('has lost its client when no close comes within 1 s', async () => {
    const client = await breakStream();
    await pass(999);
    expect(client.told).toEqual([]);
    await pass(1);
    expect(client.told).toEqual(LOST);
    expect(client.get().status).toBe(404);
  });

  test('hears the close of a page that is left, which comes on another connection', async () => {
    const client = await breakStream();
    client.post(encodePacketEntry('last words'));
    client.post(encodeCloseEntry(1001, ''));
    expect(client.told).toEqual(['last words', 'closed 1001', 'ended']);
    await pass(10_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('begins no other stream, as it cannot tell how much of the last one arrived', async () => {
    const client = await breakStream();
    expect(client.get().status).toBe(404);
    expect(client.told).toEqual(LOST);
  });
});

describe('a server of long polling', () => {
  test('answers a GET after 25 s when it has nothing to say (§8.6)', async () => {
    const client = new FakeExchanges(ServerLongPollingTransport);
    const response = client.get();
    await pass(24_999);
    expect(response.status).toBe(0);
    await pass(1);
    expect([response.status, response.takeEntries()]).toEqual([200, []]);
    client.post(CLOSE_1000);
  });

  test('answers a GET that waits when there is something to say, or nothing any more', async () => {
    const client = new FakeExchanges(ServerLongPollingTransport);
    const first = client.get();
    await pass(10_000);
    client.transport.send('hello');
    expect(first.takeEntries()).toEqual(['text 5']);
    const second = client.get();
    client.post(CLOSE_1000);
    expect([second.status, second.takeEntries()]).toEqual([200, ['close 2']]);
  });

  test('keeps a client that asks again, and gives it up after 45 s of silence (§8.9)', async () => {
    const client = new FakeExchanges(ServerLongPollingTransport);
    for (let polls = 0; polls < 30; polls += 1) {
      client.get();
      await pass(44_000);
    }
    expect(client.told).toEqual([]);
    await pass(1_001);
    expect(client.told).toEqual(LOST);
  });
});

describe('a server of polling', () => {
  test('keeps a client that asks once a minute, and gives it up after 75 s (§8.9)', async () => {
    const client = new FakeExchanges(ServerPollingTransport);
    for (let polls = 0; polls < 30; polls += 1) {
      expect(client.get().status).toBe(200);
      await pass(60_000);
    }
    await pass(14_999);
    expect(client.told).toEqual([]);
    await pass(2);
    expect(client.told).toEqual(LOST);
  });
});
