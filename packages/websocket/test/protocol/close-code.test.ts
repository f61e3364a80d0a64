import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  decodeClosePayload,
  encodeClosePayload,
  isSendableCloseCode,
} from '../../src/protocol/close-code.ts';
import { anyText } from './support/any-text.ts';
import { hex, utf8, concat } from './support/bytes.ts';

function decode(payload: Uint8Array) {
  return decodeClosePayload(payload, 0, payload.length);
}

describe('close codes', () => {
  test('registered codes and 3000–4999 may be sent, all others not (§7.4)', () => {
    const registered = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
    const codes = Array.from({ length: 65536 }, (_, code) => code);
    expect(codes.filter(isSendableCloseCode)).toEqual(
      codes.filter((code) => registered.includes(code) || (code >= 3000 && code <= 4999)),
    );
  });

  test.each([NaN, Infinity, 1000.5, 3000.5, -1000])('%s is not a close code', (code) => {
    expect(isSendableCloseCode(code)).toBe(false);
  });
});

describe('the body of a Close frame', () => {
  test('is empty without a code, and reads as 1005 (§7.1.5)', () => {
    expect(encodeClosePayload()).toEqual(new Uint8Array(0));
    expect(decode(new Uint8Array(0))).toEqual({ code: 1005, reason: '' });
  });

  test('is the code in network order and the reason in UTF-8 (§5.5.1)', () => {
    expect(encodeClosePayload(1000, '再见')).toEqual(concat(hex('03e8'), utf8('再见')));
    expect(decode(hex('03e9'))).toEqual({ code: 1001, reason: '' });
  });

  test('decodes to what was encoded, for every code and reason', () => {
    fc.assert(
      fc.property(fc.constantFrom(1000, 1011, 3000, 4999), anyText(30), (code, reason) => {
        expect(decode(encodeClosePayload(code, reason))).toEqual({ code, reason });
      }),
    );
  });

  test('is refused when it is one byte long (§5.5.1)', () => {
    expect(decode(hex('03'))).toBe('PW_WS_CLOSE_BODY_TOO_SHORT');
  });

  test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])(
    'is refused with code %i (§7.4.1, §7.4.2)',
    (code) => {
      expect(decode(Uint8Array.of(code >>> 8, code & 0xff))).toBe('PW_WS_INVALID_CLOSE_CODE');
    },
  );

  test.each(['ff', 'ce', 'eda080', 'c080', 'f4908080'])(
    'is refused with the reason %s, which is not UTF-8 (§5.5.1)',
    (reason) => {
      expect(decode(hex(`03e8${reason}`))).toBe('PW_WS_INVALID_CLOSE_REASON');
    },
  );

  test('takes a reason of 123 bytes, not of 124 (§5.5)', () => {
    expect(encodeClosePayload(1000, 'x'.repeat(123))).toHaveLength(125);
    expect(() => encodeClosePayload(1000, 'x'.repeat(124))).toThrow(RangeError);
    expect(encodeClosePayload(1000, '界'.repeat(41))).toHaveLength(125);
    expect(() => encodeClosePayload(1000, '界'.repeat(42))).toThrow(RangeError);
  });

  test.each([1005, 1006, 1015, 999, 5000, 1000.5])('is not made with code %s', (code) => {
    expect(() => encodeClosePayload(code)).toThrow(RangeError);
  });

  test('is not made with a reason but no code', () => {
    expect(() => encodeClosePayload(undefined, 'bye')).toThrow(TypeError);
  });

  test.each([1000, null, new ArrayBuffer(8), new Uint8Array(8), {}])(
    'is not made with a reason that is no string: %s',
    (reason) => {
      expect(() => encodeClosePayload(1000, reason as never)).toThrow(TypeError);
    },
  );
});
