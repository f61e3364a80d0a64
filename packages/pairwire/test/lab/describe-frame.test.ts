import { encodeFrame, Opcode } from '@pairwire/websocket/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { describeFrame, type FrameDescription } from '../../src/lab/describe-frame.ts';
import { FrameCutter } from '../../src/lab/frame-cutter.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Name, bits and value of each field, in the order of the wire. */
function fieldsOf(frame: FrameDescription | undefined) {
  return frame?.fields.map(({ name, firstBit, bitCount, value }) => [
    name,
    firstBit,
    bitCount,
    value,
  ]);
}

describe('describeFrame', () => {
  test('names every field of the masked "Hello" (RFC 6455 §5.7)', () => {
    const frame = describeFrame(hex('81 85 37fa213d 7f9f4d5158'));
    expect(fieldsOf(frame)).toEqual([
      ['fin', 0, 1, 1],
      ['rsv', 1, 3, 0],
      ['opcode', 4, 4, 1],
      ['mask', 8, 1, 1],
      ['payload-length', 9, 7, 5],
      ['masking-key', 16, 32, 0x37fa213d],
      ['payload', 48, 40, 0],
    ]);
    expect(frame).toMatchObject({
      bytes: '818537fa213d7f9f4d5158',
      payload: hex('48656c6c6f').toString('hex'),
      headerBytes: 6,
      payloadBytes: 5,
      arrivedBytes: 5,
    });
  });

  test('leaves the bytes it is shown as they are', () => {
    const bytes = hex('81 85 37fa213d 7f9f4d5158');
    describeFrame(bytes);
    expect(bytes).toEqual(hex('81 85 37fa213d 7f9f4d5158'));
  });

  test('shows where a longer length stands (§5.2)', () => {
    expect(fieldsOf(describeFrame(hex('82 7e 0100')))?.at(5)).toEqual([
      'extended-length',
      16,
      16,
      256,
    ]);
    expect(fieldsOf(describeFrame(hex('82 7f 0000000000010000')))?.at(5)).toEqual([
      'extended-length',
      16,
      64,
      65_536,
    ]);
  });

  test('parts the payload of a Close frame into code and reason (§5.5.1)', () => {
    const fields = fieldsOf(describeFrame(hex('88 05 03e8 627965')));
    expect(fields?.slice(-2)).toEqual([
      ['close-code', 16, 16, 1000],
      ['close-reason', 32, 24, 0],
    ]);
    expect(fieldsOf(describeFrame(hex('88 01 03')))?.at(-1)).toEqual(['payload', 16, 8, 0]);
  });

  test('says how much of a payload is not there, and gives undefined without a header', () => {
    expect(describeFrame(hex('81 05 4865'))).toMatchObject({ payloadBytes: 5, arrivedBytes: 2 });
    for (const part of ['', '81', '81 fe 01', '81 85 37fa21']) {
      expect(describeFrame(hex(part))).toBeUndefined();
    }
  });

  test('shows the beginning of a long payload only', () => {
    const frame = describeFrame(
      encodeFrame({ opcode: Opcode.binary, payload: new Uint8Array(70_000) }),
    );
    expect(frame).toMatchObject({ payloadBytes: 70_000, arrivedBytes: 70_000 });
    expect(frame?.payload).toHaveLength(2 * 512);
  });
});

describe('FrameCutter', () => {
  const frames = fc.array(
    fc.record({
      opcode: fc.constantFrom(Opcode.text, Opcode.binary, Opcode.ping, Opcode.close),
      payload: fc.uint8Array({ maxLength: 2_000 }),
      key: fc.option(fc.integer({ min: 0, max: 0xffff_ffff }), { nil: undefined }),
    }),
    { maxLength: 6 },
  );

  test('finds the same frames however the bytes are cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat({ max: 3_000 })), (sent, cuts) => {
        const parts = sent.map(({ opcode, payload, key }) => encodeFrame({ opcode, payload }, key));
        const bytes = Buffer.concat(parts);
        const cutter = new FrameCutter();
        const found: FrameDescription[] = [];
        let start = 0;
        for (const length of [...cuts, bytes.length]) {
          found.push(...cutter.feed(bytes.subarray(start, start + length)));
          start += length;
        }
        expect(found).toEqual(parts.map((part) => describeFrame(part)));
      }),
    );
  });

  test('finds them byte by byte as well', () => {
    const bytes = hex('81 85 37fa213d 7f9f4d5158 89 00 88 02 03e8');
    const cutter = new FrameCutter();
    const found = [...bytes].flatMap((byte) => cutter.feed(Uint8Array.of(byte)));
    expect(found.map(({ payloadBytes }) => payloadBytes)).toEqual([5, 0, 2]);
  });
});
