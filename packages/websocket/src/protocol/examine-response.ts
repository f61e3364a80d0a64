/**
 * The handshake doctor: reads one opening handshake from its raw bytes and says everything that is
 * wrong with it, where a client or a server stops at the first thing.
 *
 * What is wrong is decided by `checkResponse` and `checkRequest`; this explains what they find and
 * adds what they never get to see, since a parser refuses it before.
 */
import type { HandshakeError, HandshakeErrorCode } from './errors.ts';
import { formatExtensions } from './extension-header.ts';
import { createFinding, type Finding, type FindingCode } from './finding.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { RSV1 } from './frame.ts';
import { HeaderFields, type RawHeaders } from './http-message.ts';
import {
  diagnosis,
  foundField,
  headFinding,
  maskUrl,
  quote,
  type Diagnosis,
  type Ending,
  type FieldNames,
} from './diagnosis.ts';
import { latin1, readHeadLeniently, type HeadMistakeCode } from './lenient-head.ts';
import { checkResponse, computeAccept, type SentRequest, type Sha1 } from './opening-handshake.ts';
import { checkDeflateAnswer, type DeflateOptions } from './permessage-deflate.ts';

export interface ExamineResponseOptions {
  /** What the client sent. */
  readonly sent: SentRequest;
  readonly sha1: Sha1;
  readonly ending: Ending;
  /** What the client offered, when `sent.extensions` has permessage-deflate. */
  readonly deflate?: DeflateOptions | undefined;
}

/**
 * Reads the answer of a server.
 *
 * @param bytes - everything the server sent so far
 * @returns undefined while the answer may still go on, which it never may unless `ending` is `open`
 */
export function examineResponse(
  bytes: Uint8Array,
  { sent, sha1, ending, deflate }: ExamineResponseOptions,
): Diagnosis | undefined {
  const isOver = ending !== 'open';
  if (bytes.length === 0) {
    if (!isOver) return undefined;
    return diagnosis([createFinding(ending === 'closed' ? 'closed-before-answer' : 'no-answer')]);
  }
  const foreign = recognize(bytes);
  if (foreign !== undefined) return diagnosis([foreign]);
  const head = readHeadLeniently(bytes, /HTTP\/\d/, isOver);
  if (head === undefined) return undefined;

  const findings = head.mistakes.map((mistake) => headFinding(mistake, RESPONSE_MISTAKES));
  if (head.startLine === '') return diagnosis(findings);
  const { headers, startLine } = head;
  const statusLine = /^HTTP\/(\d)\.(\d) (\d{3})(?: .*)?$/.exec(startLine);
  const version = /^HTTP\/(\d\.\d)/.exec(startLine)?.[1];
  const status = Number(/^HTTP\/\S*\s+(\d{3})(?!\d)/.exec(startLine)?.[1] ?? 0);
  if (statusLine === null) {
    const expected = 'HTTP/1.1 101 Switching Protocols';
    findings.push(createFinding('status-line-malformed', quote(startLine), expected));
  } else if (version !== '1.1' && status === 101) {
    findings.push(createFinding('http-version', quote(startLine), 'HTTP/1.1'));
  }
  // What is missing from a head that was cut says nothing.
  const wasCut = head.mistakes.some(({ code }) => code === 'cut-short' || code === 'too-long');
  if (wasCut || status === 0) return diagnosis(findings, status, headers);

  const body = bytes.subarray(head.endsAt);
  if (status !== 101) {
    findings.push(explainRefusal(status, headers, latin1(body.subarray(0, 2_048)), sent, sha1));
    return diagnosis(findings, status, headers);
  }
  findings.push(...explainSwitch(headers, { sent, sha1, deflate }, body));
  return diagnosis(findings, status, headers);
}

export const RESPONSE_MISTAKES: Readonly<Record<HeadMistakeCode, FindingCode>> = {
  'garbage-before-start-line': 'garbage-before-status-line',
  'empty-line-first': 'empty-line-first',
  'no-start-line': 'not-http',
  'missing-blank-line': 'missing-blank-line',
  'cut-short': 'head-cut-short',
  'lf-line-ends': 'lf-line-ends',
  'field-line-malformed': 'field-line-malformed',
  'field-folded': 'field-folded',
  'too-long': 'head-too-long',
};

/** Protocols that answer with bytes of their own: TLS records (RFC 8446 §5.1), HTTP/2 frames. */
function recognize(bytes: Uint8Array): Finding | undefined {
  const [type = 0, major, minor = 0] = bytes;
  if ((type === 0x15 || type === 0x16) && major === 0x03 && minor <= 0x04) {
    return createFinding('tls-port', quote(latin1(bytes)));
  }
  // RFC 9113 §3.4: the server begins with SETTINGS, on stream 0.
  const isSettings = bytes.length >= 9 && bytes[0] === 0 && bytes[3] === 4 && bytes[4] === 0;
  if (isSettings && bytes.subarray(5, 9).every((byte) => byte === 0)) {
    return createFinding('http2-only', quote(latin1(bytes)));
  }
  return undefined;
}

