/**
 * Reads the head of an HTTP/1.1 message as far as anybody could make sense of it (RFC 9112), and
 * notes each rule it breaks: for the handshake doctor, who wants to see the mistakes behind the
 * first one. Nothing that opens connections uses this.
 */
import { isToken, trimWhitespace } from './header-syntax.ts';
import type { RawHeaders } from './http-message.ts';

/** What clients take at most: the limit of `node:http`. */
const MAX_HEAD_BYTES = 16_384;

/** How far into the input a start line is looked for. */
const MAX_GARBAGE_BYTES = 1_024;

export type HeadMistakeCode =
  | 'garbage-before-start-line'
  | 'empty-line-first'
  | 'no-start-line'
  | 'missing-blank-line'
  | 'cut-short'
  | 'lf-line-ends'
  | 'field-line-malformed'
  | 'field-folded'
  | 'too-long';

export interface HeadMistake {
  readonly code: HeadMistakeCode;
  /** The bytes in question, one character each; undefined when something is missing. */
  readonly found?: string;
}

export interface LenientHead {
  /** Empty when there is none. */
  readonly startLine: string;
  readonly headers: RawHeaders;
  readonly mistakes: readonly HeadMistake[];
  /** Where the head ends and frames, or a body, begin. */
  readonly endsAt: number;
}

/**
 * @param bytes - everything that came; undefined: the head may still go on
 * @param startLine - what a start line begins like, looked for anywhere near the beginning
 * @param isOver - nothing more will come
 */
export function readHeadLeniently(
  bytes: Uint8Array,
  startLine: RegExp,
  isOver: boolean,
): LenientHead | undefined {
  const text = latin1(bytes.subarray(0, MAX_HEAD_BYTES + MAX_GARBAGE_BYTES));
  const mistakes: HeadMistake[] = [];
  const start = text.slice(0, MAX_GARBAGE_BYTES).search(startLine);
  if (start === -1) {
    if (!isOver && text.length < MAX_GARBAGE_BYTES) return undefined;
    mistakes.push({ code: 'no-start-line', found: text });
    return { startLine: '', headers: [], mistakes, endsAt: 0 };
  }
  if (start > 0) {
    const found = text.slice(0, start);
    const isEmpty = /^[\r\n]*$/.test(found);
    mistakes.push({ code: isEmpty ? 'empty-line-first' : 'garbage-before-start-line', found });
  }

  const { lines, endsAt, rest, bareLineFeed } = splitLines(text, start);
  if (endsAt === undefined) {
    const isTooLong = text.length > MAX_HEAD_BYTES;
    if (!isOver && !isTooLong) return undefined;
    if (isTooLong) mistakes.push({ code: 'too-long' });
    else if (isWholeLine(rest)) mistakes.push({ code: 'missing-blank-line' });
    else mistakes.push({ code: 'cut-short', found: rest });
    if (isFieldLine(rest)) lines.push(rest);
  }
  if (bareLineFeed !== undefined) mistakes.push({ code: 'lf-line-ends', found: bareLineFeed });
  const [first = '', ...fieldLines] = lines;
  const headers = readFields(fieldLines, mistakes);
  return { startLine: first, headers, mistakes, endsAt: endsAt ?? bytes.length };
}

interface Lines {
  readonly lines: string[];
  /** Behind the empty line; undefined when there is none. */
  readonly endsAt: number | undefined;
  /** What stands behind the last line end. */
  readonly rest: string;
  /** The first line that ends without CR. */
  readonly bareLineFeed: string | undefined;
}

function splitLines(text: string, from: number): Lines {
  const lines: string[] = [];
  let bareLineFeed: string | undefined;
  let start = from;
  for (let end; (end = text.indexOf('\n', start)) !== -1; start = end + 1) {
    const hasReturn = end > start && text[end - 1] === '\r';
    const line = text.slice(start, hasReturn ? end - 1 : end);
    if (!hasReturn) bareLineFeed ??= line;
    if (line === '') return { lines, endsAt: end + 1, rest: '', bareLineFeed };
    lines.push(line);
  }
  return { lines, endsAt: undefined, rest: text.slice(start), bareLineFeed };
}

/** Nothing, a whole field without its line end, or what can only be the beginning of a frame. */
function isWholeLine(rest: string): boolean {
  return rest === '' || rest === '\r' || rest.charCodeAt(0) >= 0x80 || isFieldLine(rest);
}

function isFieldLine(line: string): boolean {
  const colon = line.indexOf(':');
  return colon > 0 && isToken(line.slice(0, colon));
}

function readFields(lines: readonly string[], mistakes: HeadMistake[]): string[] {
  const headers: string[] = [];
  for (const line of lines) {
    if (/^[ \t]/.test(line) && headers.length > 0) {
      noteOnce(mistakes, { code: 'field-folded', found: line });
      headers.push(`${headers.pop()} ${trimWhitespace(line)}`);
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    const value = trimWhitespace(line.slice(colon + 1));
    if (!isToken(name) || !isReadableValue(value)) {
      noteOnce(mistakes, { code: 'field-line-malformed', found: line });
    }
    if (isToken(trimWhitespace(name))) headers.push(trimWhitespace(name), value);
  }
  return headers;
}

/** A head has room for thousands of bad lines: the first of a kind stands for all of them. */
function noteOnce(mistakes: HeadMistake[], mistake: HeadMistake): void {
  if (mistakes.every(({ code }) => code !== mistake.code)) mistakes.push(mistake);
}

/** RFC 9110 §5.5: no control characters but the tab. */
function isReadableValue(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return false;
  }
  return true;
}

/** One character for each byte. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 4_096) {
    text += String.fromCharCode(...bytes.subarray(start, start + 4_096));
  }
  return text;
}
