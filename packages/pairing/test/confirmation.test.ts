import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createChoices } from '../src/confirmation.ts';
import { seededBytes } from './fake-environment.ts';

test('three different two-digit numbers, the right one among them, the other screen’s not', () => {
  const twoDigits = fc.integer({ min: 10, max: 99 });
  fc.assert(
    fc.property(twoDigits, twoDigits, fc.nat(), (right, avoid, seed) => {
      fc.pre(right !== avoid);
      const choices = createChoices(right, avoid, seededBytes(seed));
      expect(new Set(choices).size).toBe(3);
      expect(choices).toContain(right);
      expect(choices).not.toContain(avoid);
      expect(choices.every((number) => number >= 10 && number <= 99)).toBe(true);
    }),
  );
});

test('the right number is in every place about as often', () => {
  const random = seededBytes(7);
  const places = [0, 0, 0];
  for (let i = 0; i < 3000; i += 1) {
    const at = createChoices(42, 50, random).indexOf(42);
    places[at] = (places[at] ?? 0) + 1;
  }
  for (const count of places) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test('a random source that repeats itself does not hang it', () => {
  expect(createChoices(42, 50, (length) => new Uint8Array(length).fill(255))).toHaveLength(3);
});
