/** Header values and messages of the opening handshake: right, or nearly. */
import type { Random } from './random.ts';

const NAMES = [
  'permessage-deflate',
  'x-webkit-deflate-frame',
  'mux',
  'constructor',
  '__proto__',
  'a',
] as const;

const PARAMETERS = [
  'server_no_context_takeover',
  'client_no_context_takeover',
  'server_max_window_bits',
  'client_max_window_bits',
  'toString',
  '__proto__',
  'b',
] as const;

const VALUES = [
  '8',
  '9',
  '10',
  '15',
  '16',
  '7',
  '08',
  '0x8',
  '1e1',
  '10.0',
  '+9',
  'x',
  '',
] as const;
const SPACES = ['', '', '', ' ', ' ', '\t', '  '] as const;

/** Sec-WebSocket-Extensions (RFC 6455 §9.1). */
export function extensionHeader(random: Random): string {
  const space = () => random.pick(SPACES);
  const parameter = () => {
    const name = random.pick(PARAMETERS);
    if (random.chance(0.4)) return name;
    const value = random.pick(VALUES);
    const written = random.chance(0.7) ? value : quote(value, random);
    return `${name}${space()}=${space()}${written}`;
  };
  const extension = () => {
    const name = random.chance(0.7) ? 'permessage-deflate' : random.pick(NAMES);
    return [name, ...random.list(random.below(5), parameter)].join(`${space()};${space()}`);
  };
  const extensions = random.list(1 + random.below(3), extension);
  if (random.chance(0.1)) extensions.splice(random.below(extensions.length + 1), 0, '');
  return extensions.join(`${space()},${space()}`);
}

function quote(text: string, random: Random): string {
  const escaped = text.replaceAll(/./g, (character) =>
    random.chance(0.3) ? `\\${character}` : character,
  );
  return `"${escaped}"`;
}

type Line = readonly [name: string, value: string];

const KEYS = [
  'dGhlIHNhbXBsZSBub25jZQ==',
  'AAAAAAAAAAAAAAAAAAAAAA==',
  '/+/+/+/+/+/+/+/+/+/+/w==',
] as const;

/** A request that a server accepts, then often one or two changes. */
export function requestText(random: Random): string {
  const lines: Line[] = [
    ['Host', random.pick(['localhost', 'example.com:8080', '[::1]:80'] as const)],
    ['Upgrade', random.pick(['websocket', 'WebSocket', 'h2c, websocket'] as const)],
    ['Connection', random.pick(['Upgrade', 'keep-alive, Upgrade', 'upgrade'] as const)],
    ['Sec-WebSocket-Key', random.pick(KEYS)],
    ['Sec-WebSocket-Version', '13'],
  ];
  if (random.chance(0.4)) lines.push(['Sec-WebSocket-Protocol', protocolHeader(random)]);
  if (random.chance(0.5)) lines.push(['Sec-WebSocket-Extensions', extensionHeader(random)]);
  if (random.chance(0.3)) lines.push(['Origin', 'http://localhost']);
  if (random.chance(0.2)) lines.push(['Cookie', 'a=b; c="d"']);
  const changed = random.chance(0.5) ? change(lines, random, REQUEST_VALUES) : lines;
  const method = random.chance(0.95) ? 'GET' : random.pick(['POST', 'HEAD', 'get', ''] as const);
  const target = random.chance(0.9)
    ? '/chat?a=b'
    : random.pick(['*', '//', 'http://a/b', '/#a', '', '/\u00e9'] as const);
  const version = random.chance(0.95) ? '1.1' : random.pick(['1.0', '0.9', '2.0', '1.10'] as const);
  return formatMessage(`${method} ${target} HTTP/${version}`, changed);
}

/** The right answer to `SENT_KEY`, then often one or two changes. */
export function responseText(random: Random): string {
  const lines: Line[] = [
    ['Upgrade', random.pick(['websocket', 'WebSocket'] as const)],
    ['Connection', random.pick(['Upgrade', 'upgrade, keep-alive'] as const)],
    ['Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
    ['Sec-WebSocket-Protocol', random.pick(['chat', 'superchat'] as const)],
  ];
  if (random.chance(0.5)) lines.push(['Sec-WebSocket-Extensions', extensionHeader(random)]);
  const changed = random.chance(0.5) ? change(lines, random, RESPONSE_VALUES) : lines;
  const status = random.chance(0.9)
    ? '101'
    : random.pick(['100', '200', '302', '400', 'x'] as const);
  return formatMessage(`HTTP/1.1 ${status} Switching Protocols`, changed);
}

const REQUEST_VALUES = [
  'websocket',
  'Upgrade',
  'close',
  '13',
  '8',
  '13, 8',
  '013',
  'abc',
  'dGhlIHNhbXBsZSBub25jZR==',
  'dGhlIHNhbXBsZSBub25jZQ==',
  'chunked',
  '0',
  '5',
  'a b',
  'a,a',
  ',',
  'a@b',
  '',
] as const;

const RESPONSE_VALUES = [
  'websocket',
  'websocket, h2c',
  'Upgrade',
  'close',
  'CHAT',
  'chat, superchat',
  'Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=',
  's3pPLMBiTxaQ9kYGzzhZRbK+xOo',
  'S3PPLMBITXAQ9KYGZZHZRBK+XOO=',
  '',
] as const;

function protocolHeader(random: Random): string {
  const names = random.list(1 + random.below(3), () =>
    random.pick(['chat', 'superchat', 'a', '__proto__', 'a b', ''] as const),
  );
  return names.join(random.pick([',', ', ', ' ,\t'] as const));
}

/** Leaves a line out, doubles one, gives one another value or another name. */
function change(
  lines: readonly Line[],
  random: Random,
  values: readonly [string, ...string[]],
): Line[] {
  const changed = [...lines];
  for (let count = 1 + random.below(2); count > 0 && changed.length > 0; count--) {
    const index = random.below(changed.length);
    const [name, value] = changed[index] as Line;
    const another: Line = [name, random.pick(values)];
    const replacements: readonly [readonly Line[], ...(readonly Line[])[]] = [
      [],
      [another],
      [[name, value], another],
      [[name.toUpperCase(), value]],
      [[`${name} `, value]],
      [
        [random.pick(['Content-Length', 'Transfer-Encoding', 'Host'] as const), another[1]],
        [name, value],
      ],
    ];
    changed.splice(index, 1, ...random.pick(replacements));
  }
  return changed;
}

function formatMessage(startLine: string, lines: readonly Line[]): string {
  return [startLine, ...lines.map(([name, value]) => `${name}: ${value}`), ''].join('\n');
}
