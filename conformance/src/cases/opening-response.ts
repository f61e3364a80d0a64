/** §4.1: what a client must ask of a server's response. */
import type { Level } from '../case.ts';
import { DEFLATE_ANSWERS } from './deflate-answers.ts';

export interface ResponseCase {
  id: string;
  title: string;
  section: string;
  level: Level;
  /**
   * The response; `{accept}` stands for the right value, `{accept-of-empty}` for that of no key,
   * `{above-client-window}` for one more bit than offered, or for 16.
   */
  response: string;
  /** Whether the client must open or fail; a failed client must also end TCP. */
  outcome: 'opens' | 'fails';
}

const STANDARD: [string, string][] = [
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Accept', '{accept}'],
];

interface Change {
  line?: string;
  set?: Record<string, string>;
  drop?: string[];
  add?: [string, string][];
  lineEnd?: string;
}

function response({
  line = 'HTTP/1.1 101 Switching Protocols',
  set = {},
  drop = [],
  add = [],
  lineEnd = '\r\n',
}: Change): string {
  const fields = STANDARD.filter(([name]) => !drop.includes(name)).map(
    ([name, value]): [string, string] => [name, set[name] ?? value],
  );
  const lines = [...fields, ...add].map(([name, value]) => `${name}: ${value}`);
  return [line, ...lines, '', ''].join(lineEnd);
}

const which =
  (outcome: 'opens' | 'fails') =>
  (
    id: string,
    title: string,
    section: string,
    change: Change,
    level: Level = 'must',
  ): ResponseCase => ({
    id: `response.${id}`,
    title: `${outcome} ${title}`,
    section,
    level,
    response: response(change),
    outcome,
  });
const opens = which('opens');
const fails = which('fails');

export const openingResponse: ResponseCase[] = [
  opens('plain', 'on the plain response', '4.1', {}),
  opens('case', 'on names and tokens in any case', '4.1', {
    set: { Upgrade: 'WebSocket', Connection: 'upgrade' },
  }),
  opens('token-list', 'on Connection: keep-alive, Upgrade', '4.1', {
    set: { Connection: 'keep-alive, Upgrade' },
  }),
  opens('other-headers', 'with headers that it does not know', '4.1', { add: [['Server', 'x']] }),
  opens('reason-phrase', 'on any reason phrase', 'RFC 9112 4', { line: 'HTTP/1.1 101 Fine' }),
  fails('status.200', 'on status 200', '4.1', { line: 'HTTP/1.1 200 OK' }),
  fails('status.426', 'on status 426', '4.1', { line: 'HTTP/1.1 426 Upgrade Required' }),
  fails('http-1.0', 'on HTTP/1.0', '4.1', { line: 'HTTP/1.0 101 Switching Protocols' }, 'strict'),
  fails('no-upgrade', 'without Upgrade', '4.1', { drop: ['Upgrade'] }),
  fails('wrong-upgrade', 'on another Upgrade', '4.1', { set: { Upgrade: 'h2c' } }),
  fails('no-connection', 'without Connection', '4.1', { drop: ['Connection'] }),
  fails('wrong-connection', 'on Connection without Upgrade', '4.1', {
    set: { Connection: 'close' },
  }),
  fails('no-accept', 'without an accept value', '4.1', { drop: ['Sec-WebSocket-Accept'] }),
  fails('wrong-accept', 'on a wrong accept value', '4.1', {
    set: { 'Sec-WebSocket-Accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' },
  }),
  fails('accept-of-empty', 'on the accept value of an empty key', '4.1', {
    set: { 'Sec-WebSocket-Accept': '{accept-of-empty}' },
  }),
  fails('accept-case', 'on an accept value in other case', '4.1', {
    set: { 'Sec-WebSocket-Accept': '{accept-lower}' },
  }),
  fails('protocol.unrequested', 'on a subprotocol that was not asked for', '4.1', {
    add: [['Sec-WebSocket-Protocol', 'chat']],
  }),
  fails('extension.unrequested', 'on an extension that was not offered', '4.1', {
    add: [['Sec-WebSocket-Extensions', 'x-unknown']],
  }),
  ...DEFLATE_ANSWERS.map(([id, title, parameters, section]) =>
    fails(`deflate.${id}`, title, `RFC 7692 ${section}`, {
      add: [['Sec-WebSocket-Extensions', `permessage-deflate${parameters}`]],
    }),
  ),
  fails(
    'accept.twice',
    'on two accept values',
    '4.1',
    {
      add: [['Sec-WebSocket-Accept', '{accept}']],
    },
    'strict',
  ),
  fails('line-ends', 'on line ends without CR', 'RFC 9112 2.2', { lineEnd: '\n' }, 'strict'),
];
