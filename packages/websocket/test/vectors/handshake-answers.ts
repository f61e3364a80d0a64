/**
 * Answers to an opening handshake, each with one mistake or none, written byte for byte. A–K are
 * those of the tutorial's open question: why does the handshake fail once
 * `Sec-WebSocket-Protocol: chat` is added? (There is no F.)
 */
import type { FindingCode } from '@pairwire/websocket';

export interface HandshakeAnswer {
  readonly name: string;
  /** What the page asks for. */
  readonly protocols: readonly string[];
  /** @param accept - the right value for the key that was sent */
  readonly write: (accept: string) => string;
  /** What the doctor finds, in its order. */
  readonly findings: readonly FindingCode[];
  readonly opens: boolean;
}

const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join('');

const SWITCH = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];

function answer(...more: string[]): (accept: string) => string {
  return (accept) => lines(...SWITCH, `Sec-WebSocket-Accept: ${accept}`, ...more, '');
}

export const TUTORIAL_ANSWERS: readonly HandshakeAnswer[] = [
  { name: 'A', protocols: [], write: answer(), findings: [], opens: true },
  {
    name: 'B: the two lines, no blank line',
    protocols: [],
    write: (accept) =>
      lines(...SWITCH, `Sec-WebSocket-Accept: ${accept}`, 'Sec-WebSocket-Protocol: chat'),
    findings: ['missing-blank-line', 'protocol-unrequested'],
    opens: false,
  },
  {
    name: 'B: and the page asks for chat',
    protocols: ['chat'],
    write: (accept) =>
      lines(...SWITCH, `Sec-WebSocket-Accept: ${accept}`, 'Sec-WebSocket-Protocol: chat'),
    findings: ['missing-blank-line'],
    opens: false,
  },
  {
    name: 'C: the two lines and the blank line',
    protocols: [],
    write: answer('Sec-WebSocket-Protocol: chat'),
    findings: ['protocol-unrequested'],
    opens: false,
  },
  {
    name: 'C: and the page asks for chat',
    protocols: ['chat'],
    write: answer('Sec-WebSocket-Protocol: chat'),
    findings: [],
    opens: true,
  },
  {
    name: 'A: and the page asks for two',
    protocols: ['chat', 'superchat'],
    write: answer(),
    findings: ['protocol-none-chosen'],
    opens: false,
  },
  {
    name: 'D: both names in the answer',
    protocols: ['chat', 'superchat'],
    write: answer('Sec-WebSocket-Protocol: chat, superchat'),
    findings: ['protocol-list'],
    opens: false,
  },
  {
    name: 'E: Chat for chat',
    protocols: ['chat'],
    write: answer('Sec-WebSocket-Protocol: Chat'),
    findings: ['protocol-wrong-case'],
    opens: false,
  },
  {
    name: 'G: Connection: keep-alive, Upgrade',
    protocols: [],
    write: (accept) =>
      lines(
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: keep-alive, Upgrade',
        `Sec-WebSocket-Accept: ${accept}`,
        '',
      ),
    findings: ['connection-list'],
    opens: true,
  },
  {
    name: 'H: an empty subprotocol',
    protocols: ['chat'],
    write: answer('Sec-WebSocket-Protocol: '),
    findings: ['protocol-empty'],
    opens: false,
  },
  {
    name: 'I: LF alone',
    protocols: [],
    write: (accept) => answer()(accept).replaceAll('\r', ''),
    findings: ['lf-line-ends'],
    opens: false,
  },
  {
    name: 'J: accept of an empty key',
    protocols: [],
    write: () => answer()('Kfh9QIsMVZcl6xEPYxPHzW8SZ8w='),
    findings: ['accept-of-empty-key'],
    opens: false,
  },
  {
    name: 'K: the protocol header twice',
    protocols: ['chat'],
    write: answer('Sec-WebSocket-Protocol: chat', 'Sec-WebSocket-Protocol: chat'),
    findings: ['protocol-repeated'],
    opens: false,
  },
];

