import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { FINDING_CODES, type FindingCode } from '../../src/protocol/finding.ts';
import {
  examineResponse,
  type ExamineResponseOptions,
} from '../../src/protocol/examine-response.ts';
import { computeAccept } from '../../src/protocol/opening-handshake.ts';
import { buildDeflateOffer } from '../../src/protocol/permessage-deflate.ts';
import { encodeBase64 } from '../../src/protocol/base64.ts';
import vectors from '../vectors/rfc6455.json' with { type: 'json' };
import { OTHER_ANSWERS, TUTORIAL_ANSWERS } from '../vectors/handshake-answers.ts';
import { toHex, utf8 } from './support/bytes.ts';
import { sha1 } from './support/sha1.ts';

const { key: SAMPLE_KEY, accept: SAMPLE_ACCEPT } = vectors.handshake;
const KEY = 'AQIDBAUGBwgJCgsMDQ4PEA==';
const ACCEPT = computeAccept(KEY, sha1);
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

function examine(text: string, changes: Partial<ExamineResponseOptions> = {}) {
  const diagnosis = examineResponse(bytesOf(text), {
    sent: { key: KEY },
    sha1,
    ending: 'silent',
    ...changes,
  });
  if (diagnosis === undefined) throw new Error('expected a diagnosis');
  return diagnosis;
}

function codes(...input: Parameters<typeof examine>): FindingCode[] {
  return examine(...input).findings.map(({ code }) => code);
}

