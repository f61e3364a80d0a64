/** What the handshake doctor says of one message, and how it shows what is on the wire. */
import { createFinding, type Finding, type FindingCode } from './finding.ts';
import type { HandshakeErrorCode } from './errors.ts';
import type { HeaderFields, RawHeaders } from './http-message.ts';
import type { HeadMistake, HeadMistakeCode } from './lenient-head.ts';

/**
 * How the reading ended: the connection is still `open` and more may come, nothing more came in
 * time (`silent`), or the peer `closed` its side.
 */
export type Ending = 'open' | 'silent' | 'closed';

/** What came of reading one answer or one request. */
export interface Diagnosis {
  /** Those of the message first, then those of its headers. Empty: nothing to remark. */
  readonly findings: readonly Finding[];
  /** No finding is an error: the connection opens. */
  readonly opens: boolean;
  /** Of an answer; undefined when there was none. */
  readonly status: number | undefined;
  /** Of the message, as far as they can be read. They may hold secrets, such as cookies. */
  readonly headers: RawHeaders;
}

export function diagnosis(
  findings: readonly Finding[],
  status = 0,
  headers: RawHeaders = [],
): Diagnosis {
  const opens = findings.every(({ severity }) => severity !== 'error');
  return { findings, opens, status: status === 0 ? undefined : status, headers };
}

const MISTAKE_EXPECTED: Partial<Record<HeadMistakeCode, string>> = {
  'missing-blank-line': '\\r\\n\\r\\n',
  'lf-line-ends': '\\r\\n',
  'field-line-malformed': 'Name: value',
};

/** @param codes - how the kind of message names its mistakes */
export function headFinding(
  { code, found }: HeadMistake,
  codes: Readonly<Record<HeadMistakeCode, FindingCode>>,
): Finding {
  const words =
    found === undefined ? undefined : quote(code === 'lf-line-ends' ? `${found}\n` : found);
  return createFinding(codes[code], words, MISTAKE_EXPECTED[code]);
}

/** The field that each rule is about. */
export type FieldNames = Partial<Record<HandshakeErrorCode, string>>;

/** Every line of the field that the rule is about, as it came. */
export function foundField(
  fields: HeaderFields,
  code: HandshakeErrorCode,
  names: FieldNames,
): string | undefined {
  const name = names[code];
  if (name === undefined) return undefined;
  const values = fields.all(name.toLowerCase());
  if (values.length === 0) return undefined;
  return quote(values.map((value) => `${name}: ${value}`).join(' | '));
}

const MAX_QUOTE_LENGTH = 120;

/** Safe to show: printable, on one line, of bounded length. */
export function quote(text: string): string {
  let shown = '';
  for (const character of text) {
    if (shown.length >= MAX_QUOTE_LENGTH) return `${shown}…`;
    const code = character.charCodeAt(0);
    if (character === '\r') shown += '\\r';
    else if (character === '\n') shown += '\\n';
    else if (code < 0x20 || code > 0x7e) shown += `\\x${code.toString(16).padStart(2, '0')}`;
    else shown += character;
  }
  return shown;
}

/** A URL without what may be secret in it: user, password, query and fragment. */
export function maskUrl(url: string): string {
  return url
    .replace(/^((?:[a-z][a-z0-9+.-]*:)?\/\/)[^/?#]*@/i, '$1***@')
    .replace(/\?[^#]*/, '?***')
    .replace(/#.*/, '#***');
}
