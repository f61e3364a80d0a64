import { describe, expect, test } from 'vitest';

import type { HandshakeErrorCode } from '../../src/protocol/errors.ts';
import { HandshakeError } from '../../src/protocol/errors.ts';
import type { RawHeaders } from '../../src/protocol/http-message.ts';
import {
  buildRefusal,
  buildRequest,
  buildResponse,
  checkRequest,
  checkResponse,
  computeAccept,
  encodeKey,
  type HandshakeOffer,
  type SentRequest,
} from '../../src/protocol/opening-handshake.ts';
import vectors from '../vectors/rfc6455.json' with { type: 'json' };
import { hex, toHex, utf8 } from './support/bytes.ts';
import { rawHeaders } from './support/raw-headers.ts';
import { sha1 } from './support/sha1.ts';

const { key: KEY, accept: ACCEPT } = vectors.handshake;

/** The request of §1.3, with `changes` made to it: a value, several, or null to leave one out. */
function request(
  changes: Record<string, string | readonly string[] | null> = {},
  { method = 'GET', httpVersion = '1.1', target = '/chat' } = {},
) {
  const fields: Record<string, string | readonly string[] | null> = {
    Host: 'server.example.com',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': KEY,
    Origin: 'http://example.com',
    'Sec-WebSocket-Protocol': 'chat, superchat',
    'Sec-WebSocket-Version': '13',
    ...changes,
  };
  return { method, httpVersion, target, headers: rawHeaders(fields) };
}

function requestProblems(...input: Parameters<typeof request>) {
  const check = checkRequest(request(...input));
  return check.ok ? [] : check.problems.map(({ code, status }) => `${status} ${code}`);
}

function offer(changes: Record<string, string | readonly string[] | null> = {}): HandshakeOffer {
  const check = checkRequest(request(changes));
  if (!check.ok) throw check.problems[0];
  return check.offer;
}

describe('Sec-WebSocket-Accept', () => {
  test('is the one of §1.3 for the key of §1.3', () => {
    expect(computeAccept(KEY, sha1)).toBe(ACCEPT);
    expect(toHex(sha1(utf8(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)))).toBe(
      vectors.handshake.sha1,
    );
  });
});

describe('Sec-WebSocket-Key', () => {
  test('is base64 of 16 bytes (§4.1)', () => {
    expect(encodeKey(utf8('the sample nonce'))).toBe(KEY);
    expect(encodeKey(hex('00'.repeat(16)))).toBe('AAAAAAAAAAAAAAAAAAAAAA==');
    expect(encodeKey(hex('ff'.repeat(16)))).toBe('/////////////////////w==');
  });

  test('is not made of any other number of bytes', () => {
    expect(() => encodeKey(new Uint8Array(15))).toThrow(RangeError);
  });
});

