import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { encodeMessage } from '../../src/protocol/encoded-frame.ts';
import { firstByteOf } from '../../src/protocol/frame.ts';
import { OutputQueue } from '../../src/protocol/output-queue.ts';
import { OutputSlab } from '../../src/protocol/output-slab.ts';
import { anyText } from './support/any-text.ts';
import { concat, pattern, toHex, utf8 } from './support/bytes.ts';
import { MASK, rawFrame } from './support/raw-frame.ts';

const TEXT = firstByteOf(1, true);
const BINARY = firstByteOf(2, true);
const KEY = 0x3d21fa37;

const frame = (payload: Uint8Array, mask?: Uint8Array) => rawFrame({ opcode: 2, payload, mask });
const textFrame = (text: string, mask?: Uint8Array) =>
  rawFrame({ opcode: 1, payload: utf8(text), mask });

function join(pieces: readonly Uint8Array[]): string {
  return toHex(concat(...pieces));
}

describe('OutputQueue', () => {
  test('puts small frames side by side in one buffer', () => {
    const queue = new OutputQueue(new OutputSlab());
    const payloads = [0, 1, 125, 126, 1000, 16_384].map(pattern);
    for (const payload of payloads) queue.addFrame(BINARY, payload, 0, payload.length, undefined);
    queue.addTextFrame(TEXT, 'Hello', undefined);
    const expected = [...payloads.map((payload) => frame(payload)), textFrame('Hello')];
    expect(queue.length).toBe(concat(...expected).length);
    const taken = queue.take();
    expect(taken).toHaveLength(1);
    expect(join(taken)).toBe(join(expected));
    expect(queue.length).toBe(0);
    expect(queue.take()).toEqual([]);
  });

  test('passes a long unmasked payload on by reference, in its place', () => {
    const queue = new OutputQueue(new OutputSlab());
    const long = pattern(70_000);
    queue.addTextFrame(TEXT, 'before', undefined);
    queue.addFrame(BINARY, long, 0, long.length, undefined);
    queue.addTextFrame(TEXT, 'after', undefined);
    const taken = queue.take();
    expect(taken).toHaveLength(3);
    expect(taken[1]?.buffer).toBe(long.buffer);
    expect(join(taken)).toBe(join([textFrame('before'), frame(long), textFrame('after')]));
  });

  test('copies a payload before it masks it (§5.3)', () => {
    for (const length of [5, 16_384, 70_000]) {
      const queue = new OutputQueue(new OutputSlab());
      const payload = pattern(length);
      queue.addFrame(BINARY, payload, 0, length, KEY);
      expect(join(queue.take())).toBe(join([frame(pattern(length), MASK)]));
      expect(Buffer.compare(payload, pattern(length))).toBe(0);
    }
  });

  test('takes a part of a larger memory for payload', () => {
    const queue = new OutputQueue(new OutputSlab());
    queue.addFrame(BINARY, pattern(100), 10, 20, undefined);
    expect(join(queue.take())).toBe(join([frame(pattern(100).slice(10, 20))]));
  });

  test('writes any text like the slow reference, also where the header grows with it', () => {
    const texts = fc.oneof(
      anyText(30),
      fc.nat(300).map((length) => 'x'.repeat(length)),
      fc.nat(130).map((length) => 'é'.repeat(length)),
      fc.constantFrom('好'.repeat(42), '好'.repeat(30_000), 'x'.repeat(65_535), 'é'.repeat(40_000)),
    );
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 4 }), fc.boolean(), (list, masked) => {
        const queue = new OutputQueue(new OutputSlab());
        for (const text of list) queue.addTextFrame(TEXT, text, masked ? KEY : undefined);
        const mask = masked ? MASK : undefined;
        expect(join(queue.take())).toBe(join(list.map((text) => textFrame(text, mask))));
      }),
      { numRuns: 50 },
    );
  });

  test('never writes into bytes it has handed out', () => {
    const queue = new OutputQueue(new OutputSlab({ blockBytes: 64 }));
    const taken: Uint8Array[] = [];
    const expected: Uint8Array[] = [];
    for (let round = 0; round < 50; round++) {
      const text = `round ${round}`;
      queue.addTextFrame(TEXT, text, undefined);
      expected.push(textFrame(text));
      if (round % 3 === 0) taken.push(...queue.take());
    }
    expect(join([...taken, ...queue.take()])).toBe(join(expected));
  });

  test('uses the encoder and the memory it is given', () => {
    const allocated: number[] = [];
    const slab = new OutputSlab({
      allocate(lengthBytes) {
        allocated.push(lengthBytes);
        return Buffer.alloc(lengthBytes, 0xee);
      },
      encodeTextInto: (text, target, offset) => (target as Buffer).write(text, offset),
      textLength: (text) => Buffer.byteLength(text),
    });
    const queue = new OutputQueue(slab);
    queue.addTextFrame(TEXT, '你好', undefined);
    queue.addTextFrame(TEXT, '好'.repeat(10_000), KEY);
    expect(join(queue.take())).toBe(
      join([textFrame('你好'), textFrame('好'.repeat(10_000), MASK)]),
    );
    expect(allocated).toEqual([65_536, 30_008]);
  });
});

