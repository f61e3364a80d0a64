import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes } from '../src/bytes.ts';
import { decodeEdits, encodeEdit, MAX_TEXT_BYTES, type Edit } from '../src/edit.ts';
import { MAX_RECORD_BODY_BYTES } from '../src/record.ts';
import { anyText } from './arbitraries.ts';
import { fromHex, toHex } from './hex.ts';

const number = fc.maxSafeNat();
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.constant<Edit>({ type: 'accept' }),
  fc.record({ type: fc.constant('shown' as const), id: number }),
  fc.record({
    type: fc.constantFrom('final' as const, 'secret' as const),
    id: number,
    text: anyText,
  }),
  fc.record(
    {
      type: fc.constant('state' as const),
      rev: number,
      start: number,
      del: number,
      ins: anyText,
      selectionStart: number,
      selectionEnd: number,
      composing: fc.record({ start: number, end: number }),
    },
    { requiredKeys: ['type', 'rev', 'start', 'del', 'ins', 'selectionStart', 'selectionEnd'] },
  ),
);

test('a body of edits decodes to what was encoded (§9)', () => {
  fc.assert(
    fc.property(fc.array(edit), (edits) => {
      expect(decodeEdits(concatBytes(...edits.map(encodeEdit)))).toEqual(edits);
    }),
  );
});

test.each<[Edit, string]>([
  [{ type: 'accept' }, '01'],
  [
    { type: 'state', rev: 1, start: 0, del: 0, ins: '😀', selectionStart: 1, selectionEnd: 1 },
    '020001000004f09f98800101',
  ],
  [
    {
      type: 'state',
      rev: 300,
      start: 2,
      del: 1,
      ins: '',
      selectionStart: 0,
      selectionEnd: 2,
      composing: { start: 1, end: 2 },
    },
    '0201ac0202010000020102',
  ],
  [{ type: 'final', id: 1, text: 'a' }, '03010161'],
  [{ type: 'shown', id: 128 }, '048001'],
  [{ type: 'secret', id: 2, text: 'pw' }, '0502027077'],
])('%j is %s', (value, hex) => {
  expect(toHex(encodeEdit(value))).toBe(hex);
});

test.each([
  ['an unknown type', '06'],
  ['type 0', '00'],
  ['an edit cut short', '030102'],
  ['a second edit cut short', '0103'],
  ['unknown flags', '02020100000000'],
  ['a text that is no UTF-8', '030102c080'],
  ['an overlong number', '048000'],
])('a body with %s is refused as a whole', (_, hex) => {
  expect(decodeEdits(fromHex(hex))).toBeUndefined();
});

test('a text longer than the limit is refused', () => {
  const fits = encodeEdit({ type: 'final', id: 1, text: 'a'.repeat(MAX_TEXT_BYTES) });
  const long = encodeEdit({ type: 'final', id: 1, text: 'a'.repeat(MAX_TEXT_BYTES + 1) });
  expect(decodeEdits(fits)).toHaveLength(1);
  expect(decodeEdits(long)).toBeUndefined();
});

test('the longest edits fit into one record', () => {
  const most = Number.MAX_SAFE_INTEGER;
  const text = 'a'.repeat(MAX_TEXT_BYTES);
  const end = MAX_TEXT_BYTES;
  const state: Edit = {
    type: 'state',
    rev: most,
    start: end,
    del: end,
    ins: text,
    selectionStart: end,
    selectionEnd: end,
    composing: { start: end, end },
  };
  for (const longest of [state, { type: 'final', id: most, text } as const]) {
    expect(encodeEdit(longest).length).toBeLessThanOrEqual(MAX_RECORD_BODY_BYTES);
  }
});

test('any bytes give edits or nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(() => decodeEdits(bytes)).not.toThrow();
    }),
  );
});
