import { describe, expect, test } from 'vitest';

import { FrameDecoder } from '../../src/protocol/frame-decoder.ts';
import { RSV1 } from '../../src/protocol/frame.ts';
import { MessageAssembler } from '../../src/protocol/message-assembler.ts';
import { concat, hex, pattern, utf8 } from './support/bytes.ts';
import { describeEvent } from './support/endpoint.ts';
import { rawFrame, type RawFrame } from './support/raw-frame.ts';
import { splits } from './support/split.ts';
import { createWholeCodec } from './support/whole-codec.ts';

const LIMIT = 1000;

/** Frames in, messages out; an error is the last entry. */
function assemble(
  frames: readonly RawFrame[],
  { assembler = new MessageAssembler(LIMIT), chunks = [concat(...frames.map(rawFrame))] } = {},
): string[] {
  const decoder = new FrameDecoder({
    receiver: 'client',
    allowedBits: RSV1,
    refuseNonMinimalLengths: true,
  });
  const results: string[] = [];
  for (const chunk of chunks) {
    decoder.feed(chunk);
    while (decoder.next()) {
      const result = assembler.push(decoder);
      if (typeof result === 'string') return [...results, result];
      if (result !== undefined) results.push(describeEvent(result));
    }
  }
  return results;
}

/** The same in every split. */
function assembleAnyhow(frames: readonly RawFrame[]): string[] {
  const outcomes = splits(concat(...frames.map(rawFrame))).map(({ chunks }) =>
    assemble(frames, { chunks }),
  );
  for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
  return outcomes[0] ?? [];
}

const text = (payload: string, fin = true): RawFrame => ({
  opcode: 1,
  fin,
  payload: utf8(payload),
});
const more = (payload: string, fin = true): RawFrame => ({
  opcode: 0,
  fin,
  payload: utf8(payload),
});