/** What servers of TLS and of HTTP/2 say to a client that speaks neither. */
const TLS_WANTED =
  /plain HTTP request was sent to|HTTP request to an HTTPS server|speaking plain HTTP/i;
const HTTP2_WANTED = /Missing ALPN Protocol, expected `?h2/i;

function explainRefusal(
  status: number,
  headers: RawHeaders,
  body: string,
  sent: SentRequest,
  sha1: Sha1,
): Finding {
  if (status === 400 && TLS_WANTED.test(body)) return createFinding('tls-port', '400', '101');
  if (HTTP2_WANTED.test(body)) return createFinding('http2-only', String(status), '101');
  const check = checkResponse({ status, headers }, sent, sha1);
  const code = check.ok ? 'status-other' : check.problems[0].finding;
  const fields = new HeaderFields(headers);
  const detail = STATUS_DETAILS[code];
  const value = detail === undefined ? undefined : fields.list(detail.toLowerCase());
  const shown =
    value === undefined ? '' : `, ${detail}: ${detail === 'Location' ? maskUrl(value) : value}`;
  return createFinding(code, quote(`${status}${shown}`), '101');
}

/** The header that tells more about a refusal. */
const STATUS_DETAILS: Partial<Record<FindingCode, string>> = {
  redirect: 'Location',
  'upgrade-required': 'Sec-WebSocket-Version',
  'too-many-requests': 'Retry-After',
  unavailable: 'Retry-After',
  'page-instead-of-upgrade': 'Content-Type',
};

function explainSwitch(
  headers: RawHeaders,
  { sent, sha1, deflate }: Pick<ExamineResponseOptions, 'sent' | 'sha1' | 'deflate'>,
  rest: Uint8Array,
): Finding[] {
  const fields = new HeaderFields(headers);
  const check = checkResponse({ status: 101, headers }, sent, sha1);
  const problems: HandshakeError[] = check.ok ? [] : [...check.problems];
  if (check.ok && deflate !== undefined) {
    const answer = checkDeflateAnswer(check.agreement.extensions, deflate);
    if (answer instanceof Error) problems.push(answer);
  }
  const findings = problems.map(({ code, finding }) =>
    createFinding(
      finding,
      foundField(fields, code, RESPONSE_FIELDS),
      expectedField(code, sent, sha1),
    ),
  );
  const connection = fields.list('connection');
  if (connection?.includes(',') === true) {
    findings.push(createFinding('connection-list', quote(connection), 'Upgrade'));
  }
  const announced = ['content-length', 'transfer-encoding'].find((name) => fields.has(name));
  if (announced !== undefined) {
    findings.push(
      createFinding('body-announced', quote(`${announced}: ${fields.list(announced)}`)),
    );
  }
  if (beginsWrong(rest, fields.has('sec-websocket-extensions'))) {
    findings.push(createFinding('garbage-behind-answer', quote(latin1(rest.subarray(0, 64)))));
  }
  return findings;
}

const RESPONSE_FIELDS: FieldNames = {
  PW_WS_RESPONSE_UPGRADE: 'Upgrade',
  PW_WS_RESPONSE_CONNECTION: 'Connection',
  PW_WS_RESPONSE_ACCEPT: 'Sec-WebSocket-Accept',
  PW_WS_RESPONSE_PROTOCOL: 'Sec-WebSocket-Protocol',
  PW_WS_RESPONSE_NO_PROTOCOL: 'Sec-WebSocket-Protocol',
  PW_WS_RESPONSE_EXTENSION: 'Sec-WebSocket-Extensions',
  PW_WS_RESPONSE_DEFLATE: 'Sec-WebSocket-Extensions',
};

function expectedField(
  code: HandshakeErrorCode,
  { key, protocols = [], extensions = [] }: SentRequest,
  sha1: Sha1,
): string | undefined {
  switch (code) {
    case 'PW_WS_RESPONSE_UPGRADE':
      return 'Upgrade: websocket';
    case 'PW_WS_RESPONSE_CONNECTION':
      return 'Connection: Upgrade';
    case 'PW_WS_RESPONSE_ACCEPT':
      return `Sec-WebSocket-Accept: ${computeAccept(key, sha1)}`;
    case 'PW_WS_RESPONSE_PROTOCOL':
    case 'PW_WS_RESPONSE_NO_PROTOCOL':
      return protocols.length === 0
        ? undefined
        : protocols.map((name) => `Sec-WebSocket-Protocol: ${name}`).join(' | ');
    case 'PW_WS_RESPONSE_EXTENSION':
    case 'PW_WS_RESPONSE_DEFLATE':
      return extensions.length === 0
        ? undefined
        : `Sec-WebSocket-Extensions: ${formatExtensions(extensions)}`;
    default:
      return undefined;
  }
}

/** Whether the bytes behind the answer cannot be frames of a server (RFC 6455 §5.2). */
function beginsWrong(rest: Uint8Array, isCompressed: boolean): boolean {
  const decoder = new FrameDecoder({
    receiver: 'client',
    allowedBits: isCompressed ? RSV1 : 0,
    refuseNonMinimalLengths: true,
  });
  decoder.feed(rest.slice());
  while (decoder.next());
  return decoder.error !== undefined;
}
