import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PayloadEvent } from '../../src/protocol/event.ts';
import { anyText } from './support/any-text.ts';
import { concat, pattern, toHex, utf8 } from './support/bytes.ts';
import { createConnection, describeEvent, feed, output, ROLES } from './support/endpoint.ts';
import { rawFrame, type RawFrame } from './support/raw-frame.ts';
import { readSlowly } from './support/reference-endpoint.ts';
import { createRandom, splits } from './support/split.ts';

const LIMIT = 3000;

const anyMask = fc.uint8Array({ minLength: 4, maxLength: 4 });

const textPayload = fc.oneof(
  anyText(40).map(utf8),
  fc.string({ maxLength: 200 }).map(utf8),
  fc.uint8Array({ maxLength: 5 }),
);

const closePayload = fc.oneof(
  fc.constant(new Uint8Array(0)),
  fc.uint8Array({ maxLength: 4 }),
  fc
    .tuple(fc.constantFrom(1000, 1001, 1005, 1015, 3000, 5000), fc.string({ maxLength: 20 }))
    .map(([code, reason]) => concat(Uint8Array.of(code >>> 8, code & 0xff), utf8(reason))),
);

/** Mostly good frames of one message stream, now and then a wrong one. */
function anyFrame(masked: boolean): fc.Arbitrary<RawFrame> {
  const mask = masked ? anyMask : fc.constant(undefined);
  const good: fc.Arbitrary<RawFrame> = fc.oneof(
    fc.record({ opcode: fc.constant(1), fin: fc.boolean(), payload: textPayload, mask }),
    fc.record({ opcode: fc.constant(0), fin: fc.boolean(), payload: textPayload, mask }),
    fc.record({
      opcode: fc.constant(2),
      fin: fc.boolean(),
      payload: fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.nat(LIMIT).map(pattern)),
      mask,
    }),
    fc.record({
      opcode: fc.constantFrom(9, 10),
      payload: fc.uint8Array({ maxLength: 125 }),
      mask,
    }),
  );
  const close: fc.Arbitrary<RawFrame> = fc.record({
    opcode: fc.constant(8),
    payload: closePayload,
    mask,
  });
  const wrong: fc.Arbitrary<RawFrame> = fc.record(
    {
      opcode: fc.nat(15),
      fin: fc.boolean(),
      rsv: fc.constantFrom(0, 0, 0, 1, 4),
      payload: fc.uint8Array({ maxLength: 130 }),
      mask: fc.option(anyMask, { nil: undefined }),
      lengthBits: fc.constantFrom<(16 | 64)[]>(16, 64),
      announce: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    },
    { requiredKeys: ['opcode', 'payload'] },
  );
  return fc.oneof(
    { weight: 20, arbitrary: good },
    { weight: 1, arbitrary: close },
    { weight: 1, arbitrary: wrong },
  );
}

