/** Messages longer than `maxMessageBytes`, handed on in pieces (`maxStreamBytes`). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { MessagePiece, PayloadEvent, type ConnectionEvent } from '../../src/protocol/event.ts';
import { anyText } from './support/any-text.ts';
import { concat, pattern, toHex, utf8 } from './support/bytes.ts';
import { createConnection, describeEvent, feed, peerFrame, ROLES } from './support/endpoint.ts';
import type { RawFrame } from './support/raw-frame.ts';
import { splits } from './support/split.ts';
import { createZlibCodec } from './support/zlib-codec.ts';

const LIMITS = { maxMessageBytes: 4, maxStreamBytes: 12 };

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

/** Pieces joined to messages; how much of an unfinished one was handed on depends on the chunks. */
function joined(events: readonly ConnectionEvent[]): string[] {
  const results: string[] = [];
  let pieces: Uint8Array[] = [];
  for (const event of events) {
    if (!(event instanceof MessagePiece)) {
      results.push(describeEvent(event));
      continue;
    }
    expect(event.first).toBe(pieces.length === 0);
    pieces.push(event.payload);
    if (!event.last) continue;
    const payload = concat(...pieces);
    const whole = new PayloadEvent(event.of, payload, 0, payload.length, false);
    results.push(describeEvent(whole));
    pieces = [];
  }
  return results;
}

