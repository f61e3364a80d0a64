import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Outbox, OUTBOX_BYTES, OUTBOX_RECORDS } from '../src/outbox.ts';

const record = (n: number, bytes = 10) => ({ n, bytes: new Uint8Array(bytes).fill(n) });

function filled(count: number): Outbox {
  const outbox = new Outbox();
  for (let n = 1; n <= count; n += 1) outbox.push(record(n));
  return outbox;
}

function drain(outbox: Outbox): number[] {
  const sent: number[] = [];
  for (let next = outbox.peek(); next; next = outbox.peek()) {
    sent.push(next.n);
    outbox.advance();
  }
  return sent;
}

test('records leave in order, once', () => {
  const outbox = filled(3);
  expect(drain(outbox)).toEqual([1, 2, 3]);
  expect(drain(outbox)).toEqual([]);
  outbox.push(record(4));
  expect(drain(outbox)).toEqual([4]);
});

test('a rewind sends the very same bytes again, never skips ahead', () => {
  const outbox = filled(3);
  const first = outbox.peek()?.bytes;
  drain(outbox);
  outbox.rewind(2);
  expect(drain(outbox)).toEqual([2, 3]);
  outbox.rewind(0);
  expect(outbox.peek()?.bytes).toBe(first);
  outbox.rewind(99);
  expect(drain(outbox)).toEqual([1, 2, 3]);
});

test('an acknowledgement forgets what it covers and nothing else', () => {
  const outbox = filled(3);
  drain(outbox);
  expect(outbox.acknowledge(3)).toBe(true);
  expect([outbox.first, outbox.end, outbox.records, outbox.bytes]).toEqual([3, 4, 1, 10]);
  expect(outbox.acknowledge(2)).toBe(true);
  outbox.rewind(0);
  expect(drain(outbox)).toEqual([3]);
});

test('an acknowledgement of what was never sealed is refused', () => {
  const outbox = filled(3);
  expect(outbox.acknowledge(5)).toBe(false);
  expect(outbox.records).toBe(3);
  expect(outbox.acknowledge(4)).toBe(true);
  expect(outbox.records).toBe(0);
});

test('numbers must follow each other', () => {
  const outbox = filled(1);
  expect(() => outbox.push(record(1))).toThrow(RangeError);
  expect(() => outbox.push(record(3))).toThrow(RangeError);
});

test('it is full at 1,000 records or 1 MiB', () => {
  expect(filled(OUTBOX_RECORDS - 1).full).toBe(false);
  expect(filled(OUTBOX_RECORDS).full).toBe(true);
  const heavy = new Outbox();
  heavy.push(record(1, OUTBOX_BYTES - 1));
  expect(heavy.full).toBe(false);
  heavy.push(record(2, 1));
  expect(heavy.full).toBe(true);
});

test('it behaves as a plain list with two marks', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('push' as const) }),
    fc.record({ do: fc.constant('advance' as const) }),
    fc.record({ do: fc.constantFrom('rewind' as const, 'acknowledge' as const), to: fc.nat(30) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const outbox = new Outbox();
      let [first, cursor, end] = [1, 1, 1];
      for (const taken of steps) {
        if (taken.do === 'push') {
          outbox.push(record(end));
          end += 1;
        } else if (taken.do === 'advance') {
          outbox.advance();
          cursor = Math.min(cursor + 1, end);
        } else if (taken.do === 'rewind') {
          outbox.rewind(taken.to);
          cursor = Math.max(first, Math.min(cursor, taken.to));
        } else {
          const known = outbox.acknowledge(taken.to);
          if (known !== taken.to <= end) throw new Error('what was never sent was acknowledged');
          if (known) first = Math.max(first, taken.to);
          cursor = Math.max(cursor, first);
        }
        expect([outbox.first, outbox.end, outbox.peek()?.n]).toEqual([
          first,
          end,
          cursor < end ? cursor : undefined,
        ]);
        expect(outbox.bytes).toBe((end - first) * 10);
      }
    }),
  );
});
