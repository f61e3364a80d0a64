/** Compression that keeps its handle against the same from zlib's one-shot functions. */
import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createDeflater,
  createInflater,
  OneShotDeflater,
  OneShotInflater,
  type Inflater,
} from '../../src/node/sync-zlib.ts';
import { utf8 } from '../protocol/support/bytes.ts';
import { inflateMessage } from '../protocol/support/zlib-codec.ts';
import { at } from './servers.ts';

const SETTINGS = { windowBits: 15, level: 6, memLevel: 8 };

const WAYS = [
  ['kept handles', () => createDeflater(SETTINGS), createInflater],
  ['one-shot functions', () => new OneShotDeflater(SETTINGS), () => new OneShotInflater()],
] as const;

/** A whole message. */
const read = (inflater: Inflater, message: Uint8Array, maxBytes: number) =>
  inflateMessage(inflater, message, maxBytes);

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const MIB = 1_048_576;

test('the way with kept handles is found on this Node', () => {
  expect(createDeflater(SETTINGS)).not.toBeInstanceOf(OneShotDeflater);
  expect(createInflater()).not.toBeInstanceOf(OneShotInflater);
});

describe.each(WAYS)('synchronous DEFLATE by %s', (_, deflater, inflater) => {
  test.each([
    ['one compressed block', 'f2 48 cd c9 c9 07 00'],
    ['one stored block', '00 05 00 fa ff 48 65 6c 6c 6f 00'],
    ['a block with BFINAL', 'f3 48 cd c9 c9 07 00 00'],
    ['two blocks', 'f2 48 05 00 00 00 ff ff ca c9 c9 07 00'],
  ])('reads the example of RFC 7692 §7.2.3: %s', (__, bytes) => {
    expect(read(inflater(), hex(bytes), 5)).toEqual(utf8('Hello'));
  });

  test('reads and writes the example with context takeover (RFC 7692 §7.2.3.2)', () => {
    const source = inflater();
    expect(read(source, hex('f2 48 cd c9 c9 07 00'), 5)).toEqual(utf8('Hello'));
    expect(read(source, hex('f2 00 11 00 00'), 5)).toEqual(utf8('Hello'));
    const target = deflater();
    expect(target.compress(Buffer.from('Hello'))).toEqual(hex('f2 48 cd c9 c9 07 00'));
    expect(target.compress(Buffer.from('Hello'))).toEqual(hex('f2 00 11 00 00'));
    target.reset();
    expect(target.compress(Buffer.from('Hello'))).toEqual(hex('f2 48 cd c9 c9 07 00'));
  });

  test('reads and writes an empty message (RFC 7692 §7.2.3.6)', () => {
    expect(read(inflater(), hex('00'), 0)).toEqual(utf8(''));
    expect(read(inflater(), hex('02 00'), 0)).toEqual(utf8(''));
    expect(deflater().compress(Buffer.alloc(0))).toEqual(hex('00'));
  });

  test('reads on after blocks with BFINAL, padded or not (RFC 7692 §7.2.1)', () => {
    const final = deflateRawSync(Buffer.from('one'), { finishFlush: constants.Z_FINISH });
    const source = inflater();
    expect(read(source, final, 100)).toEqual(utf8('one'));
    expect(read(source, Buffer.concat([final, final, hex('00')]), 100)).toEqual(utf8('oneone'));
    expect(read(source, hex('f2 48 cd c9 c9 07 00'), 5)).toEqual(utf8('Hello'));
  });

  test('forgets with a block with BFINAL what went before it', () => {
    const source = inflater();
    expect(read(source, hex('f3 48 cd c9 c9 07 00 00'), 5)).toEqual(utf8('Hello'));
    expect(read(source, hex('f2 00 11 00 00'), 5)).toBe('corrupt');
  });

  test('stops inflating at the limit, and works on after that', () => {
    const bomb = deflater().compress(Buffer.alloc(64 * MIB));
    expect(bomb.length).toBeLessThan(70_000);
    const source = inflater();
    expect(read(source, bomb, MIB)).toBe('too-big');
    source.reset();
    const exact = deflater().compress(Buffer.alloc(MIB, 'x'));
    expect(read(source, exact, MIB)).toHaveLength(MIB);
    source.reset();
    expect(read(source, exact, MIB - 1)).toBe('too-big');
    source.reset();
    expect(read(source, deflater().compress(Buffer.from('x')), 0)).toBe('too-big');
  });

  test.each(['ff ff ff ff', '07', '05 ff', '01 00 00 00 00 00'])('finds %s corrupt', (bytes) => {
    const source = inflater();
    expect(read(source, hex(bytes), 100)).toBe('corrupt');
    source.reset();
    expect(read(source, hex('f2 48 cd c9 c9 07 00'), 5)).toEqual(utf8('Hello'));
  });

  test.each([
    ['a block with fixed codes', 'f2 48 cd c9'],
    ['a block with fixed codes whose end the tail looks like', 'f2 48 cd c9 c9'],
    ['a stored block', '00 05 00 fa ff 48 65 6c'],
    ['the header of a stored block', '00 05 00 fa'],
    ['a final stored block', '01 0a 00 f5 ff 48'],
    ['a final stored block that the tail would fill', '01 05 00 fa ff 48'],
    ['a block that no empty one follows', 'f2 48 cd c9 c9 07'],
    ['the first of two blocks', 'f2 48 05 00 00 00 ff ff ca c9'],
  ])('finds a message cut off inside %s corrupt (RFC 7692 §7.2.2)', (__, bytes) => {
    const source = inflater();
    expect(read(source, hex(bytes), 100)).toBe('corrupt');
    source.reset();
    expect(read(source, hex('f2 48 cd c9 c9 07 00'), 5)).toEqual(utf8('Hello'));
  });

  test('finds long messages corrupt wherever they are cut off', () => {
    const text = Array.from({ length: 400 }, (__, index) => `{"id":${index * 7919}}`).join();
    const whole = deflater().compress(Buffer.from(text));
    const source = inflater();
    for (let length = 1; length < whole.length; length += 7) {
      expect(read(source, whole.subarray(0, length), MIB), `${length} bytes`).toBe('corrupt');
      source.reset();
    }
    expect(read(source, whole, MIB)).toEqual(utf8(text));
  });

  test('takes nothing at all for an empty message, as some peers send it', () => {
    const source = inflater();
    expect(read(source, hex(''), 5)).toEqual(utf8(''));
    expect(read(source, hex('f2 48 cd c9 c9 07 00'), 5)).toEqual(utf8('Hello'));
    expect(read(source, hex(''), 5)).toEqual(utf8(''));
    expect(read(source, hex('f2 00 11 00 00'), 5)).toEqual(utf8('Hello'));
  });

  test('keeps one result apart from the next', () => {
    const target = deflater();
    const first = target.compress(Buffer.from('first'));
    const copy = Buffer.from(first);
    target.compress(Buffer.from('second, longer'));
    expect(first).toEqual(copy);
    const source = inflater();
    const text = read(source, first, 100);
    read(source, deflater().compress(Buffer.from('other')), 100);
    expect(text).toEqual(utf8('first'));
  });

  test.each([0, 1, 65_535, 65_536, 65_537, 3 * MIB])('reads back %i random bytes', (length) => {
    let state = 1;
    const bytes = Buffer.alloc(length).map(
      () => (state = (state * 1_103_515_245 + 12_345) & 0x7fffffff) >> 16,
    );
    const result = read(inflater(), deflater().compress(bytes), length);
    expect(Buffer.compare(result as Buffer, Buffer.from(bytes))).toBe(0);
  });
});

