import { afterEach, describe, expect, test } from 'vitest';
import { parseExtensions } from '../../src/protocol/index.ts';
import {
  answerCompression,
  COMPRESSION_DEFAULTS,
  CompressionOffer,
  resolveCompression,
  type CompressionOptions,
} from '../../src/node/compression.ts';
import { compressionMemory } from '../../src/node/compression-memory.ts';
import { Counters } from '../../src/node/counters.ts';
import { DeflateCodec } from '../../src/node/deflate-codec.ts';
import { inflateMessage } from '../protocol/support/zlib-codec.ts';

const open: DeflateCodec[] = [];
const counters = new Counters();

afterEach(() => {
  for (const codec of open.splice(0)) codec.close();
});

/** Both ends after an opening handshake in which each was given its options. */
function agree(client: CompressionOptions, server: CompressionOptions = client) {
  const offer = new CompressionOffer(resolveCompression(client), counters);
  const answer = answerCompression(offer.extensions, resolveCompression(server), counters);
  if (answer === undefined) throw new Error('declined');
  const clientCodec = offer.accept([answer.extension]);
  if (!(clientCodec instanceof DeflateCodec)) throw new Error('not accepted');
  const serverCodec = answer.createCodec();
  open.push(clientCodec, serverCodec);
  return { clientCodec, serverCodec, answer };
}

const TEXT = Buffer.from('{"name":"value","list":[1,2,3]}'.repeat(20));

describe('compression between our two ends', () => {
  test.each<[string, CompressionOptions]>([
    ['by default', {}],
    ['with context takeover', { serverContextTakeover: true, clientContextTakeover: true }],
    ['with takeover of the server only', { serverContextTakeover: true }],
    ['with the smallest windows', { serverMaxWindowBits: 9, clientMaxWindowBits: 9 }],
    ['as small as can be', { level: 9, thresholdBytes: 0 }],
  ])('goes both ways, message after message, %s', (_, options) => {
    const { clientCodec, serverCodec } = agree(options);
    for (let i = 0; i < 5; i++) {
      for (const [from, to] of [
        [clientCodec, serverCodec],
        [serverCodec, clientCodec],
      ] as const) {
        const message = Buffer.concat([TEXT, Buffer.from(`${i}`)]);
        const compressed = from.compress(message);
        expect(compressed?.length).toBeLessThan(message.length / 4);
        expect(inflateMessage(to, compressed ?? Buffer.alloc(0), message.length)).toEqual(
          Uint8Array.from(message),
        );
      }
    }
  });

  test.each<[string, CompressionOptions]>([
    ['by default, between messages of others', {}],
    ['with context takeover', { serverContextTakeover: true, clientContextTakeover: true }],
  ])('joins the compressed fragments of a message, %s', (_, options) => {
    const { serverCodec, clientCodec } = agree(options);
    const others = agree(options);
    const parts = [TEXT, Buffer.alloc(0), Buffer.from('incompressible'), Buffer.alloc(200_000, 1)];
    for (let round = 0; round < 2; round++) {
      const frames = parts.map((part, index) => {
        others.serverCodec.compress(Buffer.from(`${TEXT.toString()}${index}`));
        return serverCodec.compress(part, index > 0, false) ?? Buffer.from('uncompressed');
      });
      frames.push(serverCodec.compress(Buffer.alloc(0), true) ?? Buffer.from('uncompressed'));
      const joined = inflateMessage(clientCodec, Buffer.concat(frames), 1_000_000);
      expect(Buffer.compare(Buffer.from(joined as Uint8Array), Buffer.concat(parts))).toBe(0);
    }
  });

  test('lets the first fragment decide by its length and by what it shrinks to', () => {
    const { serverCodec } = agree({ thresholdBytes: 10 });
    expect(serverCodec.compress(Buffer.alloc(9), false, false)).toBeUndefined();
    expect(serverCodec.compress(Buffer.from('abcdefghij0123456789'), false, false)).toBeUndefined();
    expect(serverCodec.compress(Buffer.alloc(10), true, false)).toBeDefined();
  });

  test('shrinks a repeated message only with context takeover', () => {
    const sizes = (options: CompressionOptions) => {
      const { serverCodec } = agree(options);
      return [serverCodec.compress(TEXT)?.length, serverCodec.compress(TEXT)?.length];
    };
    const [first, second] = sizes({});
    expect(second).toBe(first);
    const [, repeated = 0] = sizes({ serverContextTakeover: true });
    expect(repeated).toBeLessThan((first ?? 0) / 2);
  });

  test('lets messages below the threshold, and such as do not shrink, go as they are', () => {
    const { serverCodec } = agree({ thresholdBytes: 10 });
    expect(serverCodec.compress(Buffer.alloc(9))).toBeUndefined();
    expect(serverCodec.compress(Buffer.alloc(10))).toBeDefined();
    expect(serverCodec.compress(Buffer.from('abcdefghij0123456789'))).toBeUndefined();
  });

  test('does not compress in a window that zlib cannot keep', () => {
    const [offer] = parseExtensions('permessage-deflate; client_max_window_bits=8') ?? [];
    const codec = new DeflateCodec(
      {
        compressContextTakeover: false,
        compressWindowBits: 8,
        decompressContextTakeover: false,
        decompressWindowBits: 15,
      },
      COMPRESSION_DEFAULTS,
      counters,
    );
    expect(codec.compress(TEXT)).toBeUndefined();
    codec.close();
    expect(answerCompression([offer as never], COMPRESSION_DEFAULTS, counters)).toBeDefined();
  });

  test('is declined by a server that does not want it', () => {
    const { extensions } = new CompressionOffer(COMPRESSION_DEFAULTS, counters);
    expect(answerCompression(extensions, undefined, counters)).toBeUndefined();
    expect(new CompressionOffer(undefined, counters).extensions).toEqual([]);
  });

  test('is done without when the server does not answer, and fails on a wrong answer', () => {
    const offer = new CompressionOffer(COMPRESSION_DEFAULTS, counters);
    expect(offer.accept([])).toBeUndefined();
    const wrong = parseExtensions('permessage-deflate; server_max_window_bits=16') ?? [];
    expect(offer.accept(wrong)).toMatchObject({ code: 'PW_WS_RESPONSE_DEFLATE' });
  });
});

