/**
 * Random traffic between a server and a client of ours, over real sockets: whatever the limits, the
 * policy and the pace of the reader, messages keep their order, none is lost without being told, and
 * nothing waits for ever. The seed of a round that fails is in its name.
 */
import { describe, expect, test } from 'vitest';
import {
  connectWebSocket,
  type ConnectionClose,
  type ConnectionHandler,
  type ConnectionLimits,
  type MessageStream,
  type OverflowPolicy,
  type WebSocketConnection,
} from '@pairwire/websocket';
import { createRandom } from '../protocol/support/split.ts';
import { at, createDeferred, startServer } from './servers.ts';

const KIB = 1_024;
const MIB = 1_048_576;
const SEEDS = Array.from({ length: 24 }, (_, index) => index + 1);

const POLICIES: readonly OverflowPolicy[] = ['close', 'drop-newest', 'drop-oldest', 'keep-latest'];
const PACES = ['at once', 'promise', 'later', 'pausing'] as const;

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A choice for everything, from one seed. */
class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  pick<T>(list: readonly T[]): T {
    return at(list, Math.floor(this.#random() * list.length));
  }
}

/** Messages begin with their number. */
function numberOf(data: unknown): number {
  return Number.parseInt(String(data), 10);
}

class Reader implements ConnectionHandler {
  readonly numbers: number[] = [];
  readonly closed = createDeferred<ConnectionClose>();
  readonly #dice: Dice;
  readonly #pace: (typeof PACES)[number];

  constructor(dice: Dice) {
    this.#dice = dice;
    this.#pace = dice.pick(PACES);
  }

  message = (connection: WebSocketConnection, { bytes }: { bytes: Buffer }): unknown => {
    this.numbers.push(numberOf(bytes.toString('latin1', 0, 10)));
    if (this.#pace === 'promise') return Promise.resolve();
    if (this.#pace === 'later' && this.#dice.chance(0.3)) return tick();
    if (this.#pace === 'pausing' && this.#dice.chance(0.1)) {
      connection.pause();
      setImmediate(() => connection.resume());
    }
    return undefined;
  };

  stream = async (_: WebSocketConnection, stream: MessageStream): Promise<void> => {
    const isLeft = this.#dice.chance(0.2);
    let begin = '';
    for await (const chunk of stream as AsyncIterable<string>) {
      if (begin.length < 10) begin += chunk.slice(0, 10);
      if (isLeft) break;
      if (this.#dice.chance(0.2)) await tick();
    }
    this.numbers.push(numberOf(begin));
  };

  close = (_: WebSocketConnection, close: ConnectionClose): void => this.closed.resolve(close);
}

class Writer implements ConnectionHandler {
  readonly lost: number[] = [];
  readonly closed = createDeferred<ConnectionClose>();
  sent = 0;
  readonly #dice: Dice;
  readonly #streams: Promise<void>[] = [];

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  dropped = (_: WebSocketConnection, { data }: { data: unknown }): void => {
    this.lost.push(numberOf(data));
  };

  close = (_: WebSocketConnection, close: ConnectionClose): void => this.closed.resolve(close);

  async write(connection: WebSocketConnection, overflow: OverflowPolicy): Promise<void> {
    const patience = overflow === 'close' ? 1 : 0.3;
    for (let count = 0; count < 120 && connection.readyState === 1; count++) {
      const text = `${this.sent++}|`.padEnd(this.#dice.pick([0, 50, 2 * KIB, 20 * KIB, 400 * KIB]));
      if (this.#dice.chance(0.1)) {
        this.#streams.push(connection.sendStream(this.#parts(text)));
      } else {
        const data = this.#dice.chance(0.5) ? text : Buffer.from(text);
        const key = this.#dice.chance(0.6) ? this.#dice.pick(['a', 'b']) : undefined;
        const mayGoOn = connection.send(data, { key });
        if (!mayGoOn && this.#dice.chance(patience)) await connection.drained().catch(() => {});
      }
      if (this.#dice.chance(0.1)) connection.ping();
      if (this.#dice.chance(0.2)) await tick();
    }
    await Promise.allSettled(this.#streams);
    connection.close(1000);
  }

  async *#parts(text: string): AsyncGenerator<string> {
    yield text;
    for (let more = this.#dice.pick([0, 1, 4]); more > 0; more--) {
      if (this.#dice.chance(0.5)) await tick();
      yield text;
    }
  }
}

async function run(seed: number) {
  const dice = new Dice(seed);
  const overflow = dice.pick(POLICIES);
  const maxBufferedBytes = dice.pick([500 * KIB, 10 * MIB]);
  const limits: ConnectionLimits = {
    overflow,
    maxBufferedBytes,
    highWaterBytes: dice.pick([0, 1, 1_000, 64 * KIB]),
    maxMessageBytes: dice.pick([1_000, 64 * KIB, 300 * KIB]),
    maxStreamBytes: 64 * MIB,
  };
  const [reader, writer] = [new Reader(dice), new Writer(dice)];
  const [ofServer, ofClient] = dice.chance(0.5) ? [reader, writer] : [writer, reader];
  const { server, url } = await startServer<unknown>({ ...limits, handler: ofServer });
  const client = await connectWebSocket(url, { ...limits, handler: ofClient });
  await expect.poll(() => server.connections.size).toBe(1);
  const [atServer = client] = server.connections;
  await writer.write(ofClient === writer ? client : atServer, overflow);
  const close = await writer.closed.promise;
  await reader.closed.promise;
  return { reader, writer, close, overflow };
}

describe('random traffic', () => {
  test.each(SEEDS)('with seed %d', async (seed) => {
    const { reader, writer, close, overflow } = await run(seed);
    expect(reader.numbers).toEqual(reader.numbers.toSorted((a, b) => a - b));
    // Only these two policies may end a connection, and then what waited is lost with it.
    const isOverflow = close.error?.code === 'PW_WS_SLOW_CONSUMER';
    expect(isOverflow && (overflow === 'drop-newest' || overflow === 'drop-oldest')).toBe(false);
    const expected = isOverflow ? [] : Array.from({ length: writer.sent }, (_, index) => index);
    const seen = [...reader.numbers, ...writer.lost].toSorted((a, b) => a - b);
    expect(isOverflow ? [] : seen).toEqual(expected);
  });
});
