import { describe, expect, test } from 'vitest';

import { encodeClosePayload, isSendableCloseCode } from '../../src/protocol/close-code.ts';
import {
  ConnectionError,
  HandshakeError,
  InvalidStateError,
  ProtocolError,
  type ProtocolErrorCode,
} from '../../src/protocol/errors.ts';
import { readFileSync } from 'node:fs';

const source = readFileSync(new URL('../../src/protocol/errors.ts', import.meta.url), 'utf8');
const rules = source.slice(source.indexOf('PROTOCOL_RULES'), source.indexOf('HANDSHAKE_RULES'));
const CODES = [...new Set(rules.match(/PW_WS_\w+/g))] as ProtocolErrorCode[];

describe('ProtocolError', () => {
  test.each(CODES)('%s can go into a Close frame as it is', (code) => {
    const error = new ProtocolError(code);
    expect(isSendableCloseCode(error.closeCode)).toBe(true);
    expect(encodeClosePayload(error.closeCode, error.message).length).toBeLessThanOrEqual(125);
    expect(error.message).toContain(error.section);
  });
});

test('every kind of error has its name and a stable code', () => {
  const cause = new Error('below');
  const errors = [
    new ProtocolError('PW_WS_INVALID_UTF8'),
    new HandshakeError('PW_WS_KEY', { cause }),
    new ConnectionError('PW_WS_SOCKET', { cause }),
    new InvalidStateError('send: the connection is closed'),
  ];
  expect(errors.map(({ name, code }) => `${name} ${code}`)).toEqual([
    'ProtocolError PW_WS_INVALID_UTF8',
    'HandshakeError PW_WS_KEY',
    'ConnectionError PW_WS_SOCKET',
    'InvalidStateError PW_WS_INVALID_STATE',
  ]);
  expect(errors[1]?.cause).toBe(cause);
  expect(errors[2]?.cause).toBe(cause);
});
