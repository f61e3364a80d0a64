import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { FrameDecoder } from '../../src/protocol/frame-decoder.ts';
import { RSV1, type Role } from '../../src/protocol/frame.ts';
import { concat, hex, pattern, toHex, utf8 } from './support/bytes.ts';
import { ROLES } from './support/endpoint.ts';
import { MASK, rawFrame, type RawFrame } from './support/raw-frame.ts';
import { splits } from './support/split.ts';

interface Decoded {
  opcode: number;
  fin: boolean;
  payload: string;
  ascii: boolean;
}

function createDecoder(receiver: Role, refuseNonMinimalLengths = true): FrameDecoder {
  return new FrameDecoder({ receiver, allowedBits: 0, refuseNonMinimalLengths });
}

/** Joins the pieces of each frame; stops at the decoder's error. */
function decodeAll(decoder: FrameDecoder, chunks: readonly Uint8Array[]): Decoded[] {
  const frames: Decoded[] = [];
  let payload: Uint8Array[] = [];
  let ascii = true;
  for (const chunk of chunks) {
    decoder.feed(chunk);
    while (decoder.next()) {
      if (decoder.first) {
        payload = [];
        ascii = true;
      }
      payload.push(decoder.source.slice(decoder.start, decoder.end));
      ascii &&= decoder.ascii;
      if (!decoder.last) continue;
      const { opcode, fin } = decoder.header;
      frames.push({ opcode, fin, payload: toHex(concat(...payload)), ascii });
    }
  }
  return frames;
}

function expected(frames: readonly RawFrame[]): Decoded[] {
  return frames.map(({ opcode, fin = true, payload = new Uint8Array(0) }) => ({
    opcode,
    fin,
    payload: toHex(payload),
    ascii: payload.every((byte) => byte < 0x80),
  }));
}

describe.each(ROLES)('a %s', (receiver) => {
  const mask = receiver === 'server' ? MASK : undefined;

  test('decodes frames of every kind of length in any split (§5.2)', () => {
    const frames = [0, 1, 5, 125, 126, 127, 300, 65535, 65536].map((length) => ({
      opcode: 2,
      mask,
      payload: pattern(length),
    }));
    const small = concat(...frames.slice(0, 7).map(rawFrame));
    for (const { how, chunks } of splits(small)) {
      expect(decodeAll(createDecoder(receiver), chunks), how).toEqual(expected(frames.slice(0, 7)));
    }
    const all = concat(...frames.map(rawFrame));
    for (const { how, chunks } of splits(all).filter((split) => split.how !== 'byte by byte')) {
      expect(decodeAll(createDecoder(receiver), chunks), how).toEqual(expected(frames));
    }
  });

  test('decodes any frames alike, however they are split', () => {
    const anyFrame = fc.record({
      opcode: fc.constantFrom(0, 1, 2),
      fin: fc.boolean(),
      payload: fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.nat(1000).map(pattern)),
      mask: fc.constant(mask),
    });
    fc.assert(
      fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 6 }), (frames) => {
        const bytes = concat(...frames.map(rawFrame));
        for (const { how, chunks } of splits(bytes, 3)) {
          expect(decodeAll(createDecoder(receiver), chunks), how).toEqual(expected(frames));
        }
      }),
    );
  });

  test('hands out payload as it arrives, and the header before any of it', () => {
    const decoder = createDecoder(receiver);
    const bytes = rawFrame({ opcode: 1, payload: utf8('Hello'), mask });
    const headerLength = bytes.length - 5;
    decoder.feed(bytes.slice(0, headerLength));
    expect(decoder.next()).toBe(true);
    expect(decoder).toMatchObject({ first: true, last: false });
    expect(decoder.end - decoder.start).toBe(0);
    expect(decoder.next()).toBe(false);
    decoder.feed(bytes.slice(headerLength, headerLength + 2));
    expect(decoder.next()).toBe(true);
    expect(decoder).toMatchObject({ first: false, last: false });
    expect(decoder.source.subarray(decoder.start, decoder.end)).toEqual(utf8('He'));
    expect(decoder.next()).toBe(false);
    decoder.feed(bytes.slice(headerLength + 2));
    expect(decoder.next()).toBe(true);
    expect(decoder.last).toBe(true);
  });

  test('stops at the first broken rule, in any split', () => {
    const good = rawFrame({ opcode: 1, payload: utf8('ok'), mask });
    const bad = rawFrame({ opcode: 3, mask });
    for (const { how, chunks } of splits(concat(good, bad, good))) {
      const decoder = createDecoder(receiver);
      expect(decodeAll(decoder, chunks), how).toHaveLength(1);
      expect(decoder.error).toBe('PW_WS_RESERVED_OPCODE');
      expect(decoder.next()).toBe(false);
    }
  });

  test('refuses a length that is not minimal, or says so in the header (§5.2)', () => {
    const bytes = rawFrame({ opcode: 2, payload: utf8('Hello'), mask, lengthBits: 16 });
    const strict = createDecoder(receiver);
    expect(decodeAll(strict, [bytes.slice()])).toEqual([]);
    expect(strict.error).toBe('PW_WS_NON_MINIMAL_LENGTH');
    const lenient = createDecoder(receiver, false);
    expect(decodeAll(lenient, [bytes.slice(), bytes.slice()])).toHaveLength(2);
    expect(lenient.header.nonMinimal).toBe(true);
  });

  test('holds a payload back in no buffer of its own: every piece lies in the chunk', () => {
    const decoder = createDecoder(receiver);
    const chunk = rawFrame({ opcode: 2, payload: pattern(1000), mask });
    decoder.feed(chunk);
    expect(decoder.next()).toBe(true);
    expect(decoder.source).toBe(chunk);
  });

  test('lets go of a chunk that has been read', () => {
    const decoder = createDecoder(receiver);
    decoder.feed(rawFrame({ opcode: 2, payload: pattern(1000), mask }));
    while (decoder.next());
    expect(decoder.source).toHaveLength(0);
  });
});

