import coapPacket from 'coap-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Code } from '../../src/coap/code.ts';
import {
  createEmptyMessage,
  decodeMessage,
  encodeMessage,
  MessageType,
  type Message,
} from '../../src/coap/message.ts';
import { OptionNumber, stringOption } from '../../src/coap/option.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const utf8 = (text: string) => new TextEncoder().encode(text);
const nothing = new Uint8Array(0);

function decoded(datagram: Uint8Array): Message {
  const result = decodeMessage(datagram);
  if (!result.ok) throw new Error(result.error.code);
  return result.message;
}

const arbitraryMessage = fc
  .record({
    type: fc.constantFrom(MessageType.confirmable, MessageType.nonConfirmable),
    code: fc.constantFrom(Code.get, Code.post, Code.content, Code.notFound, Code.badGateway),
    messageId: fc.integer({ min: 0, max: 0xffff }),
    token: fc.uint8Array({ maxLength: 8 }),
    options: fc.array(
      fc.record({
        number: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 0xffff })),
        value: fc.uint8Array({ maxLength: 300 }),
      }),
      { maxLength: 8 },
    ),
    payload: fc.uint8Array({ maxLength: 64 }),
  })
  .map((message) => ({
    ...message,
    options: message.options.toSorted((a, b) => a.number - b.number),
  }));

describe('the examples of RFC 7252 appendix A', () => {
  const temperature = [stringOption(OptionNumber.uriPath, 'temperature')];
  const reading = utf8('22.3 C');
  const { confirmable, nonConfirmable, acknowledgement, reset } = MessageType;
  const vectors: readonly [name: string, hex: string, message: Message][] = [
    [
      'figure 16, the request',
      '40 01 7d34 bb 74656d7065726174757265',
      {
        type: confirmable,
        code: Code.get,
        messageId: 0x7d34,
        token: nothing,
        options: temperature,
        payload: nothing,
      },
    ],
    [
      'figure 16, the piggybacked response',
      '60 45 7d34 ff 32322e332043',
      {
        type: acknowledgement,
        code: Code.content,
        messageId: 0x7d34,
        token: nothing,
        options: [],
        payload: reading,
      },
    ],
    [
      'figure 17, the request with a token',
      '41 01 7d35 20 bb 74656d7065726174757265',
      {
        type: confirmable,
        code: Code.get,
        messageId: 0x7d35,
        token: bytes('20'),
        options: temperature,
        payload: nothing,
      },
    ],
    [
      'figure 17, the response with the token',
      '61 45 7d35 20 ff 32322e332043',
      {
        type: acknowledgement,
        code: Code.content,
        messageId: 0x7d35,
        token: bytes('20'),
        options: [],
        payload: reading,
      },
    ],
    [
      'figure 20, the Empty acknowledgement',
      '60 00 7d38',
      createEmptyMessage(acknowledgement, 0x7d38),
    ],
    [
      'figure 20, the separate response',
      '41 45 ad7b 53 ff 32322e332043',
      {
        type: confirmable,
        code: Code.content,
        messageId: 0xad7b,
        token: bytes('53'),
        options: [],
        payload: reading,
      },
    ],
    ['figure 21, the Reset', '70 00 ad7c', createEmptyMessage(reset, 0xad7c)],
    [
      'figure 22, the non-confirmable request',
      '51 01 7d40 75 bb 74656d7065726174757265',
      {
        type: nonConfirmable,
        code: Code.get,
        messageId: 0x7d40,
        token: bytes('75'),
        options: temperature,
        payload: nothing,
      },
    ],
  ];

  test.each(vectors)('%s is encoded and decoded', (_name, hex, message) => {
    expect(encodeMessage(message)).toEqual(bytes(hex));
    expect(decoded(bytes(hex))).toEqual(message);
  });
});

describe('options (§3.1)', () => {
  test('the repeated Uri-Path of /pipe/x keeps its order behind an option of a smaller number', () => {
    const message = decoded(
      encodeMessage({
        type: MessageType.confirmable,
        code: Code.put,
        messageId: 1,
        token: nothing,
        options: [
          stringOption(OptionNumber.uriPath, 'pipe'),
          stringOption(OptionNumber.uriPath, 'x'),
          { number: OptionNumber.observe, value: nothing },
        ],
        payload: nothing,
      }),
    );
    expect(
      message.options.map(({ number, value }) => [number, Buffer.from(value).toString()]),
    ).toEqual([
      [OptionNumber.observe, ''],
      [OptionNumber.uriPath, 'pipe'],
      [OptionNumber.uriPath, 'x'],
    ]);
  });

  test.each([12, 13, 268, 269, 65_535])(
    'a delta of %i is written in the fewest bytes',
    (number) => {
      const datagram = encodeMessage({
        ...createEmptyMessage(MessageType.confirmable, 0),
        code: Code.get,
        options: [{ number, value: nothing }],
      });
      const extended = number < 13 ? 0 : number < 269 ? 1 : 2;
      expect(datagram.length).toBe(4 + 1 + extended);
      expect(decoded(datagram).options).toEqual([{ number, value: nothing }]);
    },
  );

  test('an option beyond number 65535 is misuse', () => {
    const encode = () =>
      encodeMessage({
        ...createEmptyMessage(MessageType.confirmable, 0),
        code: Code.get,
        options: [{ number: 70_000, value: nothing }],
      });
    expect(encode).toThrow(RangeError);
  });
});