describe('server, reading a request', () => {
  test('accepts the one of §1.3', () => {
    expect(offer()).toEqual({
      host: 'server.example.com',
      key: KEY,
      protocols: ['chat', 'superchat'],
      extensions: [],
      origin: 'http://example.com',
    });
  });

  test('needs neither subprotocols nor extensions nor an origin', () => {
    expect(offer({ Origin: null, 'Sec-WebSocket-Protocol': null })).toMatchObject({
      protocols: [],
      extensions: [],
      origin: undefined,
    });
  });

  test('reads names in any case, and lists over several lines', () => {
    const check = checkRequest({
      method: 'GET',
      httpVersion: '1.1',
      target: '/',
      headers: rawHeaders({
        HOST: 'a',
        upgrade: 'WebSocket',
        CONNECTION: 'keep-alive, upgrade',
        'sec-websocket-key': ` ${KEY}\t`,
        'SEC-WEBSOCKET-VERSION': '13',
        'Sec-WebSocket-Protocol': 'a',
        'sec-websocket-protocol': 'b, c',
        'Sec-WebSocket-Extensions': 'x; y=1',
        'sec-websocket-extensions': 'z',
      }),
    });
    expect(check).toMatchObject({
      ok: true,
      offer: {
        protocols: ['a', 'b', 'c'],
        extensions: [{ name: 'x', parameters: [{ name: 'y', value: '1' }] }, { name: 'z' }],
      },
    });
  });

  test.each<[string, Parameters<typeof request>, string]>([
    ['POST', [{}, { method: 'POST' }], '405 PW_WS_METHOD'],
    ['HEAD', [{}, { method: 'HEAD' }], '405 PW_WS_METHOD'],
    ['get in lower case', [{}, { method: 'get' }], '405 PW_WS_METHOD'],
    ['HTTP/1.0', [{}, { httpVersion: '1.0' }], '400 PW_WS_HTTP_VERSION'],
    ['HTTP/0.9', [{}, { httpVersion: '0.9' }], '400 PW_WS_HTTP_VERSION'],
    ['a version that is none', [{}, { httpVersion: 'x' }], '400 PW_WS_HTTP_VERSION'],
    ['an empty target', [{}, { target: '' }], '400 PW_WS_TARGET'],
    ['a target with a fragment', [{}, { target: '/a#b' }], '400 PW_WS_TARGET'],
    ['the target *', [{}, { target: '*' }], '400 PW_WS_TARGET'],
    ['no Host', [{ Host: null }], '400 PW_WS_HOST'],
    ['an empty Host', [{ Host: '' }], '400 PW_WS_HOST'],
    ['two Hosts', [{ Host: ['a', 'a'] }], '400 PW_WS_HOST'],
    ['a Host with a path', [{ Host: 'a/b' }], '400 PW_WS_HOST'],
    ['a Host with a user', [{ Host: 'a@b' }], '400 PW_WS_HOST'],
    ['no Upgrade', [{ Upgrade: null }], '426 PW_WS_UPGRADE'],
    ['another Upgrade', [{ Upgrade: 'h2c' }], '400 PW_WS_UPGRADE'],
    ['an Upgrade that only begins so', [{ Upgrade: 'websockets' }], '400 PW_WS_UPGRADE'],
    ['no Connection', [{ Connection: null }], '400 PW_WS_CONNECTION'],
    ['another Connection', [{ Connection: 'keep-alive' }], '400 PW_WS_CONNECTION'],
    ['a body', [{ 'Content-Length': '5' }], '400 PW_WS_BODY'],
    ['a chunked body', [{ 'Transfer-Encoding': 'chunked' }], '400 PW_WS_BODY'],
    ['version 12', [{ 'Sec-WebSocket-Version': '12' }], '426 PW_WS_VERSION'],
    ['the draft version 8', [{ 'Sec-WebSocket-Version': '8' }], '426 PW_WS_VERSION'],
    ['no version', [{ 'Sec-WebSocket-Version': null }], '426 PW_WS_VERSION'],
    ['a list of versions', [{ 'Sec-WebSocket-Version': '13, 8' }], '400 PW_WS_VERSION'],
    ['two versions', [{ 'Sec-WebSocket-Version': ['13', '13'] }], '400 PW_WS_VERSION'],
    ['version 013', [{ 'Sec-WebSocket-Version': '013' }], '400 PW_WS_VERSION'],
    ['version 1e1', [{ 'Sec-WebSocket-Version': '1e1' }], '400 PW_WS_VERSION'],
    ['version 256', [{ 'Sec-WebSocket-Version': '256' }], '400 PW_WS_VERSION'],
    ['no key', [{ 'Sec-WebSocket-Key': null }], '400 PW_WS_KEY'],
    ['the key abc', [{ 'Sec-WebSocket-Key': 'abc' }], '400 PW_WS_KEY'],
    ['two keys', [{ 'Sec-WebSocket-Key': [KEY, KEY] }], '400 PW_WS_KEY'],
    [
      'a key of 24 characters with stray bits in its tail',
      [{ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZR==' }],
      '400 PW_WS_KEY',
    ],
    [
      'a key of 24 characters without padding',
      [{ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQAA' }],
      '400 PW_WS_KEY',
    ],
    ['a key of 15 bytes', [{ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25j' }], '400 PW_WS_KEY'],
    ['a key of 17 bytes', [{ 'Sec-WebSocket-Key': `${KEY.slice(0, 22)}AA==` }], '400 PW_WS_KEY'],
    ['a key in URL-safe base64', [{ 'Sec-WebSocket-Key': `-_${KEY.slice(2)}` }], '400 PW_WS_KEY'],
    [
      'subprotocols without a comma',
      [{ 'Sec-WebSocket-Protocol': 'a b' }],
      '400 PW_WS_PROTOCOL_SYNTAX',
    ],
    ['an empty list', [{ 'Sec-WebSocket-Protocol': '' }], '400 PW_WS_PROTOCOL_SYNTAX'],
    [
      'a subprotocol twice',
      [{ 'Sec-WebSocket-Protocol': ['a, b', 'a'] }],
      '400 PW_WS_PROTOCOL_SYNTAX',
    ],
    [
      'extensions that break the grammar',
      [{ 'Sec-WebSocket-Extensions': 'a; b="' }],
      '400 PW_WS_EXTENSION_SYNTAX',
    ],
    ['two Origins', [{ Origin: ['http://a', 'http://b'] }], '400 PW_WS_ORIGIN'],
  ])('refuses %s (§4.2.1)', (_, input, problem) => {
    expect(requestProblems(...input)).toEqual([problem]);
  });

  test('takes an absolute target, and a Content-Length of 0', () => {
    expect(requestProblems({}, { target: 'http://server.example.com/chat?x' })).toEqual([]);
    expect(requestProblems({ 'Content-Length': '0' })).toEqual([]);
  });

  test('takes white space of every legal kind around the tokens of Connection', () => {
    expect(requestProblems({ Connection: 'keep-alive,\tUpgrade\t' })).toEqual([]);
  });

  test('names every broken rule at once, for whoever wants to know', () => {
    const check = checkRequest({ method: 'POST', httpVersion: '1.0', target: '', headers: [] });
    expect(check.ok ? [] : check.problems.map(({ code }) => code)).toEqual([
      'PW_WS_METHOD',
      'PW_WS_HTTP_VERSION',
      'PW_WS_TARGET',
      'PW_WS_HOST',
      'PW_WS_UPGRADE',
      'PW_WS_CONNECTION',
      'PW_WS_VERSION',
      'PW_WS_KEY',
    ]);
  });

  test('finds no key in the request line, nor in names of Object.prototype', () => {
    const check = checkRequest({
      method: 'GET',
      httpVersion: '1.1',
      target: `/?Sec-WebSocket-Key:${KEY}`,
      headers: ['constructor', KEY, '__proto__', 'Sec-WebSocket-Key'],
    });
    expect(check.ok).toBe(false);
  });

  test('puts nothing the client sent into the error', () => {
    const check = checkRequest(request({ 'Sec-WebSocket-Key': 'secret-thing' }));
    expect(JSON.stringify(check)).not.toContain('secret-thing');
    expect(check.ok ? '' : check.problems[0].message).not.toContain('secret-thing');
  });
});

describe('server, answering', () => {
  test('writes the 101 of §1.3', () => {
    expect(buildResponse({ offer: offer(), sha1, protocol: 'chat' })).toEqual({
      status: 101,
      headers: rawHeaders({
        Upgrade: 'websocket',
        Connection: 'Upgrade',
        'Sec-WebSocket-Accept': ACCEPT,
        'Sec-WebSocket-Protocol': 'chat',
      }),
    });
  });

  test('names no subprotocol and no extension unless one was chosen (§4.2.2)', () => {
    const { headers } = buildResponse({ offer: offer(), sha1 });
    expect(headers).not.toContain('Sec-WebSocket-Protocol');
    expect(headers).not.toContain('Sec-WebSocket-Extensions');
  });

  test('cannot be made to answer what was not asked', () => {
    expect(() => buildResponse({ offer: offer(), sha1, protocol: 'Chat' })).toThrow(TypeError);
    const extensions = [{ name: 'x', parameters: [] }];
    expect(() => buildResponse({ offer: offer(), sha1, extensions })).toThrow(TypeError);
    const offered = offer({ 'Sec-WebSocket-Extensions': 'x; y' });
    expect(buildResponse({ offer: offered, sha1, extensions }).headers.slice(-2)).toEqual([
      'Sec-WebSocket-Extensions',
      'x',
    ]);
  });

  test('adds headers of the application, but not those of the handshake', () => {
    const headers = ['Set-Cookie', 'a=b'];
    expect(buildResponse({ offer: offer(), sha1, headers }).headers.slice(-2)).toEqual(headers);
    for (const name of ['Upgrade', 'sec-websocket-accept', 'Content-Length']) {
      expect(() => buildResponse({ offer: offer(), sha1, headers: [name, 'x'] })).toThrow(
        TypeError,
      );
    }
  });

  test.each<[HandshakeErrorCode, number, Record<string, string>]>([
    ['PW_WS_METHOD', 405, { Allow: 'GET' }],
    ['PW_WS_VERSION', 426, { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }],
    ['PW_WS_ORIGIN', 403, {}],
  ])('refuses %s with %i, and says why', (code, status, extra) => {
    const error = new HandshakeError(code);
    const response = buildRefusal(error, ['X-Extra', '1']);
    expect(response.status).toBe(status);
    expect(response.body).toBe(`${error.message}\n${error.advice}\n`);
    const expected = rawHeaders({
      Connection: 'close',
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': String(Buffer.byteLength(response.body ?? '')),
      ...extra,
      'X-Extra': '1',
    });
    expect(response.headers).toEqual(expected);
  });

  test('names the supported version beside a malformed one too (§4.2.2)', () => {
    const error = new HandshakeError('PW_WS_VERSION', { status: 400 });
    expect(buildRefusal(error)).toMatchObject({ status: 400 });
    expect(buildRefusal(error).headers).toContain('Sec-WebSocket-Version');
  });
});

describe('client, asking', () => {
  const options = { host: 'server.example.com', target: '/chat', key: KEY };

  test('writes a request that the server accepts', () => {
    const built = buildRequest({
      ...options,
      protocols: ['chat', 'superchat'],
      extensions: [{ name: 'x', parameters: [{ name: 'y', value: '1' }] }],
      origin: 'http://example.com',
      headers: ['Cookie', 'a=b'],
    });
    expect(built.headers.slice(-2)).toEqual(['Cookie', 'a=b']);
    expect(checkRequest(built)).toEqual({
      ok: true,
      offer: {
        host: 'server.example.com',
        key: KEY,
        protocols: ['chat', 'superchat'],
        extensions: [{ name: 'x', parameters: [{ name: 'y', value: '1' }] }],
        origin: 'http://example.com',
      },
    });
  });

  test('asks for nothing it was not told to', () => {
    const names = buildRequest(options).headers.filter((_, index) => index % 2 === 0);
    expect(names.join(' ')).toBe('Host Upgrade Connection Sec-WebSocket-Key Sec-WebSocket-Version');
  });

  test.each<[string, Partial<Parameters<typeof buildRequest>[0]>]>([
    ['a host with a line end', { host: 'a\r\nX: y' }],
    ['no host', { host: '' }],
    ['a target with a space', { target: '/a b' }],
    ['a target with a line end', { target: '/a\r\nX: y' }],
    ['a target with a fragment', { target: '/a#b' }],
    ['a bad key', { key: 'abc' }],
    ['an empty subprotocol', { protocols: [''] }],
    ['a subprotocol that is not a token', { protocols: ['a b'] }],
    ['a subprotocol twice', { protocols: ['a', 'a'] }],
    ['an origin with a line end', { origin: 'http://a\r\nX: y' }],
    ['a header of the handshake', { headers: ['Sec-WebSocket-Key', KEY] }],
    ['a header with a line end', { headers: ['Cookie', 'a\r\nX: y'] }],
  ])('is not made to write %s', (_, changes) => {
    expect(() => buildRequest({ ...options, ...changes })).toThrow(TypeError);
  });
});

describe('client, reading the answer', () => {
  const GOOD = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': ACCEPT };

  function check(
    changes: Record<string, string | readonly string[] | null> = {},
    sent: Partial<SentRequest> = {},
    status = 101,
  ) {
    const headers: RawHeaders = rawHeaders({ ...GOOD, ...changes });
    const result = checkResponse({ status, headers }, { key: KEY, ...sent }, sha1);
    return result.ok ? result.agreement : result.problems.map(({ code }) => code);
  }

  const NONE = { protocol: '', extensions: [] };
  const PROTOCOL = 'Sec-WebSocket-Protocol';

  test('accepts a plain 101', () => {
    expect(check()).toEqual(NONE);
  });

  test('understands a list in Connection, and any case', () => {
    expect(check({ Connection: 'keep-alive, Upgrade' })).toEqual(NONE);
    expect(check({ Upgrade: 'WebSocket', Connection: 'upgrade' })).toEqual(NONE);
  });

  test('ignores white space around Sec-WebSocket-Accept (§4.1)', () => {
    expect(check({ 'Sec-WebSocket-Accept': ` ${ACCEPT}\t` })).toEqual(NONE);
  });

  test.each([200, 301, 400, 426, 503, 100])('refuses the status %i', (status) => {
    expect(check({}, {}, status)).toEqual(['PW_WS_RESPONSE_STATUS']);
  });

  test.each<[string, Record<string, string | readonly string[] | null>, HandshakeErrorCode]>([
    ['no Upgrade', { Upgrade: null }, 'PW_WS_RESPONSE_UPGRADE'],
    ['another Upgrade', { Upgrade: 'h2c' }, 'PW_WS_RESPONSE_UPGRADE'],
    ['a list in Upgrade', { Upgrade: 'websocket, h2c' }, 'PW_WS_RESPONSE_UPGRADE'],
    ['two Upgrades', { Upgrade: ['websocket', 'websocket'] }, 'PW_WS_RESPONSE_UPGRADE'],
    ['no Connection', { Connection: null }, 'PW_WS_RESPONSE_CONNECTION'],
    ['another Connection', { Connection: 'close' }, 'PW_WS_RESPONSE_CONNECTION'],
    ['no accept', { 'Sec-WebSocket-Accept': null }, 'PW_WS_RESPONSE_ACCEPT'],
    ['two accepts', { 'Sec-WebSocket-Accept': [ACCEPT, ACCEPT] }, 'PW_WS_RESPONSE_ACCEPT'],
    [
      'the accept of another key',
      { 'Sec-WebSocket-Accept': computeAccept('AAAAAAAAAAAAAAAAAAAAAA==', sha1) },
      'PW_WS_RESPONSE_ACCEPT',
    ],
    [
      'an accept in another case',
      { 'Sec-WebSocket-Accept': ACCEPT.toLowerCase() },
      'PW_WS_RESPONSE_ACCEPT',
    ],
    [
      'an extension nobody offered',
      { 'Sec-WebSocket-Extensions': 'permessage-deflate' },
      'PW_WS_RESPONSE_EXTENSION',
    ],
    [
      'extensions that break the grammar',
      { 'Sec-WebSocket-Extensions': 'x;' },
      'PW_WS_RESPONSE_EXTENSION',
    ],
  ])('refuses %s (§4.1)', (_, changes, code) => {
    expect(check(changes, { extensions: [{ name: 'x', parameters: [] }] })).toEqual([code]);
  });

  test('accepts an extension it offered, with the parameters of the answer', () => {
    const sent = { extensions: [{ name: 'x', parameters: [] }] };
    expect(check({ 'Sec-WebSocket-Extensions': 'x; y=1' }, sent)).toEqual({
      protocol: '',
      extensions: [{ name: 'x', parameters: [{ name: 'y', value: '1' }] }],
    });
  });

  // The rows of the matrix that is not about bytes: A–K of the measured responses.
  const UNASKED = ['PW_WS_RESPONSE_PROTOCOL'];

  test.each<[string, string | readonly string[] | null, string[], unknown]>([
    ['nothing although nothing was asked', null, [], NONE],
    ['chat although nothing was asked', 'chat', [], UNASKED],
    ['chat when asked for it', 'chat', ['chat'], { ...NONE, protocol: 'chat' }],
    ['chat when asked for both', 'chat', ['superchat', 'chat'], { ...NONE, protocol: 'chat' }],
    ['nothing when asked', null, ['chat', 'superchat'], ['PW_WS_RESPONSE_NO_PROTOCOL']],
    ['both when asked for both', 'chat, superchat', ['chat', 'superchat'], UNASKED],
    ['Chat when asked for chat', 'Chat', ['chat'], UNASKED],
    ['an empty value', '', ['chat'], UNASKED],
    ['the header twice', ['chat', 'chat'], ['chat'], UNASKED],
  ])('answered with the subprotocol %s', (_, answer, protocols, expected) => {
    expect(check({ [PROTOCOL]: answer }, { protocols })).toEqual(expected);
  });

  test('names every broken rule at once', () => {
    const result = checkResponse({ status: 200, headers: [] }, { key: KEY }, sha1);
    expect(result.ok ? [] : result.problems.map(({ code }) => code)).toEqual([
      'PW_WS_RESPONSE_STATUS',
      'PW_WS_RESPONSE_UPGRADE',
      'PW_WS_RESPONSE_CONNECTION',
      'PW_WS_RESPONSE_ACCEPT',
    ]);
  });
});
