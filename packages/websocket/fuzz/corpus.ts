/** Inputs in files: `corpus/TARGET/NAME`, text as it is, bytes in hex with comments after `#`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { concat } from '../test/protocol/support/bytes.ts';
import type { Target } from './target.ts';

export interface CorpusEntry {
  readonly name: string;
  readonly input: Uint8Array;
}

const BYTES_PER_LINE = 32;

/** So many equal bytes are written as `00*16`. */
const MIN_RUN = 16;

/** @param folder - the one with `corpus/` in it */
export function readCorpus(folder: string, target: Target): CorpusEntry[] {
  const path = join(folder, 'corpus', target.name);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .toSorted()
    .map((name) => ({ name, input: readInput(join(path, name), target) }));
}

/** @throws {SyntaxError} when a file in hex holds something else */
export function readInput(path: string, { format }: Target): Uint8Array {
  const contents = readFileSync(path);
  if (format === 'text') return Uint8Array.from(contents);
  const text = contents.toString('utf8').replaceAll(/#.*$/gm, '');
  return concat(
    ...text
      .split(/\s+/)
      .filter(Boolean)
      .map((word) => readWord(path, word)),
  );
}

/** Bytes in hex, or one run of them: `81*100`. */
function readWord(path: string, word: string): Uint8Array {
  const [, digits = '', times = '1'] = /^((?:[0-9a-f]{2})+)(?:\*(\d+))?$/i.exec(word) ?? [];
  if (digits === '') throw new SyntaxError(`${path}: ${word} is not hex`);
  return Uint8Array.from(Buffer.from(digits.repeat(Number(times)), 'hex'));
}

/** Writes an input that failed and returns its path. */
export function writeFailure(
  folder: string,
  target: Target,
  name: string,
  input: Uint8Array,
  remarks: string,
): string {
  const path = join(folder, 'failures');
  mkdirSync(path, { recursive: true });
  const file = join(path, `${target.name}-${name}.${target.format === 'hex' ? 'hex' : 'txt'}`);
  writeFileSync(file, target.format === 'text' ? input : formatHex(input, remarks));
  return file;
}

export function formatHex(input: Uint8Array, remarks: string): string {
  const lines = remarks.split('\n').map((line) => `# ${line}`.trimEnd());
  let line = '';
  const endLine = () => {
    if (line !== '') lines.push(line);
    line = '';
  };
  for (let start = 0; start < input.length;) {
    const byte = input[start] ?? 0;
    let end = start;
    while (input[end] === byte) end++;
    const digits = byte.toString(16).padStart(2, '0');
    if (end - start >= MIN_RUN) {
      endLine();
      lines.push(`${digits}*${end - start}`);
      start = end;
    } else {
      line += digits;
      start++;
      if (line.length === 2 * BYTES_PER_LINE) endLine();
    }
  }
  endLine();
  return [...lines, ''].join('\n');
}
