import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConnectionError } from '@pairwire/websocket';
import type { OverflowPolicy } from '../../src/node/options.ts';
import { OutgoingMessage } from '../../src/node/outgoing-message.ts';
import { OutgoingStream } from '../../src/node/outgoing-stream.ts';
import { ENTRY_BYTES, SendQueue, type SendTarget } from '../../src/node/send-queue.ts';

const HIGH_WATER = 1_000;

/** Three messages of 1,000 bytes and what it costs to keep two of them waiting. */
const MAX = 3 * 1_000 + 2 * ENTRY_BYTES;

/** A connection without a socket: `drain` is the kernel. */
class Target implements SendTarget {
  readonly highWaterBytes = HIGH_WATER;
  isOpen = true;
  socketBytes = 0;
  congested = false;
  readonly sent: string[] = [];
  readonly lost: string[] = [];
  overflows = 0;
  failures: unknown[] = [];
  whenDropped: () => void = () => {};

  encode({ item, bytes }: OutgoingMessage): void {
    this.sent.push(labelOf(item));
    this.socketBytes += bytes;
  }

  /** As a socket whose kernel takes nothing. */
  flush(): void {
    this.congested = this.socketBytes >= HIGH_WATER;
  }

  sendFragment(_: string, payload: Uint8Array, last: boolean): boolean {
    this.sent.push(`${Buffer.from(payload).toString()}${last ? '.' : '…'}`);
    this.socketBytes += payload.length;
    return true;
  }

  closedError(): ConnectionError {
    return new ConnectionError('PW_WS_CLOSED');
  }

  streamFailed(error: unknown): void {
    this.failures.push(error);
  }

  dropped({ item }: OutgoingMessage, tell: boolean): void {
    this.lost.push(labelOf(item));
    if (tell) this.whenDropped();
  }

  overflowed(): void {
    this.overflows += 1;
  }

  drain(queue: SendQueue): void {
    this.socketBytes = 0;
    this.congested = false;
    queue.release();
    queue.drained();
  }
}

function start(overflow: OverflowPolicy) {
  const target = new Target();
  const limits = { highWaterBytes: HIGH_WATER, maxBufferedBytes: MAX, overflow };
  const queue = new SendQueue(target, limits);
  /** A message of 1,000 bytes unless told otherwise. */
  const send = (label: string, key?: string, length = 1_000): boolean =>
    queue.add(
      new OutgoingMessage(label.padEnd(length, ' '), key === undefined ? undefined : { key }),
    );
  return { target, queue, send };
}

function labelOf(item: unknown): string {
  return String(item).trimEnd();
}

describe('a full send buffer', () => {
  test('closes the connection by default', () => {
    const { target, send } = start('close');
    expect([send('one'), send('two'), send('three')]).toEqual([true, true, true]);
    expect(send('four')).toBe(false);
    expect(target.overflows).toBe(1);
    expect(target.lost).toEqual([]);
  });

  test('always takes one message when nothing waits', () => {
    for (const policy of ['close', 'drop-newest', 'drop-oldest', 'keep-latest'] as const) {
      const { target, send } = start(policy);
      expect(send('huge', undefined, 10 * MAX)).toBe(true);
      expect(target.sent).toEqual(['huge']);
    }
  });

  test('drops the newest message with drop-newest', () => {
    const { target, queue, send } = start('drop-newest');
    for (const label of ['one', 'two', 'three']) expect(send(label)).toBe(true);
    expect([send('four'), send('five')]).toEqual([false, false]);
    target.drain(queue);
    expect(send('six')).toBe(true);
    expect(target.sent).toEqual(['one', 'two', 'three', 'six']);
    expect(target.lost).toEqual(['four', 'five']);
    expect(target.overflows).toBe(0);
  });

  test('drops what waits longest with drop-oldest, never what is encoded', () => {
    const { target, queue, send } = start('drop-oldest');
    send('one');
    target.flush();
    for (const label of ['two', 'three', 'four', 'five']) expect(send(label)).toBe(true);
    expect(target.lost).toEqual(['two', 'three']);
    expect(queue.bytes).toBe(2 * (1_000 + ENTRY_BYTES));
    while (queue.bytes > 0) target.drain(queue);
    expect(target.sent).toEqual(['one', 'four', 'five']);
  });

  test('drops nothing in vain for a message that would not fit all the same', () => {
    const { target, send } = start('drop-oldest');
    send('one');
    target.flush();
    send('two');
    expect(send('huge', undefined, MAX)).toBe(false);
    expect(target.lost).toEqual(['huge']);
  });

  test('keeps the latest of each key with keep-latest, in order of the latest', () => {
    const { target, queue, send } = start('keep-latest');
    send('full');
    target.flush();
    send('a1', 'a', 10);
    send('b1', 'b', 10);
    send('note', undefined, 10);
    send('a2', 'a', 10);
    send('a3', 'a', 10);
    expect(target.lost).toEqual(['a1', 'a2']);
    expect(queue.bytes).toBe(3 * (10 + ENTRY_BYTES));
    target.drain(queue);
    expect(target.sent).toEqual(['full', 'b1', 'note', 'a3']);
    send('a4', 'a');
    expect(target.sent.at(-1)).toBe('a4');
  });

  test('closes the connection when even the latest have no room', () => {
    const { target, send } = start('keep-latest');
    send('full');
    target.flush();
    expect([send('a1', 'a'), send('b1', 'b'), send('a2', 'a')]).toEqual([true, true, true]);
    expect(target.overflows).toBe(0);
    expect(send('c1', 'c')).toBe(false);
    expect(target.overflows).toBe(1);
  });

  test('takes no notice of keys with other policies', () => {
    const { target, queue, send } = start('drop-oldest');
    send('full');
    target.flush();
    send('a1', 'a', 10);
    send('a2', 'a', 10);
    target.drain(queue);
    expect(target.sent).toEqual(['full', 'a1', 'a2']);
  });

  test('is bounded for empty messages, too', () => {
    const { target, queue, send } = start('drop-oldest');
    send('full');
    target.flush();
    for (let i = 0; i < 1_000; i++) send('', undefined, 0);
    expect(queue.bytes).toBeLessThanOrEqual(MAX);
    expect(target.lost.length).toBeGreaterThan(900);
  });

  test('comes to an end when the application sends for each message dropped', () => {
    const { target, send } = start('drop-oldest');
    send('full');
    target.flush();
    for (let i = 0; i < 20; i++) send('x', undefined, 10);
    let told = 0;
    target.whenDropped = () => {
      if (told++ < 1_000) send('sorry', undefined, 10);
    };
    send('long', undefined, 2_000);
    expect(target.lost).toContain('x');
  });

  test('keeps a short byte array as it was', () => {
    const { target, queue, send } = start('drop-oldest');
    send('full');
    target.flush();
    const bytes = Buffer.from('before');
    queue.add(new OutgoingMessage(bytes, undefined));
    bytes.write('after!');
    target.drain(queue);
    expect(target.sent[1]).toBe('before');
  });
});

