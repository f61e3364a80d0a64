import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PieceBuffer } from '../../src/protocol/piece-buffer.ts';
import { concat, pattern } from './support/bytes.ts';

/** The promise of the class. */
function limitFor(payloadBytes: number): number {
  return 1.25 * payloadBytes + 4096;
}

describe('PieceBuffer', () => {
  test('joins pieces of any length', () => {
    const lengths = fc.array(fc.oneof(fc.nat(20), fc.nat(10_000)), { maxLength: 20 });
    fc.assert(
      fc.property(lengths, fc.nat(100_000), (pieces, expectedBytes) => {
        const buffer = new PieceBuffer();
        const payload = pieces.map(pattern);
        for (const piece of payload) {
          const chunk = concat(Uint8Array.of(1, 2, 3), piece, Uint8Array.of(4));
          buffer.add(chunk, 3, chunk.length - 1, expectedBytes);
          expect(buffer.heldBytes).toBeLessThanOrEqual(limitFor(buffer.length));
        }
        const all = concat(...payload);
        expect(buffer.length).toBe(all.length);
        expect(Buffer.compare(buffer.take(), all)).toBe(0);
        expect(buffer.length).toBe(0);
        expect(buffer.heldBytes).toBe(0);
      }),
    );
  });

  test('holds at most 1.25 × payload + 4 KiB of one-byte pieces', () => {
    const buffer = new PieceBuffer();
    const byte = Uint8Array.of(7);
    let worst = 0;
    const capacities = new Set<number>();
    for (let count = 1; count <= 300_000; count++) {
      buffer.add(byte, 0, 1, 0);
      worst = Math.max(worst, buffer.heldBytes - limitFor(count));
      capacities.add(buffer.heldBytes);
    }
    expect(worst).toBeLessThanOrEqual(0);
    // Each growth copies everything: there must be few, or time is quadratic.
    expect(capacities.size).toBeLessThan(100);
  });

  test('holds no more when single bytes and long pieces come in turn', () => {
    const buffer = new PieceBuffer();
    let worst = 0;
    for (let count = 1; count <= 100; count++) {
      buffer.add(Uint8Array.of(7), 0, 1, 4096);
      buffer.add(new Uint8Array(5120), 0, 4096, 0);
      worst = Math.max(worst, buffer.heldBytes - limitFor(buffer.length));
    }
    expect(worst).toBeLessThanOrEqual(0);
  });

  test('does not allocate what the peer only announces', () => {
    const buffer = new PieceBuffer();
    buffer.add(Uint8Array.of(1), 0, 1, 1024 * 1024 * 1024);
    expect(buffer.heldBytes).toBeLessThanOrEqual(limitFor(1));
  });

  test('keeps whole chunks of a long message where they are, and copies them once', () => {
    const buffer = new PieceBuffer();
    const chunk = pattern(65536);
    buffer.add(chunk, 14, chunk.length, 1_000_000);
    expect(buffer.heldBytes).toBe(65536);
    buffer.add(chunk, 0, 10, 0);
    expect(Buffer.compare(buffer.take(), concat(chunk.slice(14), chunk.slice(0, 10)))).toBe(0);
  });

  test('does not keep a large memory alive for a small part of it', () => {
    const buffer = new PieceBuffer();
    const memory = new Uint8Array(1024 * 1024);
    buffer.add(memory, 0, 5000, 0);
    expect(buffer.heldBytes).toBeLessThanOrEqual(limitFor(5000));
  });

  test('moves what lies in memory that is used again, also when it is a Buffer', () => {
    const buffer = new PieceBuffer();
    const memory = Buffer.from(pattern(8192).buffer);
    buffer.add(memory, 0, 8192, 8192);
    buffer.detach(memory.buffer);
    memory.fill(0);
    expect(Buffer.compare(buffer.take(), pattern(8192))).toBe(0);
  });
});
