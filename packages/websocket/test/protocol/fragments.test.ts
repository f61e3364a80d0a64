/** Messages sent in fragments (§5.4), and messages encoded once for many connections. */
import { describe, expect, test } from 'vitest';

import { encodeMessage } from '../../src/protocol/encoded-frame.ts';
import { OutputSlab } from '../../src/protocol/output-slab.ts';
import { concat, hex, pattern, toHex, utf8 } from './support/bytes.ts';
import { createConnection, output, ROLES } from './support/endpoint.ts';
import { MASK, rawFrame, type RawFrame } from './support/raw-frame.ts';
import { createWholeCodec } from './support/whole-codec.ts';
import { createZlibCodec } from './support/zlib-codec.ts';

describe.each(ROLES)('%s', (role) => {
  const mask = role === 'client' ? MASK : undefined;
  const sent = (...frames: readonly RawFrame[]) =>
    toHex(concat(...frames.map((frame) => rawFrame({ mask, ...frame }))));

  test('sends a message in fragments, control frames between (§5.4)', () => {
    const connection = createConnection(role);
    connection.sendFragment('text', utf8('Hel'), false);
    connection.sendPing(utf8('p'));
    connection.sendFragment('text', utf8(''), false);
    connection.sendFragment('text', utf8('lo'), true);
    connection.sendFragment('binary', hex('00'), true);
    connection.sendText('next');
    expect(toHex(output(connection))).toBe(
      sent(
        { opcode: 1, fin: false, payload: utf8('Hel') },
        { opcode: 9, payload: utf8('p') },
        { opcode: 0, fin: false },
        { opcode: 0, payload: utf8('lo') },
        { opcode: 2, payload: hex('00') },
        { opcode: 1, payload: utf8('next') },
      ),
    );
  });

  test('sends no other message inside one (§5.4)', () => {
    const connection = createConnection(role);
    connection.sendFragment('binary', hex('00'), false);
    expect(() => connection.sendText('a')).toThrow(/not finished/);
    expect(() => connection.sendText(utf8('a'))).toThrow(/not finished/);
    expect(() => connection.sendBinary(hex('01'))).toThrow(/not finished/);
    connection.sendClose(1001);
    expect(toHex(output(connection))).toBe(
      sent({ opcode: 2, fin: false, payload: hex('00') }, { opcode: 8, payload: hex('03e9') }),
    );
    expect(() => connection.sendFragment('binary', hex('00'), true)).toThrow(/closing/);
  });

  test('compresses all fragments of a message, RSV1 on the first only (RFC 7692 §6.1)', () => {
    const parameters = {
      compressContextTakeover: false,
      compressWindowBits: 15,
      decompressContextTakeover: false,
      decompressWindowBits: 15,
    };
    const connection = createConnection(role, {}, createZlibCodec(parameters));
    const other = createConnection(
      role === 'client' ? 'server' : 'client',
      {},
      createZlibCodec(parameters),
    );
    const parts = ['ab'.repeat(500), '', '您好'.repeat(300), 'end'];
    for (const part of parts) connection.sendFragment('text', utf8(part), false);
    connection.sendPing(utf8('p'));
    connection.sendFragment('text', utf8(''), true);
    connection.sendText('next');
    const bytes = output(connection);
    expect(bytes[0]).toBe(0x41);
    expect(bytes.length).toBeLessThan(300);
    other.receive(bytes);
    const events = other.takeEvents().map((event) => {
      if (!('source' in event)) return event;
      return [event.type, toHex(event.source.subarray(event.start, event.end))];
    });
    expect(events).toEqual([
      ['ping', toHex(utf8('p'))],
      ['text', toHex(utf8(parts.join('')))],
      ['text', toHex(utf8('next'))],
    ]);
  });

  test('sends all fragments plain when the first is, or when told to (RFC 7692 §6.1)', () => {
    const asked: boolean[] = [];
    const codec = createWholeCodec({
      compress: (payload, continues = false) => {
        asked.push(continues);
        return payload.length > 5 ? hex('00') : undefined;
      },
      decompress: () => 'corrupt',
    });
    const connection = createConnection(role, {}, codec);
    connection.sendFragment('text', utf8('short'), false);
    connection.sendFragment('text', utf8('longer'), true);
    connection.sendFragment('text', utf8('longer'), false, false);
    connection.sendFragment('text', utf8('longer'), true);
    expect(asked).toEqual([false]);
    expect(toHex(output(connection))).toBe(
      sent(
        { opcode: 1, fin: false, payload: utf8('short') },
        { opcode: 0, payload: utf8('longer') },
        { opcode: 1, fin: false, payload: utf8('longer') },
        { opcode: 0, payload: utf8('longer') },
      ),
    );
  });
});