describe.each(ROLES)('%s', (role) => {
  const connect = () => createConnection(role, { maxMessageBytes: LIMIT });

  test('equals the slow reference on any stream of frames, cut off anywhere, in any split', () => {
    const stream = fc.tuple(
      fc.array(anyFrame(role === 'server'), { minLength: 1, maxLength: 8 }),
      fc.nat(),
    );
    fc.assert(
      fc.property(stream, ([frames, cutOff]) => {
        const all = concat(...frames.map(rawFrame));
        const bytes = cutOff % 3 === 0 ? all.slice(0, cutOff % (all.length + 1)) : all;
        const expected = readSlowly(role, bytes, LIMIT);
        for (const { how, chunks } of splits(bytes, 2)) {
          expect(feed(connect(), ...chunks), how).toEqual(expected);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('equals the slow reference on any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const expected = readSlowly(role, bytes, LIMIT);
        for (const { how, chunks } of splits(bytes, 1)) {
          expect(feed(connect(), ...chunks), how).toEqual(expected);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('what it sends, the other role receives', () => {
    const anyMessage = fc.oneof(
      anyText(300),
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(140_000).map(pattern),
    );
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 5 }), (messages) => {
        const sender = createConnection(role);
        const receiver = createConnection(role === 'server' ? 'client' : 'server');
        for (const message of messages) {
          if (typeof message === 'string') sender.sendText(message);
          else sender.sendBinary(message);
        }
        sender.sendClose(1000, 'done');
        const expected = messages.map((message) =>
          typeof message === 'string' ? `text ${message}` : `binary ${toHex(message)}`.trimEnd(),
        );
        expect(feed(receiver, output(sender))).toEqual([...expected, 'close 1000 done']);
        expect(feed(sender, output(receiver))).toEqual(['close 1000 done']);
      }),
    );
  });
});

describe('every length', () => {
  const boundaries = [
    0, 125, 126, 127, 128, 255, 256, 257, 4095, 4096, 16384, 65535, 65536, 200_000,
  ];
  const near = boundaries.flatMap((length) => [length - 1, length, length + 1]);
  const random = createRandom(6455);
  const sampled = Array.from({ length: 150 }, () => Math.floor(random() * 200_000));
  const lengths = [...new Set([...near, ...sampled])].filter(
    (length) => length >= 0 && length <= 200_001,
  );

  const longest = pattern(Math.max(...lengths));

  test.each([0, 1, 2, 3])('arrives unharmed with the payload %i bytes from a word', (alignment) => {
    for (const length of lengths) {
      const client = createConnection('client', { maskingKey: () => (0xa5c3_0f71 * length) | 0 });
      const server = createConnection('server');
      const payload = longest.subarray(0, length);
      client.sendBinary(payload);
      const frame = output(client);
      const headerLength = frame.length - length;
      const memory = new Uint8Array(frame.length + 8);
      const start = 4 + ((alignment - headerLength) & 3);
      memory.set(frame, start);
      server.receive(memory.subarray(start, start + frame.length));
      const [event] = server.takeEvents().filter((one) => one instanceof PayloadEvent);
      const offset = (event?.source.byteOffset ?? 0) + (event?.start ?? 0);
      expect(offset % 4, `${length} bytes`).toBe(alignment);
      const received = event?.payload ?? new Uint8Array(0);
      expect(Buffer.compare(received, payload), `${length} bytes`).toBe(0);
    }
  });
});

describe('memory', () => {
  test('a message of one-byte fragments holds at most 1.25 × its payload + 4 KiB', () => {
    const server = createConnection('server');
    const fragment = (opcode: number) =>
      rawFrame({
        opcode,
        fin: false,
        payload: Uint8Array.of(0x61),
        mask: Uint8Array.of(1, 2, 3, 4),
      });
    const [first, next] = [fragment(1), fragment(0)];
    let events = 0;
    let excess = 0;
    for (let count = 1; count <= 100_000; count++) {
      server.receive(count === 1 ? first.slice() : next.slice());
      events += server.takeEvents().length;
      excess = Math.max(excess, server.heldBytes - 1.25 * count - 4096);
    }
    expect({ events, excess }).toEqual({ events: 0, excess: 0 });
    expect(server.heldBytes).toBeGreaterThanOrEqual(100_000);
  });

  test('a frame that is only announced holds next to nothing', () => {
    const server = createConnection('server');
    const frame = rawFrame({ opcode: 2, announce: 1_000_000n, mask: Uint8Array.of(1, 2, 3, 4) });
    server.receive(concat(frame, Uint8Array.of(1)));
    expect(server.nextEvent()).toBeUndefined();
    expect(server.heldBytes).toBeLessThanOrEqual(4096);
  });

  test('events are values: later input does not change them', () => {
    const server = createConnection('server');
    const mask = Uint8Array.of(9, 8, 7, 6);
    const frames = ['one', 'two', 'three'].map((word) =>
      rawFrame({ opcode: 1, payload: utf8(word), mask }),
    );
    server.receive(concat(...frames));
    const events = server.takeEvents();
    expect(feed(server, ...frames)).toHaveLength(3);
    expect(events.map(describeEvent)).toEqual(['text one', 'text two', 'text three']);
  });
});
