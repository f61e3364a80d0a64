import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { HandshakeError } from '../../src/protocol/errors.ts';
import { PayloadEvent } from '../../src/protocol/event.ts';
import { formatExtensions, parseExtensions } from '../../src/protocol/extension-header.ts';
import {
  buildDeflateOffer,
  checkDeflateAnswer,
  negotiateDeflate,
  type DeflateOptions,
  type DeflateParameters,
} from '../../src/protocol/permessage-deflate.ts';
import vectors from '../vectors/rfc7692.json' with { type: 'json' };
import { anyText } from './support/any-text.ts';
import { concat, hex, pattern, toHex, utf8 } from './support/bytes.ts';
import { createConnection, feed, output } from './support/endpoint.ts';
import { rawFrame } from './support/raw-frame.ts';
import { splits } from './support/split.ts';
import { createZlibCodec } from './support/zlib-codec.ts';

/** Our default: nothing is remembered between messages. */
const PLAIN: DeflateOptions = {
  serverContextTakeover: false,
  clientContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};
const TAKEOVER: DeflateOptions = {
  ...PLAIN,
  serverContextTakeover: true,
  clientContextTakeover: true,
};

const NO_CONTEXT: DeflateParameters = {
  compressContextTakeover: false,
  compressWindowBits: 15,
  decompressContextTakeover: false,
  decompressWindowBits: 15,
};

function answerTo(offers: string, options: DeflateOptions = TAKEOVER): string | undefined {
  const answer = negotiateDeflate(parseExtensions(offers) ?? [], options);
  return answer === undefined ? undefined : formatExtensions([answer.extension]);
}

function readAnswer(answer: string, options: DeflateOptions = TAKEOVER) {
  const result = checkDeflateAnswer(parseExtensions(answer) ?? [], options);
  return result instanceof HandshakeError ? result.code : result;
}

