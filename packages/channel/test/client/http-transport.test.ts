import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { ClientLongPollingTransport } from '../../src/client/long-polling-transport.ts';
import { resolveClientOptions } from '../../src/client/options.ts';
import { ClientStreamingTransport } from '../../src/client/streaming-transport.ts';
import type { ChannelClose } from '../../src/protocol/channel.ts';
import {
  encodeCloseEntry,
  encodeEntry,
  encodePacketEntry,
  EntryType,
} from '../../src/protocol/entry.ts';

const PRELUDE = encodeEntry(EntryType.padding, new Uint8Array(2_048));
const PADDING = encodeEntry(EntryType.padding);
const RECYCLE = encodeEntry(EntryType.recycle);
const OPENING = '{"protocol":"pairwire.channel.1","node":"n","channel":"mB4bYb0gq0Cz5mQyW3nP1A"}';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

type Answer = (init: RequestInit) => Response | Promise<Response>;

/** The test in the place of network and server. */
class FakeServer {
  readonly posted: Uint8Array[] = [];
  readonly numbers: string[] = [];
  readonly #gets: Answer[];

  /** @param gets - answers to GETs, one after the other; then nothing answers */
  constructor(...gets: Answer[]) {
    this.#gets = gets;
  }

  readonly fetch = async (_url: string, init: RequestInit): Promise<Response> => {
    const number = numberOf(init);
    if (number === '') return new Response(OPENING, { status: 201 });
    this.numbers.push(`${init.method} ${number}`);
    if (init.method === 'POST') {
      this.posted.push(init.body as Uint8Array);
      return new Response(null, { status: 204, headers: { 'Pairwire-Number': number } });
    }
    const answer = this.#gets.shift();
    return answer === undefined ? new Promise<Response>(() => {}) : answer(init);
  };
}

function numberOf({ headers }: RequestInit): string {
  return (headers as Record<string, string>)['Pairwire-Number'] ?? '';
}

function answer(body: BodyInit, number?: string): Answer {
  return (init) => new Response(body, { headers: { 'Pairwire-Number': number ?? numberOf(init) } });
}

/** An answer that goes on, with these chunks so far. */
function stream(...chunks: Uint8Array[]): Answer {
  return answer(
    new ReadableStream({
      start: (controller) => chunks.forEach((chunk) => controller.enqueue(chunk)),
    }),
  );
}

function connect(
  Transport: typeof ClientStreamingTransport | typeof ClientLongPollingTransport,
  server: Pick<FakeServer, 'fetch'>,
) {
  const told: string[] = [];
  const options = resolveClientOptions({ transport: 'streaming', fetch: server.fetch });
  const transport = new Transport('http://localhost', options, {
    opened: () => told.push('open'),
    received: (packet) => told.push(String(packet)),
    drained: () => told.push('drain'),
    closed: ({ code, error }: ChannelClose) =>
      told.push(`close ${code} ${error?.code ?? ''}`.trim()),
  });
  return { transport, told };
}

describe('a client that streams', () => {
  test.each([
    ['nothing at all', []],
    ['the prelude, because it was long enough', [PRELUDE]],
  ])('finds out within 2 s that a proxy passes on %s', async (_name, chunks) => {
    const server = new FakeServer(stream(...chunks));
    const { told } = connect(ClientStreamingTransport, server);
    await vi.advanceTimersByTimeAsync(1_900);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(told).toEqual(['close 4905 PW_CHANNEL_BUFFERED']);
    // The server is told, and need not wait.
    expect(Buffer.from(server.posted[0] ?? []).toString('hex')).toBe('03021329');
  });

  test('is open with the second entry and goes on in the next stream after recycle', async () => {
    const first = [PRELUDE, PADDING, encodePacketEntry('a'), RECYCLE];
    const ended = answer(new Blob(first));
    const server = new FakeServer(ended, stream(PRELUDE, encodePacketEntry('b')));
    const { transport, told } = connect(ClientStreamingTransport, server);
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual(['open', 'a', 'b']);
    expect(server.numbers).toEqual(['GET 1', 'GET 2']);
    transport.close(1000, '');
    await vi.advanceTimersByTimeAsync(100);
    expect(told.at(-1)).toBe('close 1000');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is lost when a stream ends without recycle, or says nothing for 40 s', async () => {
    const cut = connect(
      ClientStreamingTransport,
      new FakeServer(answer(new Blob([PRELUDE, PADDING]))),
    );
    const silent = connect(ClientStreamingTransport, new FakeServer(stream(PRELUDE, PADDING)));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(cut.told).toEqual(['open', 'close 1006 PW_CHANNEL_LOST']);
    await vi.advanceTimersByTimeAsync(40_000);
    expect(silent.told).toEqual(['open', 'close 1006 PW_CHANNEL_LOST']);
  });

  test('answers a ping with an empty POST', async () => {
    const server = new FakeServer(stream(PRELUDE, PADDING, encodeEntry(EntryType.ping)));
    const { transport } = connect(ClientStreamingTransport, server);
    await vi.advanceTimersByTimeAsync(100);
    expect(server.posted.map(({ length }) => length)).toEqual([0]);
    transport.close(1000, '');
    await vi.advanceTimersByTimeAsync(100);
  });
});