describe('MessageAssembler', () => {
  test('passes on unfragmented messages, empty ones too', () => {
    expect(assembleAnyhow([text('Hello'), text(''), { opcode: 2, payload: hex('00ff') }])).toEqual([
      'text Hello',
      'text ',
      'binary 00ff',
    ]);
  });

  test('joins fragments, empty ones too (§5.4)', () => {
    const frames = [text('Hel', false), more('', false), more('lo'), text('', false), more('')];
    expect(assembleAnyhow(frames)).toEqual(['text Hello', 'text ']);
  });

  test('joins fragments of binary data', () => {
    const fragment = (opcode: number, fin: boolean, bytes: string): RawFrame => ({
      opcode,
      fin,
      payload: hex(bytes),
    });
    const frames = [fragment(2, false, 'ff'), fragment(0, false, '00'), fragment(0, true, 'fe')];
    expect(assembleAnyhow(frames)).toEqual(['binary ff00fe']);
  });

  test('joins a character that a fragment boundary cuts through (§8.1)', () => {
    const [first, second] = [utf8('好').slice(0, 1), utf8('好').slice(1)];
    const frames = [
      { opcode: 1, fin: false, payload: first },
      { opcode: 0, payload: second },
    ];
    expect(assembleAnyhow(frames)).toEqual(['text 好']);
  });

  test('marks a text as ASCII only when all of it is', () => {
    const flag = (frames: readonly RawFrame[]) => {
      const decoder = new FrameDecoder({
        receiver: 'client',
        allowedBits: 0,
        refuseNonMinimalLengths: true,
      });
      const assembler = new MessageAssembler(LIMIT);
      decoder.feed(concat(...frames.map(rawFrame)));
      let result;
      while (decoder.next()) result = assembler.push(decoder);
      return result;
    };
    expect(flag([text('Hello')])).toMatchObject({ ascii: true });
    expect(flag([text('Hel', false), more('lo')])).toMatchObject({ ascii: true });
    expect(flag([text('Hé', false), more('lo')])).toMatchObject({ ascii: false });
    expect(flag([text('He', false), more('ł')])).toMatchObject({ ascii: false });
    expect(flag([text('é'), text('e')])).toMatchObject({ ascii: true });
  });

  test('refuses a continuation of nothing (§5.4)', () => {
    expect(assembleAnyhow([more('x')])).toEqual(['PW_WS_ORPHAN_CONTINUATION']);
    expect(assembleAnyhow([text('a', false), more('b'), more('c')])).toEqual([
      'text ab',
      'PW_WS_ORPHAN_CONTINUATION',
    ]);
  });

  test('refuses a new message inside an unfinished one (§5.4)', () => {
    expect(assembleAnyhow([text('a', false), text('b')])).toEqual(['PW_WS_INTERRUPTED_MESSAGE']);
    expect(assembleAnyhow([text('a', false), { opcode: 2 }])).toEqual([
      'PW_WS_INTERRUPTED_MESSAGE',
    ]);
  });

  test('refuses RSV1 on a continuation (RFC 7692 §6.1)', () => {
    expect(assembleAnyhow([text('a', false), { opcode: 0, rsv: 4 }])).toEqual([
      'PW_WS_RESERVED_BITS',
    ]);
  });

  test('takes a message of exactly the limit, in one frame or in many', () => {
    const half = 'x'.repeat(LIMIT / 2);
    expect(assembleAnyhow([text(half + half)])).toEqual([`text ${half}${half}`]);
    expect(assembleAnyhow([text(half, false), more(half)])).toEqual([`text ${half}${half}`]);
  });

  test('refuses a longer one as soon as it is announced (§10.4)', () => {
    const announced = rawFrame({ opcode: 1, announce: BigInt(LIMIT + 1) });
    expect(assemble([], { chunks: [announced] })).toEqual(['PW_WS_MESSAGE_TOO_BIG']);
    const second = rawFrame({ opcode: 0, announce: BigInt(LIMIT) });
    expect(assemble([], { chunks: [rawFrame(text('x', false)), second] })).toEqual([
      'PW_WS_MESSAGE_TOO_BIG',
    ]);
  });

  test('refuses lengths near 2^63 without adding up to something small', () => {
    for (const announce of [2n ** 31n - 1n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n]) {
      const frame = rawFrame({ opcode: 0, announce });
      expect(assemble([], { chunks: [rawFrame(text('x', false)), frame] })).toEqual([
        'PW_WS_MESSAGE_TOO_BIG',
      ]);
    }
  });

  test('notices a bad byte in the first fragment, with nothing behind it (§8.1)', () => {
    const bad = rawFrame({ opcode: 1, fin: false, payload: hex('41ff') });
    expect(assemble([], { chunks: [bad] })).toEqual(['PW_WS_INVALID_UTF8']);
  });

  test('notices a bad byte in a frame that has only begun to arrive', () => {
    const frame = rawFrame({ opcode: 1, payload: concat(hex('ff'), utf8('x'.repeat(99))) });
    expect(assemble([], { chunks: [frame.slice(0, 3)] })).toEqual(['PW_WS_INVALID_UTF8']);
  });

  test('refuses a text that ends inside a character (§8.1)', () => {
    const frames = [{ opcode: 1, payload: hex('e5a5') }];
    expect(assembleAnyhow(frames)).toEqual(['PW_WS_INVALID_UTF8']);
    expect(assembleAnyhow([{ opcode: 1, fin: false, payload: hex('e5a5') }, more('')])).toEqual([
      'PW_WS_INVALID_UTF8',
    ]);
  });

  test('refuses a character that ASCII of the next fragment breaks', () => {
    const frames = [{ opcode: 1, fin: false, payload: hex('e5a5') }, more('A')];
    expect(assembleAnyhow(frames)).toEqual(['PW_WS_INVALID_UTF8']);
  });

  test('takes any bytes as binary data', () => {
    expect(assembleAnyhow([{ opcode: 2, payload: hex('ff80c0') }])).toEqual(['binary ff80c0']);
  });

  test('passes a message that lies whole in a chunk on where it lies', () => {
    const decoder = new FrameDecoder({
      receiver: 'client',
      allowedBits: 0,
      refuseNonMinimalLengths: true,
    });
    const chunk = rawFrame({ opcode: 2, payload: pattern(100) });
    decoder.feed(chunk);
    decoder.next();
    expect(new MessageAssembler(LIMIT).push(decoder)).toMatchObject({ source: chunk });
  });

  test('keeps within 1.25 × payload + 4 KiB, whatever the fragmentation', () => {
    const limit = 200_000;
    const tooMuch: string[] = [];
    for (const fragmentBytes of [1, 2, 100, 5000]) {
      const decoder = new FrameDecoder({
        receiver: 'client',
        allowedBits: 0,
        refuseNonMinimalLengths: true,
      });
      const assembler = new MessageAssembler(limit);
      for (let sent = 0; sent + fragmentBytes <= limit / 2; sent += fragmentBytes) {
        const opcode = sent === 0 ? 2 : 0;
        decoder.feed(rawFrame({ opcode, fin: false, payload: pattern(fragmentBytes) }));
        while (decoder.next()) assembler.push(decoder);
        const payloadBytes = sent + fragmentBytes;
        if (assembler.heldBytes > 1.25 * payloadBytes + 4096) {
          tooMuch.push(`${assembler.heldBytes} bytes held for ${payloadBytes}`);
        }
      }
    }
    expect(tooMuch).toEqual([]);
  });
});

