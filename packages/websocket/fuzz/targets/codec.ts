import {
  createDeflater,
  createInflater,
  OneShotDeflater,
  OneShotInflater,
  type Deflater,
  type Inflater,
} from '../../src/node/sync-zlib.ts';
import { concat } from '../../test/protocol/support/bytes.ts';
import {
  createZlibCodec,
  inflateMessage,
  inflateOn,
} from '../../test/protocol/support/zlib-codec.ts';
import { check } from '../fault.ts';
import { binaryPayload, deflate, textPayload } from '../frame-grammar.ts';
import type { Target } from '../target.ts';

/** The first byte: context takeover, or not. The second: the limit. */
const CONTEXT_TAKEOVER = 0x01;
const LIMITS = [0, 1, 100, 1000, 65_535, 65_536, 65_537, 1_048_576];
const SETTING_BYTES = 2;

/** Behind each message, as on the wire it would follow its length. */
const MAX_MESSAGES = 20;
const LENGTH_BYTES = 2;

const SETTINGS = { windowBits: 15, level: 6, memLevel: 8 };

/** zlib by kept handles, by one-shot functions and as plainly as can be: the same for any messages. */
export const codec: Target = {
  name: 'codec',
  format: 'hex',
  generate: (random) =>
    concat(
      random.bytes(SETTING_BYTES),
      ...random.list(1 + random.magnitude(6), () => {
        const plain = random.chance(0.5) ? textPayload(random) : binaryPayload(random);
        const compressed = deflate(plain, random);
        const message = compressed.slice(0, 0xffff);
        return concat(Uint8Array.of(message.length >>> 8, message.length & 0xff), message);
      }),
    ),
  run(input) {
    const [flags = 0, limit = 0] = input;
    const takeover = (flags & CONTEXT_TAKEOVER) !== 0;
    const maxBytes = LIMITS[limit % LIMITS.length] ?? 0;
    const messages = cutMessages(input.subarray(SETTING_BYTES));
    checkInflaters(messages, takeover, maxBytes);
    checkDeflaters(messages, takeover);
  },
};

function cutMessages(bytes: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let start = 0; start < bytes.length && messages.length < MAX_MESSAGES;) {
    const length = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0);
    messages.push(bytes.slice(start + LENGTH_BYTES, start + LENGTH_BYTES + length));
    start += LENGTH_BYTES + length;
  }
  return messages;
}

function checkInflaters(
  messages: readonly Uint8Array[],
  takeover: boolean,
  maxBytes: number,
): void {
  const kept = createInflater();
  const inParts = createInflater();
  const oneShot = new OneShotInflater();
  const plain = createZlibCodec({
    compressContextTakeover: false,
    compressWindowBits: 15,
    decompressContextTakeover: takeover,
    decompressWindowBits: 15,
  });
  try {
    for (const message of messages) {
      if (!takeover) {
        for (const one of [kept, inParts, oneShot]) one.reset();
      }
      const before = Buffer.from(message);
      const results = [
        ...[kept, oneShot, plain].map((one) => inflateMessage(one, message, maxBytes)),
        inflateInParts(inParts, message, maxBytes),
      ];
      const [result] = results;
      if (result === undefined) return;
      check(before.equals(message), 'a message is left as it is');
      for (const another of results) {
        check(isSame(result, another), 'every way of inflating gives the same', results);
      }
      // The connection has failed.
      if (typeof result === 'string') return;
      check(result.length <= maxBytes, 'no more is inflated than allowed', result.length);
    }
  } finally {
    kept.close();
    inParts.close();
  }
}

/** Parts of different lengths, the first ones the shortest. */
function inflateInParts(
  inflater: Inflater,
  message: Uint8Array,
  maxBytes: number,
): Uint8Array | string {
  const pieces: Uint8Array[] = [];
  let left = maxBytes;
  for (let start = 0, length = 1; start < message.length; start += length, length *= 3) {
    inflater.feed(message.subarray(start, start + length), false);
    const inflated = inflateOn(inflater, left);
    if (typeof inflated === 'string') return inflated;
    pieces.push(inflated);
    left -= inflated.length;
  }
  inflater.feed(new Uint8Array(0), true);
  const inflated = inflateOn(inflater, left);
  return typeof inflated === 'string' ? inflated : concat(...pieces, inflated);
}

/** The messages taken for what is to be sent: what one way compresses, another inflates. */
function checkDeflaters(messages: readonly Uint8Array[], takeover: boolean): void {
  const kept = createDeflater(SETTINGS);
  const deflaters: readonly Deflater[] = [kept, new OneShotDeflater(SETTINGS)];
  for (const deflater of deflaters) {
    const inflater = createInflater();
    for (const message of messages) {
      if (!takeover) {
        deflater.reset();
        inflater.reset();
      }
      const before = Buffer.from(message);
      const compressed = deflater.compress(message);
      check(before.equals(message), 'a message is left as it is');
      const inflated = inflateMessage(inflater, compressed, message.length);
      check(isSame(inflated, message), 'what is compressed inflates to the same', { inflated });
    }
    inflater.close();
  }
  kept.close();
}

/** Whether a message is refused matters; which of two reasons comes first does not. */
function isSame(one: Uint8Array | string, another: Uint8Array | string): boolean {
  if (typeof one === 'string' || typeof another === 'string') {
    return typeof one === typeof another;
  }
  return Buffer.compare(one, another) === 0;
}
