import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  checkFrameHeader,
  decodeFrameHeader,
  encodeFrame,
  FrameHeader,
  frameHeaderLength,
  RSV1,
  type Role,
} from '../../src/protocol/frame.ts';
import { Opcode } from '../../src/protocol/opcode.ts';
import { hex, pattern, toHex, utf8 } from './support/bytes.ts';
import { rawFrame, MASK } from './support/raw-frame.ts';

/** The masking key of the RFC's examples, 37 fa 21 3d. */
const KEY = 0x3d21fa37;

function decode(bytes: Uint8Array) {
  const header = new FrameHeader();
  return { headerLength: decodeFrameHeader(bytes, 0, bytes.length, header), header };
}

describe('encodeFrame', () => {
  test('writes the frames of §5.7', () => {
    const hello = utf8('Hello');
    expect(toHex(encodeFrame({ opcode: Opcode.text, payload: hello }))).toBe('810548656c6c6f');
    expect(toHex(encodeFrame({ opcode: Opcode.text, payload: hello }, KEY))).toBe(
      '818537fa213d7f9f4d5158',
    );
    expect(toHex(encodeFrame({ opcode: Opcode.text, fin: false, payload: utf8('Hel') }))).toBe(
      '010348656c',
    );
    expect(toHex(encodeFrame({ opcode: Opcode.continuation, payload: utf8('lo') }))).toBe(
      '80026c6f',
    );
  });

  test.each([0, 1, 125, 126, 127, 128, 65534, 65535, 65536, 65537, 200_000])(
    'writes %i bytes with the shortest length field, in network order (§5.2)',
    (length) => {
      const payload = pattern(length);
      for (const mask of [undefined, MASK]) {
        const key = mask === undefined ? undefined : KEY;
        const frame = encodeFrame({ opcode: Opcode.binary, payload }, key);
        expect(Buffer.compare(frame, rawFrame({ opcode: 2, payload, mask }))).toBe(0);
      }
    },
  );

  test('leaves the payload it was given as it was', () => {
    const payload = utf8('Hello');
    encodeFrame({ opcode: Opcode.text, payload }, KEY);
    expect(payload).toEqual(utf8('Hello'));
  });
});

describe('decodeFrameHeader', () => {
  test('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(Opcode)),
        fc.boolean(),
        fc.constantFrom(0, RSV1),
        fc.oneof(fc.nat(200), fc.nat(70_000)),
        fc.option(fc.integer(), { nil: undefined }),
        (opcode, fin, reservedBits, length, key) => {
          const payload = new Uint8Array(length);
          const frame = encodeFrame({ opcode, fin, reservedBits, payload }, key);
          const { headerLength, header } = decode(frame);
          expect(headerLength).toBe(frame.length - length);
          expect(headerLength).toBe(frameHeaderLength(length, key !== undefined));
          expect(header).toEqual({
            opcode,
            fin,
            reservedBits,
            payloadLength: length,
            masked: key !== undefined,
            maskingKey: key ?? 0,
            nonMinimal: false,
            topBitSet: false,
          });
        },
      ),
    );
  });

  test('waits for the last byte of every form of header', () => {
    for (const lengthBits of [7, 16, 64] as const) {
      for (const mask of [undefined, MASK]) {
        const bytes = rawFrame({ opcode: 2, mask, lengthBits, announce: 100n });
        for (let length = 0; length < bytes.length; length++) {
          expect(decode(bytes.slice(0, length)).headerLength).toBe(0);
        }
        expect(decode(bytes).headerLength).toBe(bytes.length);
      }
    }
  });

  test.each([
    [125n, 16, true],
    [126n, 16, false],
    [0n, 64, true],
    [65535n, 64, true],
    [65536n, 64, false],
  ] as const)('%d in %d bits: non-minimal is %s (§5.2)', (announce, lengthBits, nonMinimal) => {
    const { header } = decode(rawFrame({ opcode: 2, lengthBits, announce }));
    expect(header.nonMinimal).toBe(nonMinimal);
    expect(header.payloadLength).toBe(Number(announce));
  });

  test('reads every 64-bit length of the form 2^k ± 1 exactly, or as at least 2^53', () => {
    for (let bit = 1n; bit <= 63n; bit++) {
      for (const announce of [(1n << bit) - 1n, 1n << bit, (1n << bit) + 1n]) {
        const { header } = decode(rawFrame({ opcode: 2, lengthBits: 64, announce }));
        expect(header.topBitSet, `${announce}`).toBe(announce >= 1n << 63n);
        const exact = announce <= BigInt(Number.MAX_SAFE_INTEGER);
        const read = header.payloadLength;
        expect(exact ? BigInt(read) === announce : read >= 2 ** 53, `${announce}`).toBe(true);
      }
    }
  });
});