describe('server, negotiating', () => {
  test.each([
    ['permessage-deflate', 'permessage-deflate'],
    ['x-other, permessage-deflate', 'permessage-deflate'],
    // §7.1.1: both may be asked for; the client's is a promise that the answer makes binding.
    [
      'permessage-deflate; server_no_context_takeover',
      'permessage-deflate; server_no_context_takeover',
    ],
    [
      'permessage-deflate; client_no_context_takeover',
      'permessage-deflate; client_no_context_takeover',
    ],
    // §7.1.2: a window may only become smaller.
    [
      'permessage-deflate; server_max_window_bits=10',
      'permessage-deflate; server_max_window_bits=10',
    ],
    ['permessage-deflate; server_max_window_bits=15', 'permessage-deflate'],
    [
      'permessage-deflate; server_max_window_bits="9"',
      'permessage-deflate; server_max_window_bits=9',
    ],
    ['permessage-deflate; client_max_window_bits', 'permessage-deflate'],
    [
      'permessage-deflate; client_max_window_bits=8',
      'permessage-deflate; client_max_window_bits=8',
    ],
    // §7.1.3's example: the first acceptable offer wins.
    [
      'permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate; client_max_window_bits',
      'permessage-deflate; server_max_window_bits=10',
    ],
  ])('answers %s', (offers, answer) => {
    expect(answerTo(offers)).toBe(answer);
  });

  test.each([
    'x-webkit-deflate-frame',
    'PERMESSAGE-DEFLATE',
    'permessage-deflate; unknown',
    'permessage-deflate; constructor',
    'permessage-deflate; server_no_context_takeover=1',
    'permessage-deflate; client_no_context_takeover=true',
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
    'permessage-deflate; server_max_window_bits',
    'permessage-deflate; server_max_window_bits=7',
    'permessage-deflate; server_max_window_bits=16',
    'permessage-deflate; server_max_window_bits=08',
    'permessage-deflate; server_max_window_bits=0x8',
    'permessage-deflate; server_max_window_bits=1e1',
    'permessage-deflate; server_max_window_bits=10.0',
    'permessage-deflate; server_max_window_bits=+9',
    'permessage-deflate; server_max_window_bits=10; server_max_window_bits=10',
    'permessage-deflate; client_max_window_bits=7',
    'permessage-deflate; client_max_window_bits=010',
    'permessage-deflate; client_max_window_bits; client_max_window_bits=10',
    // A window of 2^8 bytes is allowed, but zlib cannot keep it.
    'permessage-deflate; server_max_window_bits=8',
  ])('declines %s, and takes the next offer', (offer) => {
    expect(answerTo(offer)).toBeUndefined();
    expect(answerTo(`${offer}, permessage-deflate; server_max_window_bits=12`)).toBe(
      'permessage-deflate; server_max_window_bits=12',
    );
  });

  test('asks both sides to forget each message by default', () => {
    expect(answerTo('permessage-deflate', PLAIN)).toBe(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    );
  });

  test('limits the windows it is told to limit', () => {
    const options = { ...TAKEOVER, serverMaxWindowBits: 11, clientMaxWindowBits: 10 };
    expect(answerTo('permessage-deflate; client_max_window_bits', options)).toBe(
      'permessage-deflate; server_max_window_bits=11; client_max_window_bits=10',
    );
    expect(
      answerTo('permessage-deflate; client_max_window_bits=9; server_max_window_bits=10', options),
    ).toBe('permessage-deflate; server_max_window_bits=10; client_max_window_bits=9');
  });

  test('declines a client whose window it cannot limit although it must (§7.1.2.2)', () => {
    expect(
      answerTo('permessage-deflate', { ...TAKEOVER, clientMaxWindowBits: 10 }),
    ).toBeUndefined();
  });

  test('makes its codec of what the answer says', () => {
    const offers = parseExtensions(
      'permessage-deflate; server_no_context_takeover; server_max_window_bits=9; client_max_window_bits=12',
    );
    expect(negotiateDeflate(offers ?? [], TAKEOVER)?.parameters).toEqual({
      compressContextTakeover: false,
      compressWindowBits: 9,
      decompressContextTakeover: true,
      decompressWindowBits: 12,
    });
  });

  test('never throws on what a client sends', () => {
    const names =
      'server_no_context_takeover client_no_context_takeover server_max_window_bits ' +
      'client_max_window_bits __proto__ toString';
    const name = fc.constantFrom(...names.split(' '));
    const value = fc.option(fc.constantFrom('8', '9', '15', '16', '08', '-1', '1e1', 'NaN', ''), {
      nil: undefined,
    });
    const parameter = fc
      .record({ name, value })
      .map((one) => (one.value === undefined ? { name: one.name } : { ...one, value: one.value }));
    const offer = fc.record({
      name: fc.constantFrom('permessage-deflate', 'other'),
      parameters: fc.array(parameter, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(offer, { maxLength: 4 }), (offers) => {
        const answer = negotiateDeflate(offers, TAKEOVER);
        const bits = answer?.parameters.compressWindowBits ?? 15;
        expect(bits >= 9 && bits <= 15).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('client, negotiating', () => {
  test('offers what it is told, and always says that its window can be bound', () => {
    expect(formatExtensions([buildDeflateOffer(PLAIN)])).toBe(
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits',
    );
    const small = { ...TAKEOVER, serverMaxWindowBits: 10, clientMaxWindowBits: 11 };
    expect(formatExtensions([buildDeflateOffer(small)])).toBe(
      'permessage-deflate; server_max_window_bits=10; client_max_window_bits=11',
    );
  });

  test('goes without compression when the server does not answer the offer', () => {
    expect(checkDeflateAnswer([], PLAIN)).toBeUndefined();
  });

  test.each<[string, Partial<DeflateParameters>]>([
    ['permessage-deflate', {}],
    ['permessage-deflate; server_no_context_takeover', { decompressContextTakeover: false }],
    ['permessage-deflate; client_no_context_takeover', { compressContextTakeover: false }],
    ['permessage-deflate; server_max_window_bits=8', { decompressWindowBits: 8 }],
    ['permessage-deflate; client_max_window_bits=10', { compressWindowBits: 10 }],
    ['permessage-deflate; client_max_window_bits=8', { compressWindowBits: 8 }],
  ])('is bound by %s', (answer, bound) => {
    expect(readAnswer(answer)).toEqual({
      compressContextTakeover: true,
      compressWindowBits: 15,
      decompressContextTakeover: true,
      decompressWindowBits: 15,
      ...bound,
    });
  });

  test.each([
    ['permessage-deflate', 10],
    ['permessage-deflate; client_max_window_bits=10', 10],
    ['permessage-deflate; client_max_window_bits=9', 9],
  ])('keeps to the smaller window it has offered on %s (§7.1.2.2)', (answer, bits) => {
    const options = { ...TAKEOVER, clientMaxWindowBits: 10 };
    expect(readAnswer(answer, options)).toMatchObject({ compressWindowBits: bits });
  });

  test.each([11, 12, 15])(
    'fails the handshake when its window of 10 bits is answered with %i (§7.1.2.2)',
    (bits) => {
      const options = { ...TAKEOVER, clientMaxWindowBits: 10 };
      const answer = `permessage-deflate; client_max_window_bits=${bits}`;
      expect(readAnswer(answer, options)).toBe('PW_WS_RESPONSE_DEFLATE');
    },
  );

  test.each([
    'permessage-deflate; unknown',
    'permessage-deflate; client_max_window_bits',
    'permessage-deflate; server_max_window_bits',
    'permessage-deflate; server_max_window_bits=08',
    'permessage-deflate; server_max_window_bits=16',
    'permessage-deflate; client_max_window_bits=1e1',
    'permessage-deflate; server_no_context_takeover=1',
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
    'permessage-deflate, permessage-deflate',
  ])('fails the handshake on the answer %s (§7.1)', (answer) => {
    expect(readAnswer(answer)).toBe('PW_WS_RESPONSE_DEFLATE');
  });

  test('fails the handshake when the server does not grant what it accepts', () => {
    expect(readAnswer('permessage-deflate', PLAIN)).toBe('PW_WS_RESPONSE_DEFLATE');
    const small = { ...TAKEOVER, serverMaxWindowBits: 10 };
    expect(readAnswer('permessage-deflate', small)).toBe('PW_WS_RESPONSE_DEFLATE');
    expect(readAnswer('permessage-deflate; server_max_window_bits=11', small)).toBe(
      'PW_WS_RESPONSE_DEFLATE',
    );
  });

  test.each([8, 16, 9.5, NaN])('refuses the option of %s window bits', (bits) => {
    expect(() => buildDeflateOffer({ ...PLAIN, serverMaxWindowBits: bits })).toThrow(RangeError);
    expect(() => negotiateDeflate([], { ...PLAIN, clientMaxWindowBits: bits })).toThrow(RangeError);
  });
});

test('client and server agree, whatever the two are told', () => {
  const options = fc.record({
    serverContextTakeover: fc.boolean(),
    clientContextTakeover: fc.boolean(),
    serverMaxWindowBits: fc.integer({ min: 9, max: 15 }),
    clientMaxWindowBits: fc.integer({ min: 9, max: 15 }),
  });
  fc.assert(
    fc.property(options, options, (ofClient, ofServer) => {
      const answer = negotiateDeflate([buildDeflateOffer(ofClient)], ofServer);
      const client = checkDeflateAnswer(answer === undefined ? [] : [answer.extension], ofClient);
      const server = answer?.parameters;
      expect(client).toEqual({
        compressContextTakeover: server?.decompressContextTakeover,
        compressWindowBits: server?.decompressWindowBits,
        decompressContextTakeover: server?.compressContextTakeover,
        decompressWindowBits: server?.compressWindowBits,
      });
    }),
  );
});

describe('compressed messages', () => {
  test.each(vectors)('§$section: $what', ({ frames, messages, contextTakeover = false }) => {
    for (const { how, chunks } of splits(hex(frames.join('')))) {
      const codec = createZlibCodec({ ...NO_CONTEXT, decompressContextTakeover: contextTakeover });
      const client = createConnection('client', {}, codec);
      expect(feed(client, ...chunks), how).toEqual(messages.map((text) => `text ${text}`));
    }
  });

  test('server sends the first frame of the examples (§7.2.3.1)', () => {
    const server = createConnection('server', {}, createZlibCodec(NO_CONTEXT));
    server.sendText('Hello');
    server.sendText('');
    expect(toHex(output(server))).toBe('c107f248cdc9c90700' + 'c10100');
  });

  test('go from either role to the other, with every agreed set of parameters', () => {
    const anyMessage = fc.oneof(
      anyText(500),
      fc.nat(40_000).map((length) => 'compressible '.repeat(length / 13)),
      fc.uint8Array({ maxLength: 500 }),
      fc.nat(70_000).map(pattern),
    );
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 6 }),
        fc.boolean(),
        fc.integer({ min: 9, max: 15 }),
        fc.boolean(),
        (messages, takeover, bits, fromClient) => {
          const compressing: DeflateParameters = {
            ...NO_CONTEXT,
            compressContextTakeover: takeover,
            compressWindowBits: bits,
          };
          const inflating: DeflateParameters = {
            ...NO_CONTEXT,
            decompressContextTakeover: takeover,
            decompressWindowBits: bits,
          };
          const [from, to] = fromClient
            ? (['client', 'server'] as const)
            : (['server', 'client'] as const);
          const sender = createConnection(from, {}, createZlibCodec(compressing));
          const receiver = createConnection(to, {}, createZlibCodec(inflating));
          for (const message of messages) {
            if (typeof message === 'string') sender.sendText(message);
            else sender.sendBinary(message);
          }
          expect(feed(receiver, output(sender))).toEqual(
            messages.map((message) =>
              typeof message === 'string'
                ? `text ${message}`
                : `binary ${toHex(message)}`.trimEnd(),
            ),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  const compressed = (payload: Uint8Array) =>
    createZlibCodec(NO_CONTEXT).compress(payload) ?? new Uint8Array(0);
  const frame = (payload: Uint8Array, changes: { opcode?: number; fin?: boolean } = {}) =>
    rawFrame({ opcode: 1, rsv: 4, payload, ...changes });
  const client = (maxMessageBytes = 1024 * 1024) =>
    createConnection('client', { maxMessageBytes }, createZlibCodec(NO_CONTEXT));

  test('are 1009 when they inflate to more than the limit: 16 MiB of zeros in 17 kB (§10.4)', () => {
    const connection = client();
    const bomb = compressed(new Uint8Array(16 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(20_000);
    expect(feed(connection, frame(bomb))).toEqual(['fail PW_WS_MESSAGE_TOO_BIG']);
  });

  test.each(['one fragment', 'chunks of one byte'])(
    'are 1009 before they end, in the read that passes the limit: %s',
    (how) => {
      const bomb = compressed(new Uint8Array(64 * 1024));
      const unfinished = frame(bomb.slice(0, -1), { opcode: 2, fin: false });
      const isWhole = how === 'one fragment';
      const chunks = isWhole ? [unfinished] : [...unfinished].map((byte) => Uint8Array.of(byte));
      const connection = client(1000);
      const events = chunks.map((chunk) => feed(connection, chunk));
      expect(events.flat()).toEqual(['fail PW_WS_MESSAGE_TOO_BIG']);
      expect(events.at(-1)?.length).toBe(isWhole ? 1 : 0);
    },
  );

  test('are checked for UTF-8 before they end (RFC 6455 §8.1)', () => {
    const bytes = compressed(concat(hex('ff'), pattern(500)));
    const connection = client();
    expect(feed(connection, frame(bytes.slice(0, -1), { fin: false }))).toEqual([
      'fail PW_WS_INVALID_UTF8',
    ]);
  });

  test('are found corrupt before they end (§7.2.2)', () => {
    expect(feed(client(), frame(hex('07'), { fin: false }))).toEqual([
      'fail PW_WS_CORRUPT_COMPRESSED_DATA',
    ]);
  });

  test('longer than the limit come in pieces, of what they inflate to', () => {
    const plain = concat(utf8('您'.repeat(1000)), new Uint8Array(300_000).fill(0x61));
    const connection = createConnection(
      'client',
      { maxMessageBytes: 1000, maxStreamBytes: 400_000 },
      createZlibCodec(NO_CONTEXT),
    );
    for (const { chunks } of splits(frame(compressed(plain)))) {
      const pieces: Uint8Array[] = [];
      for (const chunk of chunks) {
        connection.receive(chunk);
        for (const event of connection.takeEvents()) {
          if (event.type !== 'piece') throw new Error(event.type);
          expect([event.of, event.first]).toEqual(['text', pieces.length === 0]);
          pieces.push(event.payload.slice());
        }
      }
      expect(Buffer.compare(concat(...pieces), plain)).toBe(0);
    }
  });

  test('count against the limit together when they are fragments', () => {
    const bomb = compressed(new Uint8Array(3000));
    const fragments = [...bomb].map((byte, index) =>
      rawFrame({
        opcode: index === 0 ? 2 : 0,
        rsv: index === 0 ? 4 : 0,
        fin: index === bomb.length - 1,
        payload: Uint8Array.of(byte),
      }),
    );
    const copies = () => fragments.map((fragment) => fragment.slice());
    expect(feed(client(3000), ...copies())).toEqual([`binary ${'00'.repeat(3000)}`]);
    expect(feed(client(2999), ...copies())).toEqual(['fail PW_WS_MESSAGE_TOO_BIG']);
  });

  test('may be as long as the limit when they cannot be compressed', () => {
    const random = Uint8Array.from(pattern(100_000), (byte, index) => byte ^ (index * index));
    const stored = Buffer.concat(
      Array.from({ length: 10 }, (_, index) => {
        const part = random.slice(index * 10_000, (index + 1) * 10_000);
        return concat(hex('00 1027 efd8'), part);
      }),
    );
    const connection = client(100_000);
    connection.receive(rawFrame({ opcode: 2, rsv: 4, payload: concat(stored, hex('00')) }));
    const [event] = connection.takeEvents();
    const payload = event instanceof PayloadEvent ? event.payload : new Uint8Array(0);
    expect(Buffer.compare(payload, random)).toBe(0);
  });

  test.each(['ff', '07', '000500ffff48', 'f248cdc9c907ffff00'])(
    'that cannot be inflated, such as %s, are 1007',
    (payload) => {
      expect(feed(client(), frame(hex(payload)))).toEqual(['fail PW_WS_CORRUPT_COMPRESSED_DATA']);
    },
  );

  test('are checked for UTF-8 once they are inflated (RFC 6455 §8.1)', () => {
    expect(feed(client(), frame(compressed(utf8('你好'))))).toEqual(['text 你好']);
    expect(feed(client(), frame(compressed(hex('ff'))))).toEqual(['fail PW_WS_INVALID_UTF8']);
  });

  test('need the extension: without it RSV1 fails the connection (RFC 6455 §5.2)', () => {
    expect(feed(createConnection('client'), frame(compressed(utf8('x'))))).toEqual([
      'fail PW_WS_RESERVED_BITS',
    ]);
  });

  test.each([
    ['RSV1 on a Ping', [rawFrame({ opcode: 9, rsv: 4 })]],
    ['RSV1 on a Close', [rawFrame({ opcode: 8, rsv: 4 })]],
    [
      'RSV1 on a continuation',
      [rawFrame({ opcode: 1, rsv: 4, fin: false }), rawFrame({ opcode: 0, rsv: 4 })],
    ],
    ['RSV2', [rawFrame({ opcode: 1, rsv: 2 })]],
    ['RSV1 and RSV3', [rawFrame({ opcode: 1, rsv: 5 })]],
  ])('%s fails the connection (RFC 7692 §6.1)', (_, frames) => {
    expect(feed(client(), ...frames)).toEqual(['fail PW_WS_RESERVED_BITS']);
  });

  test('are told from others by RSV1 alone, message by message (RFC 7692 §6)', () => {
    const frames = [
      frame(compressed(utf8('one'))),
      rawFrame({ opcode: 1, payload: utf8('two') }),
      frame(compressed(utf8('three')).slice(0, 3), { fin: false }),
      rawFrame({ opcode: 9 }),
      rawFrame({ opcode: 0, payload: compressed(utf8('three')).slice(3) }),
    ];
    expect(feed(client(), ...frames)).toEqual(['text one', 'text two', 'ping', 'text three']);
  });

  test('go uncompressed when the agreed window is one that zlib cannot keep', () => {
    const codec = createZlibCodec({ ...NO_CONTEXT, compressWindowBits: 8 });
    const connection = createConnection('server', {}, codec);
    connection.sendText('Hello');
    expect(toHex(output(connection))).toBe('810548656c6c6f');
  });
});
