import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { checkPacket, isLongerThan, packetBytes, type Packet } from '../../src/protocol/packet.ts';

/** With lone surrogates, which a text in JavaScript may have. */
const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)),
});

describe('the length of a packet', () => {
  test('is the number of bytes in UTF-8 (property)', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ unit: 'grapheme' })), (text) => {
        expect(packetBytes(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });

  test('of bytes is their number', () => {
    expect(packetBytes(new Uint8Array(300))).toBe(300);
  });

  test('is compared with a limit exactly (property)', () => {
    fc.assert(
      fc.property(anyText, fc.nat(40), (text, limit) => {
        expect(isLongerThan(text, limit)).toBe(packetBytes(text) > limit);
      }),
    );
  });
});

describe('a packet to be sent', () => {
  test.each([
    ['', RangeError],
    ['字字', RangeError],
    [new Uint8Array(0), RangeError],
    [new Uint8Array(6), RangeError],
    [undefined, TypeError],
    [7, TypeError],
    [[1], TypeError],
    [new ArrayBuffer(1), TypeError],
  ])('%j is refused', (packet, error) => {
    expect(() => checkPacket(packet as Packet, 5)).toThrow(error);
  });

  test('passes up to the limit', () => {
    for (const packet of ['a', '字ab', new Uint8Array(5)]) {
      expect(() => checkPacket(packet, 5)).not.toThrow();
    }
  });
});