describe('checkFrameHeader', () => {
  function check(bytes: Uint8Array, receiver: Role, allowedBits = 0) {
    return checkFrameHeader(decode(bytes).header, receiver, allowedBits);
  }

  test('wants a mask from clients and none from servers (§5.1)', () => {
    const masked = rawFrame({ opcode: 1, mask: MASK });
    const unmasked = rawFrame({ opcode: 1 });
    expect(check(masked, 'server')).toBeUndefined();
    expect(check(unmasked, 'client')).toBeUndefined();
    expect(check(unmasked, 'server')).toBe('PW_WS_UNMASKED_FRAME');
    expect(check(masked, 'client')).toBe('PW_WS_MASKED_FRAME');
  });

  test('takes a mask of zeros for a mask', () => {
    expect(check(hex('818100000000 41'), 'server')).toBeUndefined();
  });

  test.each([1, 2, 3, 4, 5, 6, 7])('refuses the reserved bits %i (§5.2)', (rsv) => {
    expect(check(rawFrame({ opcode: 1, rsv }), 'client')).toBe('PW_WS_RESERVED_BITS');
  });

  test('takes RSV1 on data frames, and only there, once it has a meaning (RFC 7692 §6.1)', () => {
    expect(check(rawFrame({ opcode: 1, rsv: 4 }), 'client', RSV1)).toBeUndefined();
    expect(check(rawFrame({ opcode: 1, rsv: 6 }), 'client', RSV1)).toBe('PW_WS_RESERVED_BITS');
    expect(check(rawFrame({ opcode: 9, rsv: 4 }), 'client', RSV1)).toBe('PW_WS_RESERVED_BITS');
  });

  test.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])('refuses the opcode %i (§5.2)', (opcode) => {
    expect(check(rawFrame({ opcode }), 'client')).toBe('PW_WS_RESERVED_OPCODE');
  });

  test.each([8, 9, 10])(
    'refuses opcode %i fragmented or longer than 125 bytes (§5.5)',
    (opcode) => {
      expect(check(rawFrame({ opcode, fin: false }), 'client')).toBe('PW_WS_CONTROL_FRAGMENTED');
      expect(check(rawFrame({ opcode, announce: 126n }), 'client')).toBe('PW_WS_CONTROL_TOO_LONG');
      expect(check(rawFrame({ opcode, announce: 125n }), 'client')).toBeUndefined();
    },
  );

  test('refuses a Close whose payload would be one byte before that byte comes (§5.5.1)', () => {
    const announced = (opcode: number) => check(rawFrame({ opcode, announce: 1n }), 'client');
    expect([8, 9, 10].map(announced)).toEqual(['PW_WS_CLOSE_BODY_TOO_SHORT', undefined, undefined]);
  });

  test('refuses a 64-bit length with the top bit set (§5.2)', () => {
    const frame = rawFrame({ opcode: 2, announce: 1n << 63n });
    expect(check(frame, 'client')).toBe('PW_WS_LENGTH_TOP_BIT');
  });
});
