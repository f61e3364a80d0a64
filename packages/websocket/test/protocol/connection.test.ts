import { describe, expect, test } from 'vitest';

import { PayloadEvent } from '../../src/protocol/event.ts';
import vectors from '../vectors/rfc6455.json' with { type: 'json' };
import { concat, hex, pattern, toHex, utf8 } from './support/bytes.ts';
import { createConnection, feed, output, peerFrame, ROLES } from './support/endpoint.ts';
import { MASK, rawFrame, type RawFrame } from './support/raw-frame.ts';
import { splits } from './support/split.ts';
import { createWholeCodec } from './support/whole-codec.ts';

interface ExpectedEvent {
  readonly type: string;
  readonly payload?: string;
  readonly zeros?: number;
}

describe('the frames of §5.7', () => {
  test.each(vectors.frames)('$what', ({ sender, frames, zeros = 0, events }) => {
    const bytes = concat(hex(frames.join('')), new Uint8Array(zeros));
    const expected = events.map((event: ExpectedEvent) => ({
      type: event.type,
      payload: event.payload ?? '00'.repeat(event.zeros ?? 0),
    }));
    const ways = splits(bytes).filter(({ chunks }) => chunks.length < 1000);
    for (const { how, chunks } of ways) {
      const connection = createConnection(sender === 'client' ? 'server' : 'client');
      const seen = chunks.flatMap((chunk) => {
        connection.receive(chunk);
        return connection.takeEvents();
      });
      const payloads = seen.map((event) =>
        event instanceof PayloadEvent ? { type: event.type, payload: toHex(event.payload) } : event,
      );
      expect(payloads, how).toEqual(expected);
    }
  });

  test('the Pong that answers the Ping of the example is the one of the example (§5.7)', () => {
    const client = createConnection('client');
    expect(feed(client, hex('890548656c6c6f'))).toEqual(['ping 48656c6c6f']);
    expect(toHex(output(client))).toBe('8a8537fa213d7f9f4d5158');
  });
});

