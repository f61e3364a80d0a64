import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { KeptRecords } from '../../src/relay/kept-records.ts';

test('the newest records within both limits are kept, in order (property)', () => {
  const limits = { keptRecords: 5, keptBytes: 100 };
  fc.assert(
    fc.property(fc.array(fc.nat(120), { maxLength: 60 }), (sizes) => {
      const kept = new KeptRecords(limits);
      // The slow reference: drop from the front until it fits.
      let expected: number[] = [];
      let dropped = 0;
      for (const size of sizes) {
        dropped += kept.push(new Uint8Array(size));
        expected.push(size);
        const sum = () => expected.reduce((total, each) => total + each, 0);
        while (expected.length > 5 || sum() > 100) expected = expected.slice(1);
      }
      expect(kept.size).toBe(expected.length);
      expect(dropped).toBe(sizes.length - expected.length);
      expect(kept.takeAll().map(({ byteLength }) => byteLength)).toEqual(expected);
      expect(kept.size).toBe(0);
    }),
  );
});

test('records taken are given once, and new ones may follow', () => {
  const kept = new KeptRecords({ keptRecords: 2, keptBytes: 10 });
  kept.push(Uint8Array.of(1));
  expect(kept.takeAll()).toEqual([Uint8Array.of(1)]);
  expect(kept.takeAll()).toEqual([]);
  kept.push(Uint8Array.of(2));
  expect(kept.takeAll()).toEqual([Uint8Array.of(2)]);
});

test('a record that was dropped is let go of', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const kept = new KeptRecords({ keptRecords: 256, keptBytes: 262_144 });
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 255; i++) kept.push(new Uint8Array(65_000));
  expect(kept.size).toBe(4);
  const pinned = () => process.memoryUsage().arrayBuffers - before;
  // The collector gives memory back on threads of its own.
  for (let turn = 0; turn < 200 && pinned() > 2 * 262_144; turn++) {
    collectGarbage();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  expect(pinned()).toBeLessThan(2 * 262_144);
});
