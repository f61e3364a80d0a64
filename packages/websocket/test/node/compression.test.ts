import { afterEach, describe, expect, test } from 'vitest';
import { parseExtensions } from '../../src/protocol/index.ts';
import {
  answerCompression,
  BudgetedCodec,
  COMPRESSION_DEFAULTS,
  CompressionOffer,
  resolveCompression,
  type CompressionOptions,
} from '../../src/node/compression.ts';
import { DeflateCodec } from '../../src/node/deflate-codec.ts';

const open: BudgetedCodec[] = [];

afterEach(() => {
  for (const codec of open.splice(0)) codec.close();
});

/** Both ends after an opening handshake in which each was given its options. */
function agree(client: CompressionOptions, server: CompressionOptions = client) {
  const offer = new CompressionOffer(resolveCompression(client));
  const answer = answerCompression(offer.extensions, resolveCompression(server));
  if (answer === undefined) throw new Error('declined');
  const clientCodec = offer.accept([answer.extension]);
  if (!(clientCodec instanceof BudgetedCodec)) throw new Error('not accepted');
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
        expect(to.decompress(compressed ?? Buffer.alloc(0), message.length)).toEqual(message);
      }
    }
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
    const codec = new BudgetedCodec(
      {
        compressContextTakeover: false,
        compressWindowBits: 8,
        decompressContextTakeover: false,
        decompressWindowBits: 15,
      },
      COMPRESSION_DEFAULTS,
    );
    expect(codec.compress(TEXT)).toBeUndefined();
    codec.close();
    expect(answerCompression([offer as never], COMPRESSION_DEFAULTS)).toBeDefined();
  });

  test('is declined by a server that does not want it', () => {
    const { extensions } = new CompressionOffer(COMPRESSION_DEFAULTS);
    expect(answerCompression(extensions, undefined)).toBeUndefined();
    expect(new CompressionOffer(undefined).extensions).toEqual([]);
  });

  test('is done without when the server does not answer, and fails on a wrong answer', () => {
    const offer = new CompressionOffer(COMPRESSION_DEFAULTS);
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
    const options = { ...takeover, maxMemoryBytes: each };
    const hasTakeover = () => {
      const { extensions } = new CompressionOffer(resolveCompression(takeover));
      const answer = answerCompression(extensions, resolveCompression(options));
      if (answer === undefined) throw new Error('declined');
      open.push(answer.createCodec());
      return answer.extension.parameters.length === 0;
    };
    expect([hasTakeover(), hasTakeover(), hasTakeover()]).toEqual([true, true, false]);
    open.shift()?.close();
    expect(hasTakeover()).toBe(true);
    const twice = open.shift();
    twice?.close();
    twice?.close();
    expect([hasTakeover(), hasTakeover()]).toEqual([true, false]);
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