describe('FrameDecoder', () => {
  test('keeps the order of chunks that arrive faster than they are read', () => {
    const decoder = createDecoder('client');
    const frames = ['a', 'b', 'c', 'd'].map((text) => rawFrame({ opcode: 1, payload: utf8(text) }));
    const seen: string[] = [];
    const readOne = () => {
      decoder.next();
      seen.push(Buffer.from(decoder.source.subarray(decoder.start, decoder.end)).toString());
    };
    decoder.feed(concat(...frames.slice(0, 1)));
    decoder.feed(concat(...frames.slice(1, 2)));
    expect(decoder.unreadBytes).toBe(6);
    readOne();
    decoder.feed(concat(...frames.slice(2, 3)));
    readOne();
    decoder.feed(concat(...frames.slice(3)));
    readOne();
    readOne();
    expect(seen).toEqual(['a', 'b', 'c', 'd']);
    expect(decoder.unreadBytes).toBe(0);
    expect(decoder.next()).toBe(false);
  });

  test('takes empty chunks', () => {
    const decoder = createDecoder('client');
    const chunks = [hex(''), hex('81'), hex(''), hex('02 41'), hex(''), hex('42'), hex('')];
    expect(decodeAll(decoder, chunks)).toEqual([
      { opcode: 1, fin: true, payload: '4142', ascii: true },
    ]);
  });

  test('copies unread input out of memory that is used again, also when it is a Buffer', () => {
    const decoder = createDecoder('client');
    const memory = Buffer.alloc(64);
    const frames = concat(hex('810141'), hex('810142'), hex('8101'));
    memory.set(frames);
    decoder.feed(memory.subarray(0, frames.length));
    expect(decoder.next()).toBe(true);
    decoder.detach(memory.buffer);
    memory.fill(0xff);
    decoder.feed(hex('43'));
    const payloads: string[] = [];
    while (decoder.next()) {
      payloads.push(toHex(decoder.source.slice(decoder.start, decoder.end)));
    }
    expect(payloads).toEqual(['42', '', '43']);
  });

  test('leaves RSV1 to the extension that owns it', () => {
    const decoder = new FrameDecoder({
      receiver: 'client',
      allowedBits: RSV1,
      refuseNonMinimalLengths: true,
    });
    decoder.feed(rawFrame({ opcode: 1, rsv: 4 }));
    expect(decoder.next()).toBe(true);
    expect(decoder.header.reservedBits).toBe(RSV1);
  });

  test('makes progress or waits on any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const outcomes = splits(bytes, 2).map(({ chunks }) => {
          const decoder = createDecoder('client', false);
          const frames = decodeAll(decoder, chunks);
          return { frames, error: decoder.error };
        });
        for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
      }),
      { numRuns: 300 },
    );
  });
});