/** Further ways of getting it wrong, each of which somebody's server has shown. */
export const OTHER_ANSWERS: readonly HandshakeAnswer[] = [
  failing('nothing but HTML', () => '<html>hello</html>\r\n\r\n', 'not-http'),
  {
    name: 'an empty line first',
    protocols: [],
    write: (accept) => `\r\n${answer()(accept)}`,
    findings: ['empty-line-first'],
    opens: true,
  },
  failing('a TLS alert', () => '\x15\x03\x01\x00\x02\x02\x46', 'tls-port'),
  failing(
    'a byte order mark first',
    (accept) => `\xef\xbb\xbf${answer()(accept)}`,
    'garbage-before-status-line',
  ),
  failing('a second empty line', (accept) => `${answer()(accept)}\r\n`, 'garbage-behind-answer'),
  failing(
    'text instead of frames',
    (accept) => `${answer()(accept)}Welcome!`,
    'garbage-behind-answer',
  ),
  failing(
    'two spaces in the status line',
    (accept) => answer()(accept).replace('1.1 101', '1.1  101'),
    'status-line-malformed',
  ),
  failing('HTTP/1.0', (accept) => answer()(accept).replace('HTTP/1.1', 'HTTP/1.0'), 'http-version'),
  failing(
    'a space before the colon',
    (accept) => answer()(accept).replace('Upgrade:', 'Upgrade :'),
    'field-line-malformed',
  ),
  failing('a folded header', answer('X-Note: one', ' two'), 'field-folded'),
  failing(
    '20 KiB of headers',
    answer(...Array.from({ length: 20 }, (_, index) => `X-${index}: ${'x'.repeat(1_024)}`)),
    'head-too-long',
  ),
  failing(
    'no Upgrade',
    (accept) => answer()(accept).replace('Upgrade: websocket\r\n', ''),
    'upgrade-missing',
  ),
  failing(
    'Upgrade: h2c',
    (accept) => answer()(accept).replace('websocket', 'h2c'),
    'upgrade-wrong',
  ),
  failing(
    'no Connection',
    (accept) => answer()(accept).replace('Connection: Upgrade\r\n', ''),
    'connection-missing',
  ),
  failing(
    'Connection: close',
    (accept) => answer()(accept).replace('Connection: Upgrade', 'Connection: close'),
    'connection-wrong',
  ),
  failing('no accept', () => lines(...SWITCH, ''), 'accept-missing'),
  failing(
    'accept twice',
    (accept) => answer(`Sec-WebSocket-Accept: ${accept}`)(accept),
    'accept-repeated',
  ),
  failing('some accept', () => answer()('AAAAAAAAAAAAAAAAAAAAAAAAAAA='), 'accept-wrong'),
  failing(
    'an extension nobody offered',
    answer('Sec-WebSocket-Extensions: permessage-deflate'),
    'extension-not-offered',
  ),
  failing(
    'extensions that are none',
    answer('Sec-WebSocket-Extensions: ;;'),
    'extension-malformed',
  ),
  failing('another subprotocol', answer('Sec-WebSocket-Protocol: mqtt'), 'protocol-not-offered', [
    'chat',
  ]),
  failing(
    'a redirect',
    () =>
      lines(
        'HTTP/1.1 301 Moved Permanently',
        'Location: https://u:p@example.com/ws?token=1',
        'Content-Length: 0',
        '',
      ),
    'redirect',
  ),
  failing(
    'a page',
    () => `${lines('HTTP/1.1 200 OK', 'Content-Length: 2', '')}hi`,
    'page-instead-of-upgrade',
  ),
  failing('400', () => lines('HTTP/1.1 400 Bad Request', 'Content-Length: 0', ''), 'bad-request'),
  failing('401', () => lines('HTTP/1.1 401 Unauthorized', 'Content-Length: 0', ''), 'unauthorized'),
  failing('403', () => lines('HTTP/1.1 403 Forbidden', 'Content-Length: 0', ''), 'forbidden'),
  failing('404', () => lines('HTTP/1.1 404 Not Found', 'Content-Length: 0', ''), 'path-unknown'),
  failing(
    '407',
    () => lines('HTTP/1.1 407 Proxy Authentication Required', 'Content-Length: 0', ''),
    'proxy-authentication',
  ),
  failing('418', () => lines("HTTP/1.1 418 I'm a teapot", 'Content-Length: 0', ''), 'status-other'),
  failing(
    '426',
    () =>
      lines('HTTP/1.1 426 Upgrade Required', 'Sec-WebSocket-Version: 13', 'Content-Length: 0', ''),
    'upgrade-required',
  ),
  failing(
    '429',
    () => lines('HTTP/1.1 429 Too Many Requests', 'Retry-After: 7', 'Content-Length: 0', ''),
    'too-many-requests',
  ),
  failing(
    '500',
    () => lines('HTTP/1.1 500 Internal Server Error', 'Content-Length: 0', ''),
    'server-failed',
  ),
  failing(
    '502',
    () => lines('HTTP/1.1 502 Bad Gateway', 'Content-Length: 0', ''),
    'gateway-failed',
  ),
  failing(
    '503',
    () => lines('HTTP/1.1 503 Service Unavailable', 'Content-Length: 0', ''),
    'unavailable',
  ),
];

function failing(
  name: string,
  write: (accept: string) => string,
  finding: FindingCode,
  protocols: readonly string[] = [],
): HandshakeAnswer {
  return { name, protocols, write, findings: [finding], opens: false };
}