describe.each(ROLES)('%s', (role) => {
  const from = (frame: RawFrame) => peerFrame(role, frame);
  const mask = role === 'client' ? MASK : undefined;
  const sent = (frame: RawFrame) => toHex(rawFrame({ mask, ...frame }));
  const text = (payload: string, fin = true) => from({ opcode: 1, fin, payload: utf8(payload) });

  test('receives text and binary messages of any kind of length (§5.6)', () => {
    const connection = createConnection(role);
    const long = pattern(70_000);
    connection.receive(concat(text('你好'), from({ opcode: 2, payload: long }), text('')));
    const events = connection.takeEvents();
    expect(events.map(({ type }) => type)).toEqual(['text', 'binary', 'text']);
    const [first, second, third] = events.filter((event) => event instanceof PayloadEvent);
    expect(first).toMatchObject({ ascii: false });
    expect(third).toMatchObject({ ascii: true });
    expect(Buffer.compare(second?.payload ?? new Uint8Array(0), long)).toBe(0);
  });

  test('masks what it sends exactly when it is a client (§5.1)', () => {
    const connection = createConnection(role);
    connection.sendText('Hello');
    connection.sendText(utf8('bytes'));
    connection.sendBinary(hex('00ff'));
    connection.sendPing(hex('01'));
    connection.sendPing();
    connection.sendPong();
    const expected = [
      { opcode: 1, payload: utf8('Hello') },
      { opcode: 1, payload: utf8('bytes') },
      { opcode: 2, payload: hex('00ff') },
      { opcode: 9, payload: hex('01') },
      { opcode: 9 },
      { opcode: 10 },
    ];
    expect(toHex(output(connection))).toBe(expected.map(sent).join(''));
  });

  test('asks for a new masking key for every frame, and only as a client (§5.3)', () => {
    let count = 0;
    const connection = createConnection(role, { maskingKey: () => ++count });
    connection.sendText('a');
    connection.sendText('b');
    connection.sendClose(1000);
    expect(count).toBe(role === 'client' ? 3 : 0);
  });

  test('puts the answers to everything one read brought into one buffer', () => {
    const connection = createConnection(role);
    connection.receive(concat(text('a'), from({ opcode: 9 }), text('b')));
    for (let event; (event = connection.nextEvent()) !== undefined;) {
      if (event.type === 'text') connection.sendText(event.payload);
    }
    const pieces = connection.takeOutput();
    expect(pieces).toHaveLength(1);
    const expected = [
      { opcode: 1, payload: utf8('a') },
      { opcode: 10 },
      { opcode: 1, payload: utf8('b') },
    ];
    expect(toHex(concat(...pieces))).toBe(expected.map(sent).join(''));
    expect(connection.outputBytes).toBe(0);
  });

  test('answers a Ping between the fragments of a message, at once (§5.4, §5.5.2)', () => {
    const connection = createConnection(role);
    const ping = from({ opcode: 9, payload: hex('beef') });
    expect(feed(connection, text('Hel', false), ping)).toEqual(['ping beef']);
    expect(toHex(output(connection))).toBe(sent({ opcode: 10, payload: hex('beef') }));
    const rest = from({ opcode: 0, payload: utf8('lo') });
    expect(feed(connection, from({ opcode: 10 }), rest)).toEqual(['pong', 'text Hello']);
  });

  test('takes a Ping of 125 bytes, split anywhere, and answers with the same (§5.5.2)', () => {
    const payload = pattern(125);
    for (const { how, chunks } of splits(from({ opcode: 9, payload }))) {
      const connection = createConnection(role);
      expect(feed(connection, ...chunks), how).toEqual([`ping ${toHex(payload)}`]);
      expect(toHex(output(connection))).toBe(sent({ opcode: 10, payload }));
    }
  });

  test('leaves an unasked Pong unanswered (§5.5.3)', () => {
    const connection = createConnection(role);
    expect(feed(connection, from({ opcode: 10, payload: hex('01') }))).toEqual(['pong 01']);
    expect(connection.outputBytes).toBe(0);
  });

  test('owes a peer that does not read the latest Pong only (§5.5.3)', () => {
    const connection = createConnection(role);
    connection.underPressure = true;
    const pings = Array.from({ length: 10_000 }, (_, index) =>
      from({ opcode: 9, payload: utf8(String(index)) }),
    );
    expect(feed(connection, concat(...pings))).toHaveLength(10_000);
    expect(connection.outputBytes).toBe(0);
    connection.underPressure = false;
    expect(toHex(output(connection))).toBe(sent({ opcode: 10, payload: utf8('9999') }));
    connection.underPressure = true;
    connection.underPressure = false;
    expect(connection.outputBytes).toBe(0);
  });

  test('keeps what is sent under pressure in order, for later', () => {
    const connection = createConnection(role);
    connection.underPressure = true;
    expect(connection.underPressure).toBe(true);
    connection.sendText('a');
    connection.sendText('b');
    connection.underPressure = false;
    connection.sendText('c');
    const expected = ['a', 'b', 'c'].map((letter) => ({ opcode: 1, payload: utf8(letter) }));
    expect(toHex(output(connection))).toBe(expected.map(sent).join(''));
  });

  test('reads no further than it is asked to', () => {
    const connection = createConnection(role);
    connection.receive(concat(text('a'), text('b'), from({ opcode: 9 })));
    expect(connection.nextEvent()).toMatchObject({ type: 'text' });
    expect(connection.unreadBytes).toBe(text('b').length + from({ opcode: 9 }).length);
    expect(connection.outputBytes).toBe(0);
    connection.receive(text('c'));
    expect(feed(connection)).toEqual([]);
    expect(feed(connection, new Uint8Array(0))).toEqual(['text b', 'ping', 'text c']);
  });

  test('survives that a chunk is used again after detach', () => {
    const connection = createConnection(role);
    const memory = Buffer.alloc(65_536);
    const readInto = (bytes: Uint8Array) => {
      memory.set(bytes);
      connection.receive(memory.subarray(0, bytes.length));
    };
    const payload = pattern(100_000);
    const bytes = concat(from({ opcode: 2, payload }), text('next'));
    readInto(bytes.slice(0, 65_536));
    expect(connection.nextEvent()).toBeUndefined();
    connection.detach(memory.buffer);
    memory.fill(0xff);
    readInto(bytes.slice(65_536));
    const first = connection.nextEvent();
    expect(first instanceof PayloadEvent && Buffer.compare(first.payload, payload)).toBe(0);
    connection.detach(memory.buffer);
    memory.fill(0xff);
    expect(feed(connection, new Uint8Array(0))).toEqual(['text next']);
  });

  test('compresses and inflates through the codec it is given, unless told not to', () => {
    const codec = createWholeCodec({
      compress: (payload) => (payload.length < 4 ? undefined : payload.slice(1)),
      decompress: (payload) => concat(hex('41'), payload),
    });
    const connection = createConnection(role, {}, codec);
    connection.sendText('Apple');
    connection.sendText('Apple', false);
    connection.sendText('abc');
    connection.sendBinary(utf8('Amber'));
    const expected = [
      { opcode: 1, rsv: 4, payload: utf8('pple') },
      { opcode: 1, payload: utf8('Apple') },
      { opcode: 1, payload: utf8('abc') },
      { opcode: 2, rsv: 4, payload: utf8('mber') },
    ];
    expect(toHex(output(connection))).toBe(expected.map(sent).join(''));
    const compressed = from({ opcode: 1, rsv: 4, payload: utf8('pple') });
    expect(feed(connection, compressed, text('plain'))).toEqual(['text Apple', 'text plain']);
  });

  test('counts lengths that are not minimal when it is told to let them through', () => {
    const connection = createConnection(role, { refuseNonMinimalLengths: false });
    const frame = from({ opcode: 1, payload: utf8('Hello'), lengthBits: 64 });
    expect(feed(connection, frame)).toEqual(['text Hello']);
    expect(connection.nonMinimalLengths).toBe(1);
  });

  test('counts the memory of an unfinished message', () => {
    const connection = createConnection(role);
    feed(connection, from({ opcode: 2, fin: false, payload: pattern(2000) }));
    expect(connection.heldBytes).toBeGreaterThanOrEqual(2000);
    expect(connection.heldBytes).toBeLessThanOrEqual(2000 * 1.25 + 4096);
    feed(connection, from({ opcode: 0 }));
    expect(connection.heldBytes).toBe(0);
  });

  test.each([126, 1000])('does not send a Ping or Pong of %i bytes (§5.5)', (length) => {
    const connection = createConnection(role);
    expect(() => connection.sendPing(pattern(length))).toThrow(RangeError);
    expect(() => connection.sendPong(pattern(length))).toThrow(RangeError);
    expect(connection.outputBytes).toBe(0);
  });

  test('sends lone surrogates as U+FFFD (USVString)', () => {
    const connection = createConnection(role);
    connection.sendText('a\ud800b');
    expect(toHex(output(connection))).toBe(sent({ opcode: 1, payload: utf8('a\ufffdb') }));
  });
});