test('both ways read what either writes, messages in a row, with and without takeover', () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ maxLength: 300 }).map((text) => new TextEncoder().encode(text)),
    fc.integer({ min: 1, max: 80_000 }).map((length) => new Uint8Array(length).fill(length)),
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.boolean(), (messages, takeover) => {
      const writers = WAYS.map(([, deflater]) => deflater());
      const readers = WAYS.map(([, , inflater]) => writers.map(() => inflater()));
      for (const bytes of messages) {
        for (const [w, writer] of writers.entries()) {
          if (!takeover) writer.reset();
          const compressed = writer.compress(bytes);
          for (const row of readers) {
            if (!takeover) row[w]?.reset();
            const result = read(at(row, w), compressed, bytes.length);
            expect(result).toBeInstanceOf(Uint8Array);
            expect(Buffer.compare(result as Buffer, bytes)).toBe(0);
          }
        }
      }
      for (const end of [...writers, ...readers.flat()]) end.close();
    }),
    { numRuns: 60 },
  );
});

test('any bytes are read as something or found corrupt, the same by both ways', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const results = WAYS.map(([, , inflater]) => read(inflater(), bytes, 10_000));
      expect(results[0]).toEqual(results[1]);
    }),
    { numRuns: 2_000 },
  );
});

test('a message in parts is read as far as it has come, however it is cut', () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.integer({ min: 1, max: 300_000 }).map((length) => new Uint8Array(length).fill(length)),
  );
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 });
  const isFinal = fc.boolean();
  fc.assert(
    fc.property(fc.array(fc.tuple(message, cuts, isFinal), { maxLength: 5 }), (messages) => {
      const source = createInflater();
      for (const [bytes, shares, final] of messages) {
        const finishFlush = final ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
        const compressed = deflateRawSync(bytes, { finishFlush });
        const whole = final ? compressed : compressed.subarray(0, -4);
        const ends = [...shares.map((share) => Math.floor(share * whole.length)), whole.length];
        const output: Uint8Array[] = [];
        let start = 0;
        for (const end of ends.toSorted((a, b) => a - b)) {
          const part = Uint8Array.from(whole.subarray(start, end));
          start = end;
          source.feed(part, end === whole.length);
          // Whoever reads into the same memory again takes it away in the middle.
          if (part.length > 2) {
            source.detach(part.buffer);
            part.fill(0xff);
          }
          for (let piece; (piece = source.inflate(bytes.length)) !== undefined;) {
            expect(source.unreadBytes).toBeGreaterThanOrEqual(0);
            expect(piece).toBeInstanceOf(Buffer);
            output.push(piece as Buffer);
          }
          expect(source.unreadBytes).toBe(0);
          if (end === whole.length) break;
        }
        expect(Buffer.compare(Buffer.concat(output), bytes)).toBe(0);
      }
      source.close();
    }),
    { numRuns: 200 },
  );
});

test('a deflater that others use as a stream gives the same bytes', async () => {
  const stream = createDeflateRaw(SETTINGS);
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.write('Hello, Hello, Hello');
  await new Promise<void>((resolve) => stream.flush(constants.Z_SYNC_FLUSH, resolve));
  const compressed = Buffer.concat(chunks);
  expect(createDeflater(SETTINGS).compress(Buffer.from('Hello, Hello, Hello'))).toEqual(
    compressed.subarray(0, -4),
  );
  stream.close();
});