describe('OutputQueues that share a slab', () => {
  test('keep their frames apart, and each brings its own together', () => {
    const slab = new OutputSlab();
    const queues = Array.from({ length: 10 }, () => new OutputQueue(slab));
    for (let round = 0; round < 16; round++) {
      for (const [index, queue] of queues.entries()) {
        queue.addTextFrame(TEXT, `${round} for ${index}`, undefined);
      }
    }
    for (const [index, queue] of queues.entries()) {
      const taken = queue.take();
      expect(taken).toHaveLength(1);
      const texts = Array.from({ length: 16 }, (_, round) => `${round} for ${index}`);
      expect(join(taken)).toBe(join(texts.map((text) => textFrame(text))));
    }
  });

  test('keep order when small and large pieces alternate', () => {
    const slab = new OutputSlab();
    const [queue, other] = [new OutputQueue(slab), new OutputQueue(slab)];
    const expected: Uint8Array[] = [];
    for (const length of [10, 20, 20_000, 30, 3000, 40, 50, 60, 17_000]) {
      queue.addFrame(BINARY, pattern(length), 0, length, undefined);
      other.addTextFrame(TEXT, 'between', undefined);
      expected.push(frame(pattern(length)));
    }
    expect(queue.length).toBe(concat(...expected).length);
    expect(join(queue.take())).toBe(join(expected));
    expect(queue.length).toBe(0);
  });

  test('do not keep shared blocks alive when they linger', () => {
    const slab = new OutputSlab();
    const slow = new OutputQueue(slab);
    const busy = new OutputQueue(slab);
    const payload = pattern(4096);
    slow.lingering = true;
    for (let round = 0; round < 1000; round++) {
      slow.addTextFrame(TEXT, 'x', undefined);
      busy.addFrame(BINARY, payload, 0, payload.length, undefined);
      busy.take();
    }
    const held = new Set(slow.take().map((piece) => piece.buffer));
    const heldBytes = [...held].reduce((sum, buffer) => sum + buffer.byteLength, 0);
    expect(heldBytes).toBeLessThanOrEqual(2 * 4096);
  });

  test('go back to the shared block when they no longer linger', () => {
    const slab = new OutputSlab();
    const queue = new OutputQueue(slab);
    queue.lingering = true;
    queue.addTextFrame(TEXT, 'a', undefined);
    queue.lingering = false;
    queue.addTextFrame(TEXT, 'b', undefined);
    expect(join(queue.take())).toBe(join([textFrame('a'), textFrame('b')]));
    expect(slab.used).toBeGreaterThan(0);
  });

  test('use the same memory again once it has been written', () => {
    const slab = new OutputSlab();
    const queue = new OutputQueue(slab);
    const places = ['first', 'later'].map((text) => {
      queue.addTextFrame(TEXT, text, undefined);
      const taken = queue.take();
      queue.reclaim(taken);
      return [taken[0]?.buffer, taken[0]?.byteOffset];
    });
    expect(places[1]).toEqual(places[0]);
  });

  /** What is reclaimed is overwritten at once, so that whoever still needed it would notice. */
  test('never use again what anybody still needs, in any order of adding and writing', () => {
    const adding = fc.record({
      what: fc.constantFrom('small', 'text', 'long', 'all', 'linger', 'flow'),
      length: fc.oneof(fc.nat(40), fc.nat(3000)),
    });
    const writing = fc.record({ what: fc.constantFrom('write', 'keep'), length: fc.nat(1) });
    const step = fc.tuple(fc.nat(2), fc.oneof(adding, writing));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const slab = new OutputSlab({ blockBytes: 4096 });
        const ends = [0, 1, 2].map(() => ({
          queue: new OutputQueue(slab),
          expected: [] as Uint8Array[],
          written: [] as Uint8Array[],
        }));
        type End = (typeof ends)[number];
        const write = ({ queue, written }: End, reclaims: boolean) => {
          const taken = queue.take();
          written.push(...(reclaims ? taken.map((piece) => piece.slice()) : taken));
          if (!reclaims) return;
          const { used } = slab;
          queue.reclaim(taken);
          slab.block.fill(0xee, slab.used, used);
        };
        let value = 0;
        for (const [index, { what, length }] of steps) {
          const end = ends[index];
          if (end === undefined) continue;
          const { queue, expected } = end;
          const payload = new Uint8Array(what === 'long' ? 17_000 + length : length).fill(++value);
          if (what === 'write' || what === 'keep') {
            write(end, what === 'write');
          } else if (what === 'linger' || what === 'flow') {
            queue.lingering = what === 'linger';
          } else if (what === 'all') {
            const shared = encodeMessage(slab, 'binary', payload);
            for (const each of ends) {
              each.queue.addEncoded(shared);
              each.expected.push(frame(payload));
            }
          } else if (what === 'text') {
            const text = 'ä'.repeat(length);
            queue.addTextFrame(TEXT, text, undefined);
            expected.push(textFrame(text));
          } else {
            queue.addFrame(BINARY, payload, 0, payload.length, undefined);
            expected.push(frame(payload));
          }
        }
        for (const end of ends) write(end, false);
        for (const { expected, written } of ends) expect(join(written)).toBe(join(expected));
      }),
    );
  });
});
