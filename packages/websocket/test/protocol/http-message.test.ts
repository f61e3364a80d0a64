import { describe, expect, test } from 'vitest';

import {
  formatRequest,
  formatResponse,
  HeaderFields,
  requireExtraHeaders,
} from '../../src/protocol/http-message.ts';

describe('header fields', () => {
  const fields = new HeaderFields(['Host', ' a ', 'X', '1', 'x', '2', 'constructor', '\tc']);

  test('are found whatever the case of their name, without white space around the value', () => {
    expect(fields.only('host')).toBe('a');
  });

  test('keep every value of a repeated field, which then has no only one', () => {
    expect(fields.all('x')).toEqual(['1', '2']);
    expect(fields.only('x')).toBeUndefined();
    expect(fields.list('x')).toBe('1, 2');
  });

  test('know nothing of Object.prototype', () => {
    expect(fields.only('constructor')).toBe('c');
    expect(fields.has('tostring')).toBe(false);
    expect(fields.all('__proto__')).toEqual([]);
    expect(fields.list('hasownproperty')).toBeUndefined();
  });
});

test('a request is written with CRLF and ends with an empty line (RFC 9112 §2.1)', () => {
  expect(
    formatRequest({ method: 'GET', httpVersion: '1.1', target: '/x?y', headers: ['Host', 'a'] }),
  ).toBe('GET /x?y HTTP/1.1\r\nHost: a\r\n\r\n');
});

test('a response is written with its reason phrase and body', () => {
  expect(formatResponse({ status: 426, headers: ['Allow', 'GET'], body: 'why\n' })).toBe(
    'HTTP/1.1 426 Upgrade Required\r\nAllow: GET\r\n\r\nwhy\n',
  );
  expect(formatResponse({ status: 499, headers: [] })).toBe('HTTP/1.1 499 \r\n\r\n');
});

describe('headers of the caller', () => {
  const reserved = new Set(['host']);

  test('may be any tokens and printable values', () => {
    expect(() => requireExtraHeaders(['Cookie', 'a=b; c'], reserved)).not.toThrow();
  });

  test.each([
    [['Cookie']],
    [['Coo kie', 'a']],
    [['', 'a']],
    [['Cookie', 'a\r\nX: y']],
    [['Cookie', 'a\nX: y']],
    [['HOST', 'a']],
  ])('are refused when they would break the block: %j', (headers) => {
    expect(() => requireExtraHeaders(headers, reserved)).toThrow(TypeError);
  });
});
