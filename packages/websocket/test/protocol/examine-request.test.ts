import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { examineRequest } from '../../src/protocol/examine-request.ts';
import type { FindingCode } from '../../src/protocol/finding.ts';
import vectors from '../vectors/rfc6455.json' with { type: 'json' };

const { key: KEY } = vectors.handshake;

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

const RIGHT = [
  'GET /chat?token=secret HTTP/1.1',
  'Host: server.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Key: ${KEY}`,
  'Origin: http://example.com',
  'Sec-WebSocket-Version: 13',
  '',
  '',
].join('\r\n');

function examine(text: string, ending: 'silent' | 'closed' = 'silent') {
  const diagnosis = examineRequest(bytesOf(text), ending);
  if (diagnosis === undefined) throw new Error('expected a diagnosis');
  return diagnosis;
}

function codes(text: string): FindingCode[] {
  return examine(text).findings.map(({ code }) => code);
}

describe("the doctor's reading of a request", () => {
  test('has nothing to say of a right one (§4.2.1)', () => {
    expect(examine(RIGHT)).toMatchObject({ findings: [], opens: true });
  });

  test.each<[string, (right: string) => string, FindingCode]>([
    ['POST', (right) => right.replace('GET', 'POST'), 'request-method'],
    ['HTTP/1.0', (right) => right.replace('1.1', '1.0'), 'request-http-version'],
    ['no path', (right) => right.replace('/chat', 'chat'), 'request-target'],
    ['no Host', (right) => right.replace('Host', 'X-Host'), 'request-host'],
    [
      'no Upgrade',
      (right) => right.replace('Upgrade: websocket\r\n', ''),
      'request-without-upgrade',
    ],
    ['Upgrade: h2c', (right) => right.replace('websocket', 'h2c'), 'request-upgrade-wrong'],
    [
      'no Connection: Upgrade',
      (right) => right.replace(': Upgrade', ': close'),
      'request-connection',
    ],
    ['a body', (right) => right.replace('Host', 'Content-Length: 1\r\nHost'), 'request-body'],
    ['no key', (right) => right.replace('Sec-WebSocket-Key', 'X-Key'), 'request-key-missing'],
    ['a short key', (right) => right.replace(KEY, 'c2hvcnQ='), 'request-key-wrong'],
    [
      'two keys',
      (right) => right.replace('Host', `Sec-WebSocket-Key: ${KEY}\r\nHost`),
      'request-key-repeated',
    ],
    [
      'no version',
      (right) => right.replace('Sec-WebSocket-Version: 13\r\n', ''),
      'request-version-missing',
    ],
    ['version 8', (right) => right.replace(': 13', ': 8'), 'request-version-other'],
    ['two versions', (right) => right.replace(': 13', ': 13, 8'), 'request-version-malformed'],
    [
      'a bad subprotocol',
      (right) => right.replace('Host', 'Sec-WebSocket-Protocol: a b\r\nHost'),
      'request-protocols',
    ],
    [
      'a bad extension',
      (right) => right.replace('Host', 'Sec-WebSocket-Extensions: =\r\nHost'),
      'request-extensions',
    ],
    [
      'two origins',
      (right) => right.replace('Host', 'Origin: null\r\nHost'),
      'request-origin-repeated',
    ],
    ['no empty line', (right) => right.slice(0, -2), 'request-unfinished'],
    ['a cut header', (right) => right.slice(0, right.indexOf('Key') + 1), 'request-unfinished'],
    ['LF line ends', (right) => right.replaceAll('\r', ''), 'lf-line-ends'],
    ['a TLS greeting', () => '\x16\x03\x01\x02\x00\x01', 'plain-port'],
    ['no HTTP', () => 'EHLO example.com\r\n\r\n', 'request-not-http'],
  ])('explains %s', (_name, edit, code) => {
    expect(codes(edit(RIGHT))).toContain(code);
  });

  test('shows nothing of the target, which may hold a token', () => {
    const text = RIGHT.replace('GET', 'PUT').replace('/chat', 'chat').replace('1.1', '1.0');
    expect(JSON.stringify(examine(text).findings)).not.toContain('secret');
  });

  test('waits for the rest of a request that may still go on', () => {
    for (let length = 0; length < RIGHT.length; length++) {
      expect(examineRequest(bytesOf(RIGHT.slice(0, length)), 'open')).toBeUndefined();
    }
    expect(examineRequest(bytesOf(RIGHT), 'open')).toMatchObject({ opens: true });
  });

  test('gives a value for any bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 2_000 }), (text) => {
        for (const { found = '' } of examine(text, 'closed').findings) {
          expect(found).toMatch(/^[ -~]{0,124}…?$/);
        }
      }),
    );
  });
});