describe('a datagram that is no message', () => {
  test.each([
    ['is shorter than the header', '40 01 00', 'PW_COAP_TOO_SHORT', undefined],
    ['has version 2', '80 01 0001', 'PW_COAP_VERSION', undefined],
    ['has a token of 9 bytes', '49 01 0001 000000000000000000', 'PW_COAP_TOKEN_LENGTH', 1],
    ['ends within its token', '44 01 0002 0000', 'PW_COAP_TRUNCATED', 2],
    ['ends within an option', '40 01 0003 b5 61', 'PW_COAP_TRUNCATED', 3],
    ['ends within an extended length', '40 01 0004 be 01', 'PW_COAP_OPTION', 4],
    ['uses the reserved delta 15', '40 01 0005 f0', 'PW_COAP_OPTION', 5],
    ['uses the reserved length 15', '40 01 0006 0f', 'PW_COAP_OPTION', 6],
    ['has a marker and no payload', '40 01 0007 ff', 'PW_COAP_EMPTY_PAYLOAD', 7],
    ['is Empty with a token length', '41 00 0008 00', 'PW_COAP_EMPTY_WITH_BYTES', 8],
    ['has a code of the reserved class 1', '40 21 0009', 'PW_COAP_RESERVED_CODE', 9],
    ['has a code of the reserved class 7', '40 e1 000a', 'PW_COAP_RESERVED_CODE', 10],
    ['is a Reset with a request', '70 01 000b', 'PW_COAP_TYPE_AND_CODE', undefined],
    ['is an acknowledgement with a request', '60 01 000c', 'PW_COAP_TYPE_AND_CODE', undefined],
    ['is Empty and non-confirmable', '50 00 000d', 'PW_COAP_TYPE_AND_CODE', undefined],
    ['is non-confirmable and broken', '50 01 000e ff', 'PW_COAP_EMPTY_PAYLOAD', undefined],
    ['has 65 options', `40 01 000f ${'00'.repeat(65)}`, 'PW_COAP_TOO_MANY_OPTIONS', 15],
  ])('%s', (_name, hex, code, resetMessageId) => {
    const result = decodeMessage(bytes(hex));
    const error = result.ok ? undefined : result.error;
    expect(error?.code).toBe(code);
    expect(error?.resetMessageId).toBe(resetMessageId);
  });

  test('made of any bytes gives a value or an error, never a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (datagram) => {
        expect(() => decodeMessage(datagram)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  test('made by changing bytes of a message never throws either', () => {
    const change = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(
        arbitraryMessage,
        fc.array(change, { maxLength: 4 }),
        fc.nat(),
        (message, changes, cut) => {
          const datagram = encodeMessage(message).slice();
          for (const { at, to } of changes) datagram[at % datagram.length] = to;
          const piece = datagram.subarray(0, cut % (datagram.length + 1));
          expect(() => decodeMessage(piece)).not.toThrow();
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test('decoding undoes encoding', () => {
  fc.assert(
    fc.property(arbitraryMessage, (message) => {
      expect(decoded(encodeMessage(message))).toEqual(message);
    }),
  );
});

test('coap-packet reads the same out of our bytes', () => {
  fc.assert(
    fc.property(arbitraryMessage, (message) => {
      const parsed = coapPacket.parse(Buffer.from(encodeMessage(message)));
      expect(parsed.messageId).toBe(message.messageId);
      expect(parsed.confirmable).toBe(message.type === MessageType.confirmable);
      expect(new Uint8Array(parsed.token)).toEqual(message.token);
      expect(new Uint8Array(parsed.payload)).toEqual(message.payload);
      expect(parsed.options.map(({ value }) => new Uint8Array(value))).toEqual(
        message.options.map(({ value }) => value),
      );
    }),
  );
});

test('what coap-packet writes, we read', () => {
  const datagram = coapPacket.generate({
    code: '0.02',
    messageId: 99,
    token: Buffer.from([1, 2, 3]),
    confirmable: true,
    options: [{ name: 'Uri-Path', value: Buffer.from('pipe') }],
    payload: Buffer.from('hello'),
  });
  expect(decoded(new Uint8Array(datagram))).toEqual({
    type: MessageType.confirmable,
    code: Code.post,
    messageId: 99,
    token: Uint8Array.of(1, 2, 3),
    options: [stringOption(OptionNumber.uriPath, 'pipe')],
    payload: utf8('hello'),
  });
});
