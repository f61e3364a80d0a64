import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSuite } from '../src/key-schedule.ts';
import { MAX_CIPHERTEXT_BYTES } from '../src/padding.ts';
import {
  Direction,
  MAX_RECORD_BODY_BYTES,
  RecordOpener,
  recordNumber,
  RecordSealer,
} from '../src/record.ts';
import { seededBytes } from './fake-environment.ts';

const linkId = new Uint8Array(16).fill(5);
const body = Uint8Array.of(1, 2, 3);

/** A sealer and an opener under the same keys, past the introduction. */
async function createPair(opening: { direction?: Direction; linkId?: Uint8Array } = {}) {
  const suite = createSuite(seededBytes(3));
  const keys = await suite.GenerateKeyPair(true);
  const { ctx, encapsulatedSecret } = await suite.SetupSender(keys.publicKey);
  const recipient = await suite.SetupRecipient(keys, encapsulatedSecret);
  await recipient.Open(await ctx.Seal(new Uint8Array()));
  return {
    sealer: new RecordSealer(ctx, Direction.toPage, linkId),
    opener: new RecordOpener(
      recipient,
      opening.direction ?? Direction.toPage,
      opening.linkId ?? linkId,
    ),
  };
}

test('records are numbered from 1 and opened in order', async () => {
  const { sealer, opener } = await createPair();
  for (let n = 1; n <= 5; n += 1) {
    const record = await sealer.seal({ acknowledged: 300 * n, body });
    expect(record.n).toBe(n);
    expect(recordNumber(record.bytes)).toBe(n);
    expect(opener.next).toBe(n);
    expect(await opener.open(record.bytes)).toEqual({ acknowledged: 300 * n, body });
  }
});

test('a record is opened once, and only when it is the next', async () => {
  const { sealer, opener } = await createPair();
  const first = await sealer.seal({ acknowledged: 1, body });
  const second = await sealer.seal({ acknowledged: 1, body });
  expect(await opener.open(second.bytes)).toBeUndefined();
  expect(await opener.open(first.bytes)).toBeDefined();
  expect(await opener.open(first.bytes)).toBeUndefined();
  expect(await opener.open(second.bytes)).toBeDefined();
});

test('an altered record is refused and the right one still opens', async () => {
  const { sealer, opener } = await createPair();
  const { bytes } = await sealer.seal({ acknowledged: 1, body });
  for (let at = 0; at < bytes.length; at += 1) {
    const altered = bytes.slice();
    altered[at] = (altered[at] ?? 0) ^ 0x40;
    expect(await opener.open(altered)).toBeUndefined();
    expect(await opener.open(bytes.subarray(0, at))).toBeUndefined();
  }
  expect(await opener.open(bytes)).toEqual({ acknowledged: 1, body });
});

test.each([
  ['the other direction', { direction: Direction.toPhone }],
  ['another link', { linkId: new Uint8Array(16) }],
])('a record of %s is refused', async (_, opening) => {
  const { sealer, opener } = await createPair(opening);
  const { bytes } = await sealer.seal({ acknowledged: 1, body });
  expect(await opener.open(bytes)).toBeUndefined();
});

test('the longest body fits into 64 KiB of ciphertext', async () => {
  const { sealer, opener } = await createPair();
  const longest = new Uint8Array(MAX_RECORD_BODY_BYTES).fill(0x80);
  const content = { acknowledged: Number.MAX_SAFE_INTEGER, body: longest };
  const { bytes } = await sealer.seal(content);
  expect(bytes.length).toBe(8 + MAX_CIPHERTEXT_BYTES);
  expect(await opener.open(bytes)).toEqual(content);
});

test('sizes that no record has are refused unread', () => {
  expect(recordNumber(new Uint8Array(8 + 16))).toBeUndefined();
  expect(recordNumber(new Uint8Array(8 + MAX_CIPHERTEXT_BYTES + 1))).toBeUndefined();
  expect(recordNumber(new Uint8Array(8 + 17))).toBe(0);
});

test('any bytes are refused without a throw', async () => {
  const { opener } = await createPair();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
      const asNext = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 1, ...bytes]);
      expect(await opener.open(bytes)).toBeUndefined();
      expect(await opener.open(asNext)).toBeUndefined();
    }),
  );
});
