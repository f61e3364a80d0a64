import { describe, expect, test } from 'vitest';

import { InvalidStateError, ProtocolError } from '../../src/protocol/errors.ts';
import { concat, hex, pattern, toHex, utf8 } from './support/bytes.ts';
import { createConnection, feed, output, peerFrame, ROLES } from './support/endpoint.ts';
import { MASK, rawFrame, type RawFrame } from './support/raw-frame.ts';
import { splits } from './support/split.ts';

const closeBody = (code: number, reason = '') =>
  concat(Uint8Array.of(code >>> 8, code & 0xff), utf8(reason));

describe.each(ROLES)('%s, closing', (role) => {
  const from = (frame: RawFrame) => peerFrame(role, frame);
  const mask = role === 'client' ? MASK : undefined;
  const sent = (frame: RawFrame) => toHex(rawFrame({ mask, ...frame }));
  const sentClose = (body: Uint8Array) => sent({ opcode: 8, payload: body });
  const close = (body: Uint8Array = new Uint8Array(0)) => from({ opcode: 8, payload: body });
  const text = (payload: string) => from({ opcode: 1, payload: utf8(payload) });

  /** The code of the Close frame in the output, whatever its reason. */
  function sentCode(connection: Parameters<typeof output>[0]): number {
    const bytes = output(connection);
    const body = bytes.subarray(bytes.length - ((bytes[1] ?? 0) & 0x7f));
    const byte = (index: number) => (body[index] ?? 0) ^ (mask?.[index] ?? 0);
    return (byte(0) << 8) | byte(1);
  }

  test.each([1000, 1001, 1003, 1007, 1010, 1011, 1012, 1013, 1014, 3000, 4999])(
    'answers a Close with %i by the same code (§5.5.1)',
    (code) => {
      const connection = createConnection(role);
      expect(feed(connection, close(closeBody(code, 'bye')))).toEqual([`close ${code} bye`]);
      expect(toHex(output(connection))).toBe(sentClose(closeBody(code, 'bye')));
      expect(connection).toMatchObject({
        state: 'closed',
        closeExpected: true,
        closeSent: true,
        closeReceived: true,
      });
    },
  );

  test('answers an empty Close by an empty one, and reports 1005 (§7.1.5)', () => {
    const connection = createConnection(role);
    expect(feed(connection, close())).toEqual(['close 1005']);
    expect(toHex(output(connection))).toBe(sentClose(new Uint8Array(0)));
  });

  test('starts with a Close of its own and is done when the peer has answered (§7.1.2)', () => {
    const connection = createConnection(role);
    connection.sendClose(1001, 'later');
    expect(connection).toMatchObject({ state: 'closing', closeExpected: false, closeSent: true });
    expect(toHex(output(connection))).toBe(sentClose(closeBody(1001, 'later')));
    expect(feed(connection, close(closeBody(1001)))).toEqual(['close 1001']);
    expect(connection).toMatchObject({ state: 'closed', closeReceived: true });
    expect(connection.outputBytes).toBe(0);
  });

  test('sends no second Close', () => {
    const connection = createConnection(role);
    connection.sendClose(1000);
    connection.sendClose(1001);
    connection.fail(new ProtocolError('PW_WS_POLICY_VIOLATION'));
    expect(toHex(output(connection))).toBe(sentClose(closeBody(1000)));
    expect(connection).toMatchObject({ state: 'closed', closeReceived: false });
  });

  test('still receives messages and answers Pings after its own Close (§5.5.2)', () => {
    const connection = createConnection(role);
    connection.sendClose();
    output(connection);
    const events = feed(connection, text('late'), from({ opcode: 9, payload: hex('01') }), close());
    expect(events).toEqual(['text late', 'ping 01', 'close 1005']);
    expect(toHex(output(connection))).toBe(sent({ opcode: 10, payload: hex('01') }));
  });

  test('sends what the application answered before it replies to the Close behind it', () => {
    const connection = createConnection(role);
    connection.receive(concat(text('one'), text('two'), close(closeBody(1000))));
    for (let event; (event = connection.nextEvent()) !== undefined;) {
      if (event.type === 'text') connection.sendText(event.payload);
    }
    const expected = [
      sent({ opcode: 1, payload: utf8('one') }),
      sent({ opcode: 1, payload: utf8('two') }),
      sentClose(closeBody(1000)),
    ];
    expect(toHex(output(connection))).toBe(expected.join(''));
  });

  test('drops everything behind a Close (§1.4)', () => {
    for (const { how, chunks } of splits(concat(close(), text('late'), hex('ffff')))) {
      const connection = createConnection(role);
      expect(feed(connection, ...chunks), how).toEqual(['close 1005']);
      expect(connection.unreadBytes).toBe(0);
    }
  });

  test.each<[string, Uint8Array, string]>([
    ['one byte', hex('03'), '1002 PW_WS_CLOSE_BODY_TOO_SHORT'],
    ['999', closeBody(999), '1002 PW_WS_INVALID_CLOSE_CODE'],
    ['1004', closeBody(1004), '1002 PW_WS_INVALID_CLOSE_CODE'],
    ['1005', closeBody(1005), '1002 PW_WS_INVALID_CLOSE_CODE'],
    ['1006', closeBody(1006), '1002 PW_WS_INVALID_CLOSE_CODE'],
    ['1015', closeBody(1015), '1002 PW_WS_INVALID_CLOSE_CODE'],
    ['1016', closeBody(1016), '1002 PW_WS_INVALID_CLOSE_CODE'],
    ['2999', closeBody(2999), '1002 PW_WS_INVALID_CLOSE_CODE'],
    ['5000', closeBody(5000), '1002 PW_WS_INVALID_CLOSE_CODE'],
    ['bad UTF-8', concat(closeBody(1000), hex('ff')), '1007 PW_WS_INVALID_CLOSE_REASON'],
  ])('fails on a Close with %s (§5.5.1, §7.4)', (_, body, expected) => {
    const connection = createConnection(role);
    connection.receive(close(body));
    const [event] = connection.takeEvents();
    const error = event?.type === 'fail' ? event.error : undefined;
    expect(`${error?.closeCode} ${error?.code}`).toBe(expected);
    expect(sentCode(connection)).toBe(error?.closeCode);
    expect(connection).toMatchObject({ state: 'closed', closeReceived: false });
  });

  const LIMIT = 1000;
  const unmasked = role === 'server' ? { mask: undefined } : { mask: MASK };

  test.each<[string, RawFrame[], string]>([
    [
      role === 'server' ? 'an unmasked frame' : 'a masked frame',
      [{ opcode: 1, payload: utf8('x'), ...unmasked }],
      role === 'server' ? '1002 PW_WS_UNMASKED_FRAME' : '1002 PW_WS_MASKED_FRAME',
    ],
    ['RSV1', [{ opcode: 1, rsv: 4 }], '1002 PW_WS_RESERVED_BITS'],
    ['RSV2', [{ opcode: 1, rsv: 2 }], '1002 PW_WS_RESERVED_BITS'],
    ['RSV3', [{ opcode: 1, rsv: 1 }], '1002 PW_WS_RESERVED_BITS'],
    ['opcode 3', [{ opcode: 3 }], '1002 PW_WS_RESERVED_OPCODE'],
    ['opcode 11', [{ opcode: 11 }], '1002 PW_WS_RESERVED_OPCODE'],
    ['a Ping of 126 bytes', [{ opcode: 9, payload: pattern(126) }], '1002 PW_WS_CONTROL_TOO_LONG'],
    ['a fragmented Ping', [{ opcode: 9, fin: false }], '1002 PW_WS_CONTROL_FRAGMENTED'],
    ['an orphan continuation', [{ opcode: 0 }], '1002 PW_WS_ORPHAN_CONTINUATION'],
    [
      'text inside a fragmented text',
      [{ opcode: 1, fin: false }, { opcode: 1 }],
      '1002 PW_WS_INTERRUPTED_MESSAGE',
    ],
    [
      '5 bytes in a 16-bit length',
      [{ opcode: 1, payload: utf8('Hello'), lengthBits: 16 }],
      '1002 PW_WS_NON_MINIMAL_LENGTH',
    ],
    [
      '5 bytes in a 64-bit length',
      [{ opcode: 1, payload: utf8('Hello'), lengthBits: 64 }],
      '1002 PW_WS_NON_MINIMAL_LENGTH',
    ],
    [
      'a 64-bit length with the top bit set',
      [{ opcode: 2, announce: 1n << 63n }],
      '1002 PW_WS_LENGTH_TOP_BIT',
    ],
    [
      'a header that claims more than the limit',
      [{ opcode: 2, announce: BigInt(LIMIT + 1) }],
      '1009 PW_WS_MESSAGE_TOO_BIG',
    ],
    ['text that is not UTF-8', [{ opcode: 1, payload: hex('ff') }], '1007 PW_WS_INVALID_UTF8'],
    [
      'a bad byte in a first fragment',
      [{ opcode: 1, fin: false, payload: hex('41ff') }],
      '1007 PW_WS_INVALID_UTF8',
    ],
  ])('fails the connection on %s (§7.1.7)', (_, frames, expected) => {
    const bytes = concat(text('before'), ...frames.map(from), text('behind'));
    const ways = splits(bytes).map(({ how, chunks }) => {
      const connection = createConnection(role, { maxMessageBytes: LIMIT });
      const events = chunks.flatMap((chunk) => {
        connection.receive(chunk);
        return connection.takeEvents();
      });
      expect(
        events.map(({ type }) => type),
        how,
      ).toEqual(['text', 'fail']);
      const last = events.at(-1);
      const error = last?.type === 'fail' ? last.error : undefined;
      expect(connection).toMatchObject({
        state: 'closed',
        closeExpected: true,
        closeSent: true,
        unreadBytes: 0,
        heldBytes: 0,
      });
      return `${sentCode(connection)} ${error?.code}`;
    });
    expect(new Set(ways)).toEqual(new Set([expected]));
  });

  test('fails in the read that brings the first bad byte of a text (§8.1)', () => {
    const connection = createConnection(role);
    const whole = from({
      opcode: 1,
      payload: concat(utf8('x'.repeat(29)), hex('c0'), pattern(70)),
    });
    const headerLength = whole.length - 100;
    expect(feed(connection, whole.slice(0, headerLength + 29))).toEqual([]);
    expect(feed(connection, whole.slice(headerLength + 29, headerLength + 30))).toEqual([
      'fail PW_WS_INVALID_UTF8',
    ]);
  });

  test('says in the Close frame why it failed, and nothing of what it received', () => {
    const connection = createConnection('server');
    connection.receive(rawFrame({ opcode: 1, payload: utf8('secret words') }));
    connection.takeEvents();
    const bytes = output(connection);
    expect(Buffer.from(bytes.slice(4)).toString()).toBe(
      new ProtocolError('PW_WS_UNMASKED_FRAME').message,
    );
  });

  test('is failed by its owner without an event', () => {
    const connection = createConnection(role);
    connection.receive(text('unread'));
    connection.fail(new ProtocolError('PW_WS_POLICY_VIOLATION'));
    expect(sentCode(connection)).toBe(1008);
    expect(connection.takeEvents()).toEqual([]);
    connection.fail(new ProtocolError('PW_WS_INTERNAL_ERROR'));
    expect(connection.outputBytes).toBe(0);
  });

  test('ends with TCP, after what was received before (§7.1.4)', () => {
    const connection = createConnection(role);
    connection.receive(concat(text('last'), from({ opcode: 1, announce: 5n })));
    connection.receiveEof();
    expect(connection.state).toBe('open');
    expect(connection.nextEvent()).toMatchObject({ type: 'text' });
    expect(connection.nextEvent()).toBeUndefined();
    expect(connection).toMatchObject({
      state: 'closed',
      closeSent: false,
      closeReceived: false,
    });
  });

  test('ends at once with TCP when everything is read', () => {
    const connection = createConnection(role);
    feed(connection, text('all'));
    connection.receiveEof();
    expect(connection.state).toBe('closed');
    connection.receive(text('never'));
    expect(connection.takeEvents()).toEqual([]);
    expect(connection.unreadBytes).toBe(0);
  });

  test('refuses to send after Close, and says so', () => {
    const connection = createConnection(role);
    connection.sendClose(1000);
    const calls = [
      () => connection.sendText('x'),
      () => connection.sendText(utf8('x')),
      () => connection.sendBinary(utf8('x')),
      () => connection.sendPing(),
      () => connection.sendPong(),
    ];
    for (const call of calls) expect(call).toThrow(InvalidStateError);
    expect(connection.sendClose.bind(connection, 1000)).not.toThrow();
  });

  test.each<[number | undefined, string | undefined]>([
    [1005, undefined],
    [1006, undefined],
    [1015, undefined],
    [0, undefined],
    [5000, undefined],
    [1000, 'x'.repeat(124)],
  ])('does not send a Close with %s %s (§7.4)', (code, reason) => {
    const connection = createConnection(role);
    expect(() => connection.sendClose(code, reason)).toThrow(RangeError);
    expect(connection).toMatchObject({ state: 'open', outputBytes: 0 });
  });

  test('drops the Pong it owes when the connection closes first', () => {
    const connection = createConnection(role);
    connection.underPressure = true;
    feed(connection, from({ opcode: 9 }), close());
    connection.underPressure = false;
    expect(toHex(output(connection))).toBe(sentClose(new Uint8Array(0)));
  });
});