describe.each(ROLES)('%s', (role) => {
  const bytesOf = (...frames: readonly RawFrame[]) =>
    concat(...frames.map((frame) => peerFrame(role, frame)));

  /** The outcome, which must be the same in every split. */
  function receive(frames: readonly RawFrame[], limits = LIMITS): string[] {
    const outcomes = splits(bytesOf(...frames)).map(({ chunks }) => {
      const connection = createConnection(role, limits);
      return joined(
        chunks.flatMap((chunk) => {
          connection.receive(chunk);
          return connection.takeEvents();
        }),
      );
    });
    for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
    return outcomes[0] ?? [];
  }

  test('hands a long message on in pieces and short ones as before', () => {
    expect(receive([text('Hell'), text('Hello'), text(''), text('a long one'), text('x')])).toEqual(
      ['text Hell', 'text Hello', 'text ', 'text a long one', 'text x'],
    );
  });

  test('begins a piece with its header, before any payload', () => {
    const connection = createConnection(role, LIMITS);
    const frame = bytesOf({ opcode: 2, payload: pattern(8) });
    const headerLength = frame.length - 8;
    expect(feed(connection, frame.subarray(0, headerLength))).toEqual(['first piece of binary']);
    expect(feed(connection, frame.subarray(headerLength, headerLength + 3))).toEqual([
      'piece of binary 001f3e',
    ]);
    expect(feed(connection, frame.subarray(headerLength + 3))).toEqual([
      'last piece of binary 5d7c9bbad9',
    ]);
  });

  test('puts what it kept in front when fragments become too long (§5.4)', () => {
    const connection = createConnection(role, LIMITS);
    expect(
      feed(connection, bytesOf(text('ab', false), more('', false), more('cd', false))),
    ).toEqual([]);
    expect(connection.heldBytes).toBeGreaterThan(0);
    expect(feed(connection, bytesOf(more('e', false)))).toEqual(['first piece of text abcde']);
    expect(connection.heldBytes).toBe(0);
    expect(feed(connection, bytesOf(more('', false), more('f', false)))).toEqual([
      'piece of text f',
    ]);
    expect(feed(connection, bytesOf(more('')))).toEqual(['last piece of text']);
    expect(feed(connection, bytesOf(text('next')))).toEqual(['text next']);
  });

  test('lets control frames through in between (§5.4)', () => {
    const frames = [text('Hello', false), { opcode: 9, payload: utf8('p') }, more(' you')];
    expect(receive(frames)).toEqual(['ping 70', 'text Hello you']);
  });

  test('keeps nothing of it, however long it is', () => {
    const connection = createConnection(role, { maxMessageBytes: 1000, maxStreamBytes: 1e9 });
    connection.receive(bytesOf({ opcode: 2, fin: false, payload: pattern(900) }));
    let count = 0;
    for (let frames = 0; frames < 200; frames++) {
      connection.receive(bytesOf({ opcode: 0, fin: false, payload: pattern(900) }));
      for (const event of connection.takeEvents()) {
        if (event instanceof MessagePiece) count += event.payload.length;
      }
      expect(connection.heldBytes).toBeLessThan(1.25 * 900 + 4096);
    }
    expect(count).toBe(201 * 900);
  });

  test('refuses more than maxStreamBytes at the header that announces it (1009)', () => {
    expect(receive([text('123456789012')])).toEqual(['text 123456789012']);
    expect(receive([text('1234567890123')])).toEqual(['fail PW_WS_MESSAGE_TOO_BIG']);
    const connection = createConnection(role, LIMITS);
    expect(feed(connection, bytesOf(text('123456789012', false)))).toEqual([
      'first piece of text 123456789012',
    ]);
    expect(feed(connection, bytesOf(more('', false)))).toEqual([]);
    const endless = { opcode: 0, announce: 0x7fff_ffff_ffff_ffffn };
    expect(feed(connection, bytesOf(endless))).toEqual(['fail PW_WS_MESSAGE_TOO_BIG']);
  });

  test('refuses bad UTF-8 in the read that brings it (§8.1)', () => {
    const connection = createConnection(role, { maxMessageBytes: 4, maxStreamBytes: 1000 });
    const frame = bytesOf({
      opcode: 1,
      payload: concat(utf8('fine so far'), Uint8Array.of(0xff), utf8('not read any more')),
    });
    const headerLength = frame.length - 29;
    expect(feed(connection, frame.subarray(0, headerLength + 11))).toEqual([
      'first piece of text fine so far',
    ]);
    expect(feed(connection, frame.subarray(headerLength + 11, headerLength + 12))).toEqual([
      'fail PW_WS_INVALID_UTF8',
    ]);
  });

  test('refuses a text that ends inside a character (§8.1)', () => {
    const cut = { opcode: 1, payload: concat(utf8('Hello'), utf8('好').slice(0, 2)) };
    expect(receive([cut])).toEqual(['fail PW_WS_INVALID_UTF8']);
  });

  test('refuses a new message inside one (§5.4)', () => {
    expect(receive([text('Hello', false), text('you')])).toEqual([
      'fail PW_WS_INTERRUPTED_MESSAGE',
    ]);
  });

  test('hands a compressed message on in pieces when what it inflates to is long', () => {
    const codec = createZlibCodec({
      compressContextTakeover: false,
      compressWindowBits: 15,
      decompressContextTakeover: false,
      decompressWindowBits: 15,
    });
    const limits = { maxMessageBytes: 100, maxStreamBytes: 1_000 };
    const compressed = (length: number): Uint8Array =>
      bytesOf({ opcode: 2, rsv: 4, payload: codec.compress(pattern(length)) ?? pattern(0) });
    const eventsOf = (length: number) =>
      feed(createConnection(role, limits, codec), compressed(length)).map(
        (event) => event.split(' of ')[0],
      );
    expect(eventsOf(100)).toEqual([`binary ${toHex(pattern(100))}`]);
    expect(eventsOf(101)).toEqual(['first piece', 'last piece']);
    expect(eventsOf(1_000)).toEqual(['first piece', 'last piece']);
    expect(eventsOf(1_001)).toEqual(['fail PW_WS_MESSAGE_TOO_BIG']);
    expect(eventsOf(100_000)).toEqual(['fail PW_WS_MESSAGE_TOO_BIG']);
  });

  test('is the same message in pieces as in one piece, in any split', () => {
    const messages = fc.array(fc.tuple(fc.array(anyText(12), { minLength: 1 }), fc.boolean()));
    fc.assert(
      fc.property(messages, fc.nat(20), fc.integer(), (list, maxMessageBytes, seed) => {
        const frames = list.flatMap(([parts, binary]) =>
          parts.map((part, index): RawFrame => {
            const opcode = index > 0 ? 0 : binary ? 2 : 1;
            return { opcode, fin: index === parts.length - 1, payload: utf8(part) };
          }),
        );
        const whole = createConnection(role);
        const expected = feed(whole, bytesOf(...frames));
        const connection = createConnection(role, { maxMessageBytes, maxStreamBytes: 1e9 });
        const ways = splits(bytesOf(...frames));
        const { chunks } = ways[Math.abs(seed) % ways.length] ?? { chunks: [] };
        const seen = chunks.flatMap((chunk) => {
          connection.receive(chunk);
          return connection.takeEvents();
        });
        expect(joined(seen)).toEqual(expected);
      }),
    );
  });
});
