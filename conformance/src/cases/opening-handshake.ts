/** §4.2: what a server must ask of a client's request. */
import type { Level } from '../case.ts';

export interface RequestCase {
  id: string;
  title: string;
  section: string;
  level: Level;
  /** The request's lines; `request` below joins them. */
  request: string;
  /** Status codes that are right. */
  status: number[];
  /** Response headers that must be there (a pattern) or must not (null). */
  headers?: Record<string, RegExp | null>;
  /** What the response's body must say; it is read to the end of TCP. */
  body?: RegExp;
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = /^s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=$/;

const STANDARD: [string, string][] = [
  ['Host', '{host}'],
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Key', KEY],
  ['Sec-WebSocket-Version', '13'],
];

interface Change {
  line?: string;
  set?: Record<string, string>;
  drop?: string[];
  add?: [string, string][];
}

function request({
  line = 'GET {path} HTTP/1.1',
  set = {},
  drop = [],
  add = [],
}: Change = {}): string {
  const fields = STANDARD.filter(([name]) => !drop.includes(name)).map(
    ([name, value]): [string, string] => [name, set[name] ?? value],
  );
  const lines = [...fields, ...add].map(([name, value]) => `${name}: ${value}`);
  return [line, ...lines, '', ''].join('\r\n');
}

const opens = (
  id: string,
  title: string,
  section: string,
  change: Change,
  more: Partial<RequestCase> = {},
): RequestCase => ({
  id: `open.${id}`,
  title,
  section,
  level: 'must',
  request: request(change),
  status: [101],
  ...more,
});

const refused = (
  id: string,
  title: string,
  section: string,
  status: number[],
  change: Change,
  more: Partial<RequestCase> = {},
): RequestCase => ({
  id: `refuse.${id}`,
  title,
  section,
  level: 'must',
  request: request(change),
  status,
  ...more,
});

const key = (value: string): Change => ({ set: { 'Sec-WebSocket-Key': value } });
const version = (value: string): Change => ({ set: { 'Sec-WebSocket-Version': value } });

export const openingHandshake: RequestCase[] = [
  opens(
    'vector',
    'answers the sample key of the specification',
    '1.3',
    {},
    {
      headers: {
        'sec-websocket-accept': ACCEPT,
        upgrade: /^websocket$/i,
        connection: /^upgrade$/i,
        'sec-websocket-protocol': null,
        'sec-websocket-extensions': null,
      },
    },
  ),
  opens('case', 'takes header names and token values in any case', '4.2.1', {
    drop: ['Upgrade', 'Connection', 'Sec-WebSocket-Key'],
    add: [
      ['UPGRADE', 'WebSocket'],
      ['connection', 'uPGRADE'],
      ['sec-websocket-key', KEY],
    ],
  }),
  opens('token-list', 'finds Upgrade in a list of connection tokens', '4.2.1', {
    set: { Connection: 'keep-alive, Upgrade' },
  }),
  opens(
    'query',
    'is not misled by a key in the request line',
    '4.2.1',
    {
      line: 'GET {path}?Sec-WebSocket-Key:x HTTP/1.1',
    },
    { headers: { 'sec-websocket-accept': ACCEPT } },
  ),
  opens(
    'unknown-extension',
    'declines an extension that it does not know',
    '9.1',
    {
      add: [['Sec-WebSocket-Extensions', 'x-unknown; a=1, constructor']],
    },
    { headers: { 'sec-websocket-extensions': null } },
  ),
  opens(
    'unoffered-protocol',
    'names no subprotocol when none was asked for',
    '4.2.2',
    {},
    {
      headers: { 'sec-websocket-protocol': null },
    },
  ),
  opens('other-headers', 'ignores headers that it does not know', '4.2.1', {
    add: [
      ['Cookie', 'a=1; b=2'],
      ['X-Anything', 'at all'],
    ],
  }),

  refused('method.POST', 'refuses POST', '4.1', [405], { line: 'POST {path} HTTP/1.1' }),
  refused('method.HEAD', 'refuses HEAD', '4.1', [405, 400, 404], { line: 'HEAD {path} HTTP/1.1' }),
  refused('http-1.0', 'refuses HTTP/1.0', '4.2.1', [400, 426, 505], {
    line: 'GET {path} HTTP/1.0',
  }),
  refused('no-host', 'refuses a request without Host', '4.2.1', [400], { drop: ['Host'] }),
  refused('two-hosts', 'refuses two Host headers', 'RFC 9112 3.2', [400], {
    add: [['Host', 'other.example']],
  }),
  refused('no-upgrade', 'refuses a request without Upgrade', '4.2.1', [400, 404, 426], {
    drop: ['Upgrade'],
  }),
  refused('wrong-upgrade', 'refuses an upgrade to something else', '4.2.1', [400, 404, 426], {
    set: { Upgrade: 'h2c' },
  }),
  refused('no-connection', 'refuses a request without Connection', '4.2.1', [400, 404, 426], {
    drop: ['Connection'],
  }),
  refused('wrong-connection', 'refuses Connection without Upgrade', '4.2.1', [400, 404, 426], {
    set: { Connection: 'keep-alive' },
  }),
  refused('no-key', 'refuses a request without a key', '4.2.1', [400], {
    drop: ['Sec-WebSocket-Key'],
  }),
  refused('key.empty', 'refuses an empty key', '4.2.1', [400], key('')),
  refused('key.short', 'refuses a key of 3 characters', '4.2.1', [400], key('abc')),
  refused('key.15-bytes', 'refuses a key of 15 bytes', '4.2.1', [400], key('AAAAAAAAAAAAAAAAAAAA')),
  refused(
    'key.17-bytes',
    'refuses a key of 17 bytes',
    '4.2.1',
    [400],
    key('AAAAAAAAAAAAAAAAAAAAAAA='),
  ),
  refused(
    'key.no-padding',
    'refuses a key without padding',
    '4.2.1',
    [400],
    key('dGhlIHNhbXBsZSBub25jZQ'),
  ),
  refused(
    'key.bad-tail',
    'refuses a key with stray bits behind the 16th byte',
    'RFC 4648 3.5',
    [400],
    key('dGhlIHNhbXBsZSBub25jZR=='),
    { level: 'strict' },
  ),
  refused(
    'key.alphabet',
    'refuses a key outside the base64 alphabet',
    '4.2.1',
    [400],
    key('dGhlIHNhbXBsZSBub25j*Q=='),
  ),
  refused('key.twice', 'refuses two keys', '4.2.1', [400], { add: [['Sec-WebSocket-Key', KEY]] }),
  refused('no-version', 'refuses a request without a version', '4.2.1', [400, 426], {
    drop: ['Sec-WebSocket-Version'],
  }),
  ...['0', '7', '8', '12', '14', '255'].map((value) =>
    refused(
      `version.${value}`,
      `refuses version ${value} and names 13`,
      '4.4',
      [426],
      version(value),
      {
        headers: { 'sec-websocket-version': /\b13\b/ },
      },
    ),
  ),
  refused('version.twice', 'refuses two versions, even of the same number', '4.2.1', [400, 426], {
    add: [['Sec-WebSocket-Version', '13']],
  }),
  refused('version.list', 'refuses a list of versions', '4.2.1', [400, 426], version('13, 8')),
  refused('version.padded', 'refuses version 013', '4.1', [400, 426], version('013')),
  refused('protocol.space', 'refuses a subprotocol that is not a token', '4.1', [400], {
    add: [['Sec-WebSocket-Protocol', 'a b']],
  }),
  refused(
    'protocol.twice',
    'refuses a subprotocol named twice',
    '4.1',
    [400],
    {
      add: [['Sec-WebSocket-Protocol', 'chat, chat']],
    },
    { level: 'strict' },
  ),
  refused(
    'extension.grammar',
    'refuses extensions that break the grammar',
    '9.1',
    [400],
    {
      add: [['Sec-WebSocket-Extensions', 'permessage-deflate; =1']],
    },
    { level: 'strict' },
  ),
  refused(
    'body',
    'says in the body why it refuses, and ends TCP',
    'RFC 9110 15.5',
    [400],
    key('abc'),
    { level: 'strict', body: /\w/ },
  ),
  refused(
    'origin.twice',
    'refuses two origins',
    'RFC 6454 7.3',
    [400, 403],
    {
      add: [
        ['Origin', 'http://{host}'],
        ['Origin', 'http://{host}'],
      ],
    },
    { level: 'strict' },
  ),
  refused(
    'headers.too-large',
    'refuses 64 KiB of headers',
    '10.4',
    [400, 431],
    {
      add: [['X-Large', 'x'.repeat(65_536)]],
    },
    { level: 'strict' },
  ),
  refused(
    'origin.foreign',
    'refuses a page of another origin',
    '10.2',
    [403],
    {
      add: [['Origin', 'http://evil.example']],
    },
    { level: 'strict' },
  ),
];

export interface OfferCase {
  id: string;
  title: string;
  section: string;
  level: Level;
  offer: string;
  /** What the answer must be: a pattern, or null when every offer must be declined. */
  answer: RegExp | null;
}

const deflate = 'permessage-deflate';

/** Alternatives for every window of at most so many bits. */
const upTo = (bits: number) => Array.from({ length: bits - 7 }, (_, i) => i + 8).join('|');

const declined = (id: string, offer: string): OfferCase => ({
  id: `offer.declined.${id}`,
  title: `declines "${offer}"`,
  section: 'RFC 7692 7.1',
  level: 'must',
  offer,
  answer: null,
});

/** RFC 7692 §7.1, for a server that compresses at all. */
export const deflateOffers: OfferCase[] = [
  {
    id: 'offer.plain',
    title: 'accepts the plain offer',
    section: 'RFC 7692 7.1',
    level: 'must',
    offer: deflate,
    answer: /^permessage-deflate/,
  },
  {
    id: 'offer.second',
    title: 'considers the next offer when the first is bad',
    section: 'RFC 7692 7.1',
    level: 'must',
    offer: `${deflate}; server_max_window_bits=7, ${deflate}`,
    answer: /^permessage-deflate(?!.*server_max_window_bits)/,
  },
  {
    id: 'offer.server-no-takeover',
    title: 'accepts server_no_context_takeover and says so',
    section: 'RFC 7692 7.1.1.1',
    level: 'must',
    offer: `${deflate}; server_no_context_takeover`,
    answer: /server_no_context_takeover/,
  },
  {
    id: 'offer.server-window',
    title: 'honours server_max_window_bits=10 or less, or declines',
    section: 'RFC 7692 7.1.2.1',
    level: 'must',
    offer: `${deflate}; server_max_window_bits=10`,
    answer: /server_max_window_bits="?(8|9|10)"?(;|$)/,
  },
  ...[9, 10, 11, 12, 13, 14].map((bits): OfferCase => ({
    id: `offer.server-window.${bits}`,
    title: `honours server_max_window_bits=${bits} by this window or a smaller one`,
    section: 'RFC 7692 7.1.2.1',
    level: 'must',
    offer: `${deflate}; server_max_window_bits=${bits}`,
    answer: new RegExp(`server_max_window_bits="?(${upTo(bits)})"?(;|$)`),
  })),
  {
    id: 'offer.server-window.8',
    title: 'honours server_max_window_bits=8, or declines',
    section: 'RFC 7692 7.1.2.1',
    level: 'must',
    offer: `${deflate}; server_max_window_bits=8`,
    answer: /^$|server_max_window_bits="?8"?(;|$)/,
  },
  ...[8, 9, 15].map((bits): OfferCase => ({
    id: `offer.client-window.${bits}`,
    title: `accepts client_max_window_bits=${bits}, and names no larger window if it names one`,
    section: 'RFC 7692 7.1.2.2',
    level: 'must',
    offer: `${deflate}; client_max_window_bits=${bits}`,
    answer: new RegExp(
      `^permessage-deflate(?!.*client_max_window_bits(?!="?(${upTo(bits)})"?(;|$)))`,
    ),
  })),
  {
    id: 'offer.no-client-window',
    title: 'does not send client_max_window_bits when it was not offered',
    section: 'RFC 7692 7.1.2.2',
    level: 'must',
    offer: deflate,
    answer: /^(?!.*client_max_window_bits)permessage-deflate/,
  },
  {
    id: 'offer.quoted',
    title: 'takes a quoted parameter value',
    section: 'RFC 6455 9.1',
    level: 'must',
    offer: `${deflate}; server_max_window_bits="12"`,
    answer: /server_max_window_bits="?([89]|1[0-2])"?(;|$)/,
  },
  ...['08', '0x8', '1e1', '10.0', '7', '16', '-9', '256'].map((bits) =>
    declined(`server-window.${bits}`, `${deflate}; server_max_window_bits=${bits}`),
  ),
  ...['08', '7', '16'].map((bits) =>
    declined(`client-window.${bits}`, `${deflate}; client_max_window_bits=${bits}`),
  ),
  declined('server-window.none', `${deflate}; server_max_window_bits`),
  declined('takeover.value', `${deflate}; server_no_context_takeover=1`),
  declined('unknown-parameter', `${deflate}; x=1`),
  declined('parameter-twice', `${deflate}; server_no_context_takeover; server_no_context_takeover`),
];
