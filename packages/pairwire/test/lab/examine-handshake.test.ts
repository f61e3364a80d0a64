import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { examineHandshake } from '../../src/lab/examine-handshake.ts';

const lines = (...all: string[]) => Buffer.from(all.map((line) => `${line}\r\n`).join(''));
const ask = (...more: string[]) =>
  lines(
    'GET /chat HTTP/1.1',
    'Host: example.org',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...more,
    '',
  );
const ANSWER = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
];
const codes = (request: Uint8Array, response: Uint8Array) =>
  examineHandshake(request, response).findings.map(({ code }) => code);

describe('examineHandshake', () => {
  test('finds nothing wrong with the example of RFC 6455 §1.3', () => {
    const chat = 'Sec-WebSocket-Protocol: chat';
    expect(examineHandshake(ask(), lines(...ANSWER, ''))).toEqual({ findings: [], opens: true });
    expect(examineHandshake(ask(chat), lines(...ANSWER, chat, '')).opens).toBe(true);
  });

  test('answers the open question of the tutorial: two mistakes, each enough', () => {
    const chat = 'Sec-WebSocket-Protocol: chat';
    expect(codes(ask(), lines(...ANSWER, chat))).toContain('missing-blank-line');
    expect(codes(ask(), lines(...ANSWER, chat, ''))).toEqual(['protocol-unrequested']);
    expect(examineHandshake(ask(), lines(...ANSWER, chat, '')).opens).toBe(false);
  });

  test('says it in both languages, with the section', () => {
    const [finding] = examineHandshake(ask(), lines(...ANSWER)).findings;
    expect(finding).toMatchObject({ of: 'response', severity: 'error' });
    expect(finding?.section).toMatch(/^RFC \d+ §/);
    expect(finding?.texts.en.what).not.toBe('');
    expect(finding?.texts.zh.advice).toMatch(/\p{Script=Han}/u);
  });

  test('holds the request to the rules as well', () => {
    expect(codes(lines('GET /chat HTTP/1.1', 'Host: a', ''), lines(...ANSWER, ''))).toContain(
      'request-without-upgrade',
    );
  });

  test('makes something of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (request, response) => {
        expect(typeof examineHandshake(request, response).opens).toBe('boolean');
      }),
    );
  });
});