describe('a message encoded once', () => {
  test.each([0, 1, 125, 126, 1000, 16_384, 65_535, 65_536, 100_000])(
    'is the frame that would have been sent, with %d bytes',
    (length) => {
      const slab = new OutputSlab();
      const payload = pattern(length);
      const { source, start, end } = encodeMessage(slab, 'binary', payload);
      const expected = rawFrame({ opcode: 2, payload });
      payload.fill(0);
      expect(Buffer.compare(source.subarray(start, end), expected)).toBe(0);
      const text = 'é'.repeat(length);
      const encoded = encodeMessage(slab, 'text', text);
      const frame = rawFrame({ opcode: 1, payload: utf8(text) });
      const bytes = encoded.source.subarray(encoded.start, encoded.end);
      expect(Buffer.compare(bytes, frame)).toBe(0);
    },
  );

  test('goes to any number of connections, in its turn', () => {
    const slab = new OutputSlab();
    const connections = [1, 2, 3].map(() => createConnection('server', { slab }));
    const frames = ['one', 'two', 'three'].map((text) => encodeMessage(slab, 'text', text));
    for (const [index, connection] of connections.entries()) {
      connection.sendText(`for ${index}`);
      for (const frame of frames) connection.sendEncoded(frame);
      connection.sendText('after');
    }
    for (const [index, connection] of connections.entries()) {
      const texts = [`for ${index}`, 'one', 'two', 'three', 'after'];
      const expected = texts.map((text) => rawFrame({ opcode: 1, payload: utf8(text) }));
      expect(connection.outputBytes).toBe(concat(...expected).length);
      expect(toHex(output(connection))).toBe(toHex(concat(...expected)));
    }
  });

  test('is not copied: several in a row are one view of the same memory', () => {
    const slab = new OutputSlab();
    const connections = [1, 2].map(() => createConnection('server', { slab }));
    for (const text of ['one', 'two', 'three']) {
      const frame = encodeMessage(slab, 'text', text);
      for (const connection of connections) connection.sendEncoded(frame);
    }
    const taken = connections.map((connection) => connection.takeOutput());
    expect(taken.map((pieces) => pieces.length)).toEqual([1, 1]);
    expect(taken[0]?.[0]?.buffer).toBe(slab.block.buffer);
    expect(taken[0]?.[0]?.byteOffset).toBe(taken[1]?.[0]?.byteOffset);
  });

  test('is copied by a connection that cannot write, so that no shared block waits for it', () => {
    const slab = new OutputSlab();
    const connection = createConnection('server', { slab });
    connection.underPressure = true;
    const small = encodeMessage(slab, 'text', 'small');
    const large = encodeMessage(slab, 'binary', pattern(20_000));
    connection.sendEncoded(small);
    connection.sendEncoded(large);
    const [first, second] = connection.takeOutput();
    expect(first?.buffer).not.toBe(slab.block.buffer);
    expect(second?.buffer).toBe(large.source.buffer);
  });

  test('is compressed once for all who agreed on the same parameters (RFC 7692)', () => {
    const parameters = {
      compressContextTakeover: false,
      compressWindowBits: 15,
      decompressContextTakeover: false,
      decompressWindowBits: 15,
    };
    const slab = new OutputSlab();
    const text = 'again and again and again and again';
    const frame = encodeMessage(slab, 'text', text, createZlibCodec(parameters));
    expect(frame.end - frame.start).toBeLessThan(text.length);
    const server = createConnection('server', { slab }, createZlibCodec(parameters));
    server.sendEncoded(frame);
    const client = createConnection('client', {}, createZlibCodec(parameters));
    client.receive(output(server));
    const [event] = client.takeEvents();
    expect(event).toMatchObject({ type: 'text', ascii: true });
  });

  test('is not for clients, which mask every frame anew (§5.3)', () => {
    const connection = createConnection('client');
    const frame = encodeMessage(new OutputSlab(), 'text', 'x');
    expect(() => connection.sendEncoded(frame)).toThrow(/masks/);
  });
});
