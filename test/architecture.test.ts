// ARCHITECTURE.md names files and types; this keeps the names true.
import { describe, expect, test } from 'vitest';

import { filesBelow, read, readSources } from './source-files.ts';

const FILE = /^[\w@./*-]+\.(?:ts|mjs|cjs|js|json|md|html|css|yml)$/;
const FOLDER =
  /^(?:packages|docs|test|e2e|scripts|examples|bench|conformance)\/[\w./-]*$|^[\w./-]+\/$/;
const TYPE = /^[A-Z][a-z]\w*$/;
/** `applyMask`, `applyMask()`, `Connection.receive`, `WebSocketServer.attach()` */
const NAME = /^(?=.*[a-z][A-Z]|.*\.|.*\(\)$)[A-Za-z]\w*(?:\.[a-z]\w*)?(?:\(\))?$/;

const files = filesBelow('.');
const folders = new Set(files.flatMap(foldersAbove));
const code = readSources()
  .map((source) => source.code)
  .join('\n');
const exported = new Set(
  [
    ...code.matchAll(/\bexport (?:abstract )?(?:class|function\*?|const|interface|type) (\w+)/g),
  ].map(([, name]) => name ?? ''),
);
const words = new Set(code.match(/\w+/g));

describe('ARCHITECTURE.md', () => {
  const spans = codeSpans(read('ARCHITECTURE.md'));

  test('names files that exist', () => {
    const missing = spans.filter(({ text }) => FILE.test(text) && !isFile(text));
    expect(missing.map(place)).toEqual([]);
  });

  test('names folders that exist', () => {
    const missing = spans.filter(
      ({ text }) => FOLDER.test(text) && !FILE.test(text) && !isFolder(text),
    );
    expect(missing.map(place)).toEqual([]);
  });

  test('names types that a source exports', () => {
    const missing = spans.filter(({ text }) => TYPE.test(text) && !exported.has(text));
    expect(missing.map(place)).toEqual([]);
  });

  test('names functions and members that a source has', () => {
    const missing = spans.filter(
      ({ text }) =>
        NAME.test(text) &&
        !FILE.test(text) &&
        !text
          .replace('()', '')
          .split('.')
          .every((word) => words.has(word)),
    );
    expect(missing.map(place)).toEqual([]);
  });
});

interface CodeSpan {
  readonly text: string;
  readonly line: number;
}

/** What stands between single backticks outside fenced blocks. */
function codeSpans(markdown: string): CodeSpan[] {
  const withoutFences = markdown.replace(/^```[\s\S]*?^```/gm, (block) =>
    block.replace(/[^\n]/g, ''),
  );
  return withoutFences
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/`([^`]+)`/g)].map((match) => ({ text: match[1] ?? '', line: index + 1 })),
    );
}

/** A whole path, or the end of one: `connection.ts`, `protocol/connection.ts`. */
function isFile(path: string): boolean {
  const pattern = new RegExp(
    `(?:^|/)${path
      .replaceAll('.', '\\.')
      .replaceAll('**', '.+')
      .replace(/(?<!\.)\*/g, '[^/]*')}$`,
  );
  return files.some((file) => pattern.test(file));
}

function isFolder(path: string): boolean {
  const folder = path.replace(/\/$/, '');
  return [...folders].some((known) => known === folder || known.endsWith(`/${folder}`));
}

function foldersAbove(file: string): string[] {
  const parts = file.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function place({ text, line }: CodeSpan): string {
  return `ARCHITECTURE.md:${line} \`${text}\``;
}