/** Nothing comes, until the request is given up. */
const silence: Answer = ({ signal }) =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
  });

describe('a client that polls', () => {
  test('gives up an opening that takes longer than 10 s (§8.1)', async () => {
    const opening = (_url: string, init: RequestInit) => Promise.resolve(silence(init));
    const { told } = connect(ClientLongPollingTransport, { fetch: opening });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(['close 1006 PW_CHANNEL_OPEN_TIMEOUT']);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('gives an exchange up after 45 s, and asks again (§8.2)', async () => {
    const server = new FakeServer(silence, answer(new Blob([encodePacketEntry('late')])));
    const { told } = connect(ClientLongPollingTransport, server);
    await vi.advanceTimersByTimeAsync(44_900);
    expect(server.numbers).toEqual(['GET 1']);
    await vi.advanceTimersByTimeAsync(300);
    expect(server.numbers).toEqual(['GET 1', 'GET 1', 'GET 2']);
    expect(told).toEqual(['open', 'late']);
  });

  test('asks again when the answer is 202, as often as it takes (§8.2)', async () => {
    const notYet = () => new Response(null, { status: 202 });
    const answers = [...Array<Answer>(6).fill(notYet), answer(new Blob([encodePacketEntry('a')]))];
    const server = new FakeServer(...answers);
    const { told } = connect(ClientLongPollingTransport, server);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual(['open', 'a']);
    expect(server.numbers.filter((number) => number === 'GET 1')).toHaveLength(7);
  });

  test('shows every 20 s that it lives while it is paused, and asks for nothing (§8.9)', async () => {
    const server = new FakeServer(answer(''), answer(''));
    const { transport } = connect(ClientLongPollingTransport, server);
    await vi.advanceTimersByTimeAsync(10);
    const asked = server.numbers.length;
    transport.pause();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.numbers.slice(asked)).toEqual(['POST 1', 'POST 2', 'POST 3']);
    expect(server.posted.map(({ length }) => length)).toEqual([0, 0, 0]);
    transport.resume();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(server.posted).toHaveLength(3);
  });

  test('asks no more once the server has confirmed its end (§8.8)', async () => {
    const confirmed = answer(new Blob([encodeCloseEntry(4123, '')]));
    const polls = new FakeServer(async (init) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return confirmed(init);
    });
    let post: () => void = () => {};
    const held = new Promise<void>((resolve) => (post = resolve));
    const fetch = async (url: string, init: RequestInit) => {
      if (init.method === 'POST' && numberOf(init) !== '') await held;
      return polls.fetch(url, init);
    };
    const { transport, told } = connect(ClientLongPollingTransport, { fetch });
    await vi.advanceTimersByTimeAsync(10);
    transport.close(4123, '');
    await vi.advanceTimersByTimeAsync(1_000);
    expect([told, polls.numbers]).toEqual([['open'], ['GET 1']]);
    post();
    await vi.advanceTimersByTimeAsync(10);
    expect(told).toEqual(['open', 'close 4123']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends with 4904 on an answer with the number of another exchange', async () => {
    const { told } = connect(
      ClientLongPollingTransport,
      new FakeServer(answer('', '1'), answer('', '1')),
    );
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual(['open', 'close 4904 PW_CHANNEL_SEQUENCE']);
  });

  test('repeats what was not answered, under the same number, and then is lost', async () => {
    const fails: Answer = () => Promise.reject(new TypeError('network'));
    const busy = () => new Response('', { status: 503 });
    const heard = answer(new Blob([encodePacketEntry('a')]));
    const server = new FakeServer(fails, busy, heard, fails, fails, fails, fails);
    const { told } = connect(ClientLongPollingTransport, server);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told).toEqual(['open', 'a', 'close 1006 PW_CHANNEL_LOST']);
    const gets = server.numbers.filter((number) => number.startsWith('GET'));
    expect(gets).toEqual([...Array(3).fill('GET 1'), ...Array(4).fill('GET 2')]);
  });
});