describe('MessageAssembler with a codec', () => {
  /** Stands in for DEFLATE: the payload backwards, with one byte in front. */
  const codec = createWholeCodec({
    compress: () => undefined,
    decompress(payload, maxBytes) {
      if (payload[0] !== 0xdf) return 'corrupt';
      if (payload.length - 1 > maxBytes) return 'too-big';
      return payload.slice(1).reverse();
    },
  });
  const compressed = (payload: Uint8Array, fin = true): RawFrame => ({
    opcode: 1,
    rsv: 4,
    fin,
    payload: concat(hex('df'), payload.slice().reverse()),
  });
  const assembler = () => new MessageAssembler(LIMIT, codec);

  test('inflates a compressed message, whole or fragmented (RFC 7692 §6.2)', () => {
    expect(assemble([compressed(utf8('Hello'))], { assembler: assembler() })).toEqual([
      'text Hello',
    ]);
    const frames = [compressed(utf8('lo'), false), { opcode: 0, payload: utf8('leH') }];
    expect(assemble(frames, { assembler: assembler() })).toEqual(['text Hello']);
  });

  test('checks the text after inflating, not before', () => {
    expect(assemble([compressed(utf8('好'))], { assembler: assembler() })).toEqual(['text 好']);
    expect(assemble([compressed(hex('ff41'))], { assembler: assembler() })).toEqual([
      'PW_WS_INVALID_UTF8',
    ]);
    expect(assemble([compressed(hex('e5a5'))], { assembler: assembler() })).toEqual([
      'PW_WS_INVALID_UTF8',
    ]);
  });

  test('takes messages that are not compressed between others that are (RFC 7692 §6)', () => {
    const frames = [text('a'), compressed(utf8('b')), text('c')];
    expect(assemble(frames, { assembler: assembler() })).toEqual(['text a', 'text b', 'text c']);
  });

  test('names corrupt data and data that is too long once inflated', () => {
    const corrupt = { opcode: 1, rsv: 4, payload: hex('00') };
    expect(assemble([corrupt], { assembler: assembler() })).toEqual([
      'PW_WS_CORRUPT_COMPRESSED_DATA',
    ]);
    const small = new MessageAssembler(0, codec);
    expect(assemble([compressed(utf8('x'))], { assembler: small })).toEqual([
      'PW_WS_MESSAGE_TOO_BIG',
    ]);
  });
});
