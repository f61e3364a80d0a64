/** RFC 8441 §4, §5: what a server must ask of an Extended CONNECT. */
import type { Level } from '../case.ts';
import type { Fields } from './wire.ts';

export interface ConnectCase {
  id: string;
  title: string;
  section: string;
  level: Level;
  /** The header block, pseudo-headers first; `{host}` and `{path}` stand for the server's. */
  fields: Fields;
  /**
   * opens: 200. Statuses: one of them. refused: any status but 2xx, or a reset of the stream.
   * malformed: a reset of the stream, the end of the connection, or a 4xx (RFC 9113 §8.1.1).
   */
  outcome: 'opens' | 'refused' | 'malformed' | readonly number[];
}

const STANDARD: Fields = [
  [':method', 'CONNECT'],
  [':protocol', 'websocket'],
  [':scheme', 'http'],
  [':path', '{path}'],
  [':authority', '{host}'],
  ['sec-websocket-version', '13'],
];

interface Change {
  readonly set?: Readonly<Record<string, string>>;
  readonly drop?: readonly string[];
  readonly add?: Fields;
}

const which =
  (outcome: ConnectCase['outcome'], prefix: string) =>
  (id: string, title: string, section: string, change: Change, level: Level = 'must') => ({
    id: `${prefix}.${id}`,
    title,
    section,
    level,
    fields: applied(change),
    outcome,
  });

function applied({ set = {}, drop = [], add = [] }: Change): Fields {
  const kept = STANDARD.filter(([name]) => !drop.includes(name));
  return [...kept.map(([name, value]) => [name, set[name] ?? value] as const), ...add];
}

const opens = which('opens', 'connect.open');
const refuses = which('refused', 'connect.refuse');
const malformed = which('malformed', 'connect.malformed');
const badRequest = which([400], 'connect.refuse');

export const connectCases: ConnectCase[] = [
  opens('plain', 'answers the plain request with 200', 'RFC 8441 5', {}),
  opens('https', 'takes the scheme https', 'RFC 8441 5', { set: { ':scheme': 'https' } }),
  opens('host', 'takes a Host that is the authority', 'RFC 9113 8.3.1', {
    add: [['host', '{host}']],
  }),
  opens('key', 'does not stumble over a key, which means nothing here', 'RFC 8441 5', {
    add: [['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ==']],
  }),
  opens('other-headers', 'ignores headers that it does not know', '4.2.1', {
    add: [
      ['cookie', 'a=1'],
      ['x-unknown', 'x'],
    ],
  }),
  refuses('protocol.none', 'opens nothing on a CONNECT without :protocol', 'RFC 9113 8.5', {
    drop: [':protocol', ':scheme', ':path'],
  }),
  refuses('protocol.other', 'opens nothing on another :protocol', 'RFC 8441 4', {
    set: { ':protocol': 'connect-udp' },
  }),
  which([501], 'connect.refuse')(
    'protocol.unknown',
    'answers an unknown :protocol with 501',
    'RFC 9220 3',
    { set: { ':protocol': 'x-unknown' } },
    'should',
  ),
  refuses('protocol.twice', 'opens nothing on two :protocols', 'RFC 9113 8.3', {
    drop: ['sec-websocket-version'],
    add: [
      [':protocol', 'websocket'],
      ['sec-websocket-version', '13'],
    ],
  }),
  badRequest('version.none', 'refuses a request without version', '4.2.1', {
    drop: ['sec-websocket-version'],
  }),
  badRequest('version.8', 'refuses another version', '4.2.2', {
    set: { 'sec-websocket-version': '8' },
  }),
  refuses('scheme', 'opens nothing on a scheme of neither ws nor wss', 'RFC 8441 5', {
    set: { ':scheme': 'ftp' },
  }),
  badRequest('protocol-header', 'refuses a subprotocol that is no token', '4.1', {
    add: [['sec-websocket-protocol', 'chat, a b']],
  }),
  badRequest('extension-header', 'refuses an extension header that does not parse', '9.1', {
    add: [['sec-websocket-extensions', 'permessage-deflate; =1']],
  }),
  ...([':scheme', ':path'] as const).map((name) =>
    malformed(`no-${name.slice(1)}`, `refuses a request without ${name}`, 'RFC 8441 4', {
      drop: [name],
    }),
  ),
  malformed('no-authority', 'refuses a request without :authority', 'RFC 8441 4', {
    drop: [':authority'],
  }),
  malformed('empty-path', 'refuses an empty :path', 'RFC 9113 8.3.1', { set: { ':path': '' } }),
  malformed('get', 'refuses :protocol in a GET', 'RFC 8441 4', { set: { ':method': 'GET' } }),
  malformed('connection', 'refuses a Connection header', 'RFC 9113 8.2.2', {
    add: [['connection', 'Upgrade']],
  }),
  malformed('upgrade', 'refuses an Upgrade header', 'RFC 9113 8.2.2', {
    add: [['upgrade', 'websocket']],
  }),
  malformed('name-case', 'refuses a header name in upper case', 'RFC 9113 8.2', {
    add: [['X-Unknown', 'x']],
  }),
  malformed('late-pseudo-header', 'refuses a pseudo-header behind others', 'RFC 9113 8.3', {
    drop: [':path'],
    add: [[':path', '{path}']],
  }),
  malformed(
    'host-differs',
    'refuses a Host that is not the authority',
    'RFC 9113 8.3.1',
    { add: [['host', 'elsewhere.example']] },
    'strict',
  ),
];
