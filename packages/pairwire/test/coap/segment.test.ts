import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  MAX_PACKET_BYTES,
  MAX_SEGMENT_STREAM_BYTES,
  SegmentReader,
  SegmentWriter,
  type Packet,
} from '../../src/coap/segment.ts';

function drain(writer: SegmentWriter): Uint8Array[] {
  const segments: Uint8Array[] = [];
  for (let segment = writer.current; segment; segment = writer.current) {
    segments.push(segment);
    writer.acknowledge();
  }
  return segments;
}

function read(segments: readonly Uint8Array[]): Packet[] {
  const reader = new SegmentReader();
  return segments.flatMap((segment) => {
    const result = reader.receive(segment);
    if (!result.ok) throw new Error(result.error);
    return result.packets;
  });
}

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const arbitraryPacket = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.uint8Array({ minLength: 1, maxLength: 4000 }),
);

test('a text is written as docs/protocol/phone.md §5 shows', () => {
  const writer = new SegmentWriter();
  writer.push('你好');
  writer.push(Uint8Array.of(255));
  expect(writer.current).toEqual(hex('00000000 01 00000006 e4bda0e5a5bd 02 00000001 ff'));
});

test('packets of any length and kind come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(arbitraryPacket, { maxLength: 20 }), (packets) => {
      const writer = new SegmentWriter();
      for (const packet of packets) writer.push(packet);
      const segments = drain(writer);
      for (const segment of segments) {
        expect(segment.length).toBeLessThanOrEqual(4 + MAX_SEGMENT_STREAM_BYTES);
      }
      expect(writer.bufferedBytes).toBe(0);
      expect(read(segments)).toEqual(packets);
    }),
  );
});

test('a segment stays the same until it is acknowledged, whatever is pushed meanwhile', () => {
  const writer = new SegmentWriter();
  writer.push('a');
  const before = writer.current?.slice();
  writer.push('b');
  expect(writer.current).toEqual(before);
});

test('packets pushed while a segment is on its way share the next one', () => {
  const writer = new SegmentWriter();
  writer.push('a');
  expect(writer.current).toBeDefined();
  writer.push('b');
  writer.push('c');
  expect(drain(writer)).toHaveLength(2);
});

test('a repeated segment gives nothing', () => {
  const writer = new SegmentWriter();
  writer.push('a');
  writer.push(new Uint8Array(3000).fill(7));
  const segments = drain(writer);
  const doubled = segments.flatMap((segment, index) => [segment, ...segments.slice(0, index + 1)]);
  expect(read(doubled)).toEqual(['a', new Uint8Array(3000).fill(7)]);
});

describe('the writer refuses', () => {
  test('an empty packet and one that is too long', () => {
    const writer = new SegmentWriter();
    expect(() => writer.push('')).toThrow(RangeError);
    expect(() => writer.push(new Uint8Array(MAX_PACKET_BYTES + 1))).toThrow(RangeError);
    writer.push(new Uint8Array(MAX_PACKET_BYTES));
    expect(read(drain(writer))).toHaveLength(1);
  });
});

describe('the reader refuses', () => {
  test.each([
    ['no number', '000000', 'too-short'],
    ['a number from the future', '00000001', 'gap'],
    ['a kind it does not know', '00000000 03 00000001 00', 'bad-kind'],
    ['an empty packet', '00000000 01 00000000', 'empty'],
    ['a packet that would be too long', '00000000 02 00010401', 'too-large'],
    ['a text that is not UTF-8', '00000000 01 00000001 ff', 'not-utf8'],
  ])('%s', (_name, segment, error) => {
    expect(new SegmentReader().receive(hex(segment))).toEqual({ ok: false, error });
  });

  test('nothing with a throw, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (bodies) => {
        const reader = new SegmentReader();
        for (const [index, body] of bodies.entries()) {
          const segment = Uint8Array.of(0, 0, 0, index, ...body);
          expect(() => reader.receive(segment)).not.toThrow();
        }
      }),
    );
  });
});