describe('messages around a streamed one', () => {
  test('keep their places, two streams too (§5.4)', async () => {
    const { target, queue, send } = start('close');
    const streams = ['one', 'two'].map((text) => new OutgoingStream([text], {}));
    send('before');
    for (const stream of streams) {
      queue.addStream(stream);
      send('after');
    }
    expect(queue.bytes).toBe(2 * (1_000 + ENTRY_BYTES));
    let open = 2;
    for (const { done } of streams) void done.then(() => (open -= 1));
    while (open > 0) {
      target.drain(queue);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(target.sent).toEqual(['before', 'one…', '.', 'after', 'two…', '.', 'after']);
    expect(queue.idle).toBe(true);
  });

  test('have the same limit as elsewhere', () => {
    const { target, queue, send } = start('drop-newest');
    queue.addStream(new OutgoingStream(never(), {}));
    for (let i = 0; i < 2; i++) expect(send('x')).toBe(true);
    expect(send('more', undefined, 2_000)).toBe(false);
    expect(target.lost).toEqual(['more']);
  });

  test('stay where they are when the stream ends with its connection', async () => {
    const { target, queue, send } = start('close');
    const stream = new OutgoingStream(['x', 7 as unknown as string], {});
    target.streamFailed = () => (target.isOpen = false);
    queue.addStream(stream);
    send('behind');
    await expect(stream.done).rejects.toThrow(TypeError);
    expect(target.sent).toEqual(['x…']);
    queue.end(new ConnectionError('PW_WS_CLOSED'));
  });

  test('all go before a Close, streams in their turn, and nothing is dropped for it', async () => {
    const { target, queue, send } = start('drop-oldest');
    send('full');
    target.flush();
    const stream = new OutgoingStream(['x'], {});
    queue.addStream(stream);
    send('behind');
    const finished: string[][] = [];
    queue.finish(() => finished.push([...target.sent]));
    setImmediate(() => target.drain(queue));
    await stream.done;
    expect(finished).toEqual([['full', 'x…', '.', 'behind']]);
    expect(target.lost).toEqual([]);
    queue.release();
    expect(finished).toHaveLength(1);
  });

  test('are cut by the end of the connection, which finishes nothing', () => {
    const { target, queue, send } = start('close');
    queue.addStream(new OutgoingStream(never(), {}));
    send('behind');
    let finished = 0;
    queue.finish(() => (finished += 1));
    queue.end(new ConnectionError('PW_WS_CLOSED'));
    queue.release();
    expect([target.sent, finished, queue.bytes]).toEqual([[], 0, 0]);
  });
});

test('whatever happens, messages keep their order and none is lost without being told', () => {
  const policies = fc.constantFrom<OverflowPolicy>('drop-newest', 'drop-oldest', 'keep-latest');
  const steps = fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ length: fc.nat(1_500), key: fc.constantFrom('', 'a', 'b') }),
      },
      { weight: 1, arbitrary: fc.constant('drain' as const) },
      { weight: 1, arbitrary: fc.constant('flush' as const) },
    ),
  );
  fc.assert(
    fc.property(policies, steps, (policy, list) => {
      const { target, queue, send } = start(policy);
      const numbered: string[] = [];
      let most = 0;
      for (const step of list) {
        if (step === 'drain') target.drain(queue);
        else if (step === 'flush') target.flush();
        else {
          const label = `${numbered.length}`;
          numbered.push(label);
          send(label, step.key === '' ? undefined : step.key, step.length);
          if (target.overflows > 0) return;
          most = Math.max(most, queue.bytes + target.socketBytes);
        }
      }
      expect(most).toBeLessThanOrEqual(MAX + ENTRY_BYTES);
      while (queue.bytes > 0) target.drain(queue);
      const all = [...target.sent, ...target.lost].toSorted((a, b) => Number(a) - Number(b));
      expect(all).toEqual(numbered);
      expect(target.sent).toEqual(target.sent.toSorted((a, b) => Number(a) - Number(b)));
    }),
  );
});

/** A source that is still thinking. */
async function* never(): AsyncGenerator<string> {
  await new Promise(() => {});
  yield 'never';
}