describe('the memory for context takeover', () => {
  const takeover = { serverContextTakeover: true, clientContextTakeover: true };

  test('is given to no more connections than fit', () => {
    const parameters = {
      compressContextTakeover: true,
      compressWindowBits: 15,
      decompressContextTakeover: true,
      decompressWindowBits: 15,
    };
    const each = DeflateCodec.memoryBytes(parameters);
    expect(each).toBeGreaterThan(256 * 1_024);
    const options = { ...takeover, maxMemoryBytes: 2 * each };
    const hasTakeover = () => {
      const { extensions } = new CompressionOffer(resolveCompression(takeover), counters);
      const answer = answerCompression(extensions, resolveCompression(options), counters);
      if (answer === undefined) throw new Error('declined');
      open.push(answer.createCodec());
      return answer.extension.parameters.length === 0;
    };
    const before = counters.compressionShortages;
    expect([hasTakeover(), hasTakeover(), hasTakeover()]).toEqual([true, true, false]);
    expect(counters.compressionShortages).toBe(before + 1);
    open.shift()?.close();
    expect(hasTakeover()).toBe(true);
    const twice = open.shift();
    twice?.close();
    twice?.close();
    expect([hasTakeover(), hasTakeover()]).toEqual([true, false]);
  });

  test('counts a message that is inflated as it arrives, until it ends or is given up', () => {
    const { serverCodec, clientCodec } = agree({});
    const compressed = clientCodec.compress(TEXT) ?? Buffer.alloc(0);
    const before = compressionMemory.heldBytes;
    for (const end of [
      () => inflateMessage(serverCodec, compressed.subarray(9), 10_000),
      () => serverCodec.abandon(),
    ]) {
      expect(serverCodec.openParts()).toBe(true);
      serverCodec.feed(compressed.subarray(0, 9), false);
      while (serverCodec.inflate(10_000) !== undefined);
      expect(compressionMemory.heldBytes - before).toBe(43_008);
      end();
      expect(compressionMemory.heldBytes).toBe(before);
    }
  });

  test('leaves no room for a message in parts once it is spent, and says so', () => {
    const { serverCodec } = agree({}, { maxMemoryBytes: 43_007 });
    const before = counters.compressionShortages;
    expect(serverCodec.openParts()).toBe(false);
    expect(counters.compressionShortages).toBe(before + 1);
    const whole = agree({}).clientCodec.compress(TEXT) ?? Buffer.alloc(0);
    expect(inflateMessage(serverCodec, whole, TEXT.length)).toEqual(Uint8Array.from(TEXT));
  });

  test('of 0 gives it to none', () => {
    const { answer } = agree(takeover, { ...takeover, maxMemoryBytes: 0 });
    expect(answer.extension.parameters.map(({ name }) => name)).toEqual([
      'server_no_context_takeover',
      'client_no_context_takeover',
    ]);
  });
});

test.each<[unknown, ErrorConstructor]>([
  [{ levels: 1 }, TypeError],
  [{ level: '1' }, TypeError],
  [{ level: 0 }, RangeError],
  [{ level: 10 }, RangeError],
  [{ serverMaxWindowBits: 8 }, RangeError],
  [{ clientMaxWindowBits: 16 }, RangeError],
  [{ thresholdBytes: -1 }, RangeError],
  [{ maxMemoryBytes: 1.5 }, RangeError],
  [{ serverContextTakeover: 1 }, TypeError],
])('the options %j are refused', (options, error) => {
  expect(() => resolveCompression(options as CompressionOptions)).toThrow(error);
});