/** A 101 that is right but for what `edit` does to it. */
function answer(edit: (text: string) => string = (text) => text, accept = ACCEPT): string {
  return edit(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
}

describe("the doctor's reading of an answer", () => {
  test.each([...TUTORIAL_ANSWERS, ...OTHER_ANSWERS])(
    'explains $name: $findings',
    ({ protocols, write, findings, opens }) => {
      const diagnosis = examine(write(ACCEPT), { sent: { key: KEY, protocols } });
      expect(diagnosis.findings.map(({ code }) => code)).toEqual(findings);
      expect(diagnosis.opens).toBe(opens);
    },
  );

  test('answers the open question of the tutorial: two mistakes, of which each is enough', () => {
    const [, twoLines] = TUTORIAL_ANSWERS;
    const { findings } = examine(twoLines?.write(ACCEPT) ?? '');
    expect(findings).toEqual([
      {
        code: 'missing-blank-line',
        severity: 'error',
        section: 'RFC 9112 §2.1',
        expected: '\\r\\n\\r\\n',
      },
      {
        code: 'protocol-unrequested',
        severity: 'error',
        section: 'RFC 6455 §4.1',
        found: 'Sec-WebSocket-Protocol: chat',
      },
    ]);
  });

  test('shows what came and what should have come', () => {
    expect(examine(answer((text) => text, 'nonsense')).findings).toEqual([
      {
        code: 'accept-wrong',
        severity: 'error',
        section: 'RFC 6455 §4.1',
        found: 'Sec-WebSocket-Accept: nonsense',
        expected: `Sec-WebSocket-Accept: ${ACCEPT}`,
      },
    ]);
  });

  test.each([
    ['of the sample key of §1.3', SAMPLE_ACCEPT, 'accept-of-sample-key'],
    [
      'of the decoded key',
      encodeBase64(sha1(new Uint8Array([...bytesOf(atob(KEY)), ...utf8(GUID)]))),
      'accept-of-decoded-key',
    ],
    ['in hexadecimal', toHex(sha1(utf8(KEY + GUID))), 'accept-of-hex'],
    ['of the hexadecimal text', btoa(toHex(sha1(utf8(KEY + GUID)))), 'accept-of-hex'],
    [
      'of the hexadecimal text in capitals',
      btoa(toHex(sha1(utf8(KEY + GUID))).toUpperCase()),
      'accept-of-hex',
    ],
    ['of the key alone', encodeBase64(sha1(utf8(KEY))), 'accept-without-guid'],
    [
      'with the GUID in lower case',
      encodeBase64(sha1(utf8(KEY + GUID.toLowerCase()))),
      'accept-guid-case',
    ],
    ['that is the key', KEY, 'accept-copies-key'],
  ])('recognizes an accept value %s (§4.2.2)', (_name, accept, code) => {
    expect(codes(answer((text) => text, accept))).toEqual([code]);
  });

  test('takes the sample accept for what it is when the key is the sample key (§1.3)', () => {
    expect(
      codes(
        answer((text) => text, SAMPLE_ACCEPT),
        { sent: { key: SAMPLE_KEY } },
      ),
    ).toEqual([]);
  });

  test('reads on behind the first mistake', () => {
    const text = answer((right) =>
      right
        .replace('Upgrade: websocket', 'Upgrade: Websocket, h2c')
        .replace('Connection: Upgrade', 'Connection: close')
        .replaceAll('\r\n', '\n'),
    );
    expect(codes(text)).toEqual(['lf-line-ends', 'upgrade-wrong', 'connection-wrong']);
  });

  test('says nothing of headers that never came', () => {
    const cut = answer((right) => right.slice(0, right.indexOf('Accept')));
    expect(codes(cut, { ending: 'closed' })).toEqual(['head-cut-short']);
  });

  test('takes a frame behind the last header for a missing blank line (RFC 9112 §2.1)', () => {
    const frame = '\x81\x05hello';
    const text = answer((right) => right.slice(0, -2) + frame);
    expect(codes(text, { ending: 'silent' })).toEqual(['missing-blank-line']);
    expect(codes(answer() + frame)).toEqual([]);
  });

  test('takes a field without any line end for a missing blank line', () => {
    expect(codes(answer((right) => right.slice(0, -4)))).toEqual(['missing-blank-line']);
  });

  test('finds a body announced in a 101 (RFC 9110 §8.6)', () => {
    const text = answer((right) => right.replace('Upgrade:', 'Content-Length: 0\r\nUpgrade:'));
    expect(examine(text)).toMatchObject({ opens: true, findings: [{ code: 'body-announced' }] });
  });

  test('finds parameters of permessage-deflate that must not be answered (RFC 7692 §7.1)', () => {
    const deflate = {
      serverContextTakeover: true,
      clientContextTakeover: true,
      serverMaxWindowBits: 15,
      clientMaxWindowBits: 15,
    };
    const sent = { key: KEY, extensions: [buildDeflateOffer(deflate)] };
    const withAnswer = (value: string) =>
      answer((right) =>
        right.replace('Upgrade:', `Sec-WebSocket-Extensions: ${value}\r\nUpgrade:`),
      );
    const good = withAnswer('permessage-deflate; server_no_context_takeover');
    expect(codes(good, { sent, deflate })).toEqual([]);
    const bad = withAnswer('permessage-deflate; server_max_window_bits=08');
    expect(codes(bad, { sent, deflate })).toEqual(['extension-parameters']);
  });

  test.each([
    ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x46', 'tls-port'],
    ['HTTP/2 SETTINGS', '\x00\x00\x00\x04\x00\x00\x00\x00\x00', 'http2-only'],
    ['the banner of SSH', 'SSH-2.0-OpenSSH_9.6\r\n', 'not-http'],
  ])('recognizes %s', (_name, text, code) => {
    expect(codes(text, { ending: 'closed' })).toEqual([code]);
  });

  test.each([
    ['nginx', 'The plain HTTP request was sent to HTTPS port'],
    ['Go', 'Client sent an HTTP request to an HTTPS server.'],
    ['Apache', "You're speaking plain HTTP to an SSL-enabled server port."],
  ])('recognizes the words of %s for a TLS port', (_name, words) => {
    expect(codes(`HTTP/1.1 400 Bad Request\r\n\r\n${words}`)).toEqual(['tls-port']);
  });

  test('recognizes the words of Node for a port that speaks HTTP/2 only', () => {
    const text = 'HTTP/1.0 403 Forbidden\r\n\r\nMissing ALPN Protocol, expected `h2`.';
    expect(codes(text)).toEqual(['http2-only']);
  });

  test('masks user, password and query of the address a redirect names', () => {
    const text = 'HTTP/1.1 302 Found\r\nLocation: https://u:p@example.com/ws?token=1#x\r\n\r\n';
    expect(examine(text).findings).toMatchObject([
      { code: 'redirect', found: '302, Location: https://***@example.com/ws?***#***' },
    ]);
  });

  test('waits for the rest of an answer that may still go on', () => {
    const whole = answer();
    for (let length = 0; length < whole.length; length++) {
      const diagnosis = examineResponse(bytesOf(whole.slice(0, length)), {
        sent: { key: KEY },
        sha1,
        ending: 'open',
      });
      expect(diagnosis).toBeUndefined();
    }
    expect(codes(whole, { ending: 'open' })).toEqual([]);
  });

  test('tells silence from an early end', () => {
    expect(codes('', { ending: 'silent' })).toEqual(['no-answer']);
    expect(codes('', { ending: 'closed' })).toEqual(['closed-before-answer']);
  });

  test('gives printable findings of bounded length for any bytes', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary-ascii', maxLength: 2_000 }),
      fc
        .array(fc.string({ unit: 'binary-ascii', maxLength: 300 }), { maxLength: 40 })
        .map((parts) => `HTTP/1.1 101 x\r\n${parts.join('\r\n')}\r\n\r\n`),
      fc.string({ maxLength: 80 }).map((insert) => answer((right) => right.replace(': ', insert))),
    );
    fc.assert(
      fc.property(
        anything,
        fc.constantFrom('silent' as const, 'closed' as const),
        (text, ending) => {
          for (const { code, found = '', expected = '' } of examine(text, { ending }).findings) {
            expect(FINDING_CODES).toContain(code);
            expect(found).toMatch(/^[ -~]{0,124}…?$/);
            expect(expected).toMatch(/^[ -~]*$/);
          }
        },
      ),
    );
  });
});
