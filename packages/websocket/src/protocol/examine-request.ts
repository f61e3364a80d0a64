/** The handshake doctor's reading of a client's request; see examine-response.ts. */
import {
  diagnosis,
  foundField,
  headFinding,
  quote,
  type Diagnosis,
  type Ending,
  type FieldNames,
} from './diagnosis.ts';
import { RESPONSE_MISTAKES } from './examine-response.ts';
import { createFinding, type FindingCode } from './finding.ts';
import { HeaderFields } from './http-message.ts';
import { readHeadLeniently, type HeadMistakeCode } from './lenient-head.ts';
import { checkRequest } from './opening-handshake.ts';

const REQUEST_MISTAKES: Readonly<Record<HeadMistakeCode, FindingCode>> = {
  ...RESPONSE_MISTAKES,
  'garbage-before-start-line': 'request-not-http',
  'no-start-line': 'request-not-http',
  'missing-blank-line': 'request-unfinished',
  'cut-short': 'request-unfinished',
};

const REQUEST_FIELDS: FieldNames = {
  PW_WS_HOST: 'Host',
  PW_WS_UPGRADE: 'Upgrade',
  PW_WS_CONNECTION: 'Connection',
  PW_WS_KEY: 'Sec-WebSocket-Key',
  PW_WS_VERSION: 'Sec-WebSocket-Version',
  PW_WS_PROTOCOL_SYNTAX: 'Sec-WebSocket-Protocol',
  PW_WS_EXTENSION_SYNTAX: 'Sec-WebSocket-Extensions',
  PW_WS_ORIGIN: 'Origin',
};

/**
 * Reads the request of a client.
 *
 * @param bytes - everything the client sent so far
 * @returns undefined while the request may still go on, which it never may unless `ending` is `open`
 */
export function examineRequest(bytes: Uint8Array, ending: Ending): Diagnosis | undefined {
  const isOver = ending !== 'open';
  const [type, major] = bytes;
  // A TLS greeting (RFC 8446 §5.1).
  if (type === 0x16 && major === 0x03) return diagnosis([createFinding('plain-port')]);
  const head = readHeadLeniently(bytes, /[!-~]+ [!-~]+ HTTP\/\d/, isOver);
  if (head === undefined) return undefined;
  const findings = head.mistakes.map((mistake) => headFinding(mistake, REQUEST_MISTAKES));
  if (head.startLine === '') return diagnosis(findings);
  const { headers, startLine } = head;
  const [method = '', target = '', version = ''] = startLine.split(' ', 3);
  const check = checkRequest({
    method,
    target,
    httpVersion: version.replace('HTTP/', ''),
    headers,
  });
  const fields = new HeaderFields(headers);
  for (const { code, finding } of check.ok ? [] : check.problems) {
    // The request line is shown without its target, which may hold a token.
    const found =
      code === 'PW_WS_METHOD'
        ? quote(method)
        : code === 'PW_WS_HTTP_VERSION'
          ? quote(version)
          : foundField(fields, code, REQUEST_FIELDS);
    findings.push(createFinding(finding, found));
  }
  return diagnosis(findings, undefined, headers);
}
