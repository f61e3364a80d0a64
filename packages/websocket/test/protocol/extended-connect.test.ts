import { describe, expect, test } from 'vitest';

import {
  buildConnectRefusal,
  buildConnectRequest,
  buildConnectResponse,
  checkConnectRequest,
  checkConnectResponse,
  type ConnectRequest,
} from '../../src/protocol/extended-connect.ts';
import { HandshakeError, type HandshakeErrorCode } from '../../src/protocol/errors.ts';
import vectors from '../vectors/rfc8441.json' with { type: 'json' };

const EXAMPLE: ConnectRequest = vectors.request;
const DEFLATE = { name: 'permessage-deflate', parameters: [] };

function problems(changes: Partial<ConnectRequest>): HandshakeErrorCode[] {
  const check = checkConnectRequest({ ...EXAMPLE, ...changes });
  return check.ok ? [] : check.problems.map(({ code }) => code);
}

describe('an Extended CONNECT', () => {
  test('is read as in the example of RFC 8441 §5.1', () => {
    expect(checkConnectRequest(EXAMPLE)).toEqual({
      ok: true,
      offer: {
        host: 'server.example.com',
        key: '',
        protocols: ['chat', 'superchat'],
        extensions: [DEFLATE],
        origin: 'http://www.example.com',
      },
    });
  });

  test('is answered as in the example of RFC 8441 §5.1', () => {
    const check = checkConnectRequest(EXAMPLE);
    if (!check.ok) throw check.problems[0];
    expect(buildConnectResponse({ offer: check.offer, protocol: 'chat' })).toEqual(
      vectors.response,
    );
    expect(() => buildConnectResponse({ offer: check.offer, protocol: 'mqtt' })).toThrow(TypeError);
  });

  test('is written as in the example of RFC 8441 §5.1, but for the order', () => {
    const { headers, ...pseudo } = buildConnectRequest({
      isSecure: true,
      host: 'server.example.com',
      target: '/chat',
      origin: 'http://www.example.com',
      protocols: ['chat', 'superchat'],
      extensions: [DEFLATE],
    });
    const { headers: expected, ...expectedPseudo } = EXAMPLE;
    expect(pseudo).toEqual(expectedPseudo);
    expect(pairs(headers)).toEqual(pairs(expected));
  });

  test.each<[string, Partial<ConnectRequest>, HandshakeErrorCode]>([
    ['another method (§4)', { method: 'GET' }, 'PW_WS_CONNECT_REQUEST'],
    ['no scheme (§4)', { scheme: undefined }, 'PW_WS_CONNECT_REQUEST'],
    ['the scheme wss (§5)', { scheme: 'wss' }, 'PW_WS_CONNECT_REQUEST'],
    ['no authority (§4)', { authority: undefined }, 'PW_WS_CONNECT_REQUEST'],
    ['no path (§4)', { path: undefined }, 'PW_WS_CONNECT_REQUEST'],
    ['a path that is a URL', { path: 'https://a/' }, 'PW_WS_CONNECT_REQUEST'],
    ['Connection (RFC 9113 §8.2.2)', { headers: ['connection', 'x'] }, 'PW_WS_CONNECT_REQUEST'],
    ['Upgrade (RFC 9113 §8.2.2)', { headers: ['Upgrade', 'x'] }, 'PW_WS_CONNECT_REQUEST'],
    ['another Host (RFC 9113 §8.3.1)', { headers: ['host', 'b'] }, 'PW_WS_CONNECT_REQUEST'],
    ['another protocol', { protocol: 'connect-udp' }, 'PW_WS_CONNECT_PROTOCOL'],
    ['no protocol', { protocol: undefined }, 'PW_WS_CONNECT_PROTOCOL'],
    ['an authority that is none', { authority: 'a b' }, 'PW_WS_HOST'],
    ['a path with a fragment', { path: '/#x' }, 'PW_WS_TARGET'],
    ['no version (RFC 6455 §4.4)', { headers: [] }, 'PW_WS_VERSION'],
    ['a body', { headers: [...EXAMPLE.headers, 'content-length', '1'] }, 'PW_WS_BODY'],
  ])('is refused with %s', (_name, changes, code) => {
    expect(problems(changes)).toEqual([code]);
  });

  test('may carry the fields of RFC 6455 that it has no use for (§5)', () => {
    const headers = [
      ...EXAMPLE.headers,
      'sec-websocket-key',
      'nonsense',
      'host',
      'Server.example.com',
    ];
    expect(problems({ headers })).toEqual([]);
  });

  test('is refused without what HTTP/2 does not have (RFC 9113 §8.2.2)', () => {
    const { status, headers, body } = buildConnectRefusal(new HandshakeError('PW_WS_VERSION'));
    expect([status, pairs(headers).map(([name]) => name)]).toEqual([
      400,
      ['content-length', 'content-type', 'sec-websocket-version'],
    ]);
    expect(body).toMatch(/13/);
  });
});

describe('the answer to an Extended CONNECT', () => {
  const sent = { protocols: ['chat', 'superchat'], extensions: [DEFLATE] };

  test('is read as in the example of RFC 8441 §5.1', () => {
    expect(checkConnectResponse(vectors.response, sent)).toEqual({
      ok: true,
      agreement: { protocol: 'chat', extensions: [] },
    });
  });

  test.each<[string, number, string[], HandshakeErrorCode]>([
    ['a refusal', 403, [], 'PW_WS_RESPONSE_STATUS'],
    ['a redirect', 302, ['location', '/'], 'PW_WS_RESPONSE_STATUS'],
    ['101, which HTTP/2 does not have', 101, [], 'PW_WS_RESPONSE_STATUS'],
    [
      'a subprotocol nobody offered',
      200,
      ['sec-websocket-protocol', 'x'],
      'PW_WS_RESPONSE_PROTOCOL',
    ],
    ['no subprotocol', 200, [], 'PW_WS_RESPONSE_NO_PROTOCOL'],
  ])('fails with %s', (_name, status, headers, code) => {
    const check = checkConnectResponse({ status, headers }, sent);
    expect(check.ok ? undefined : check.problems[0].code).toBe(code);
  });
});

function pairs(headers: readonly string[]): [string, string][] {
  return Array.from({ length: headers.length / 2 }, (_, index): [string, string] => [
    headers[2 * index] ?? '',
    headers[2 * index + 1] ?? '',
  ]).sort(([a], [b]) => a.localeCompare(b));
}
