// Keeps the documents true: commands exist, links lead somewhere, both READMEs say the same.
import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';

import { filesBelow, read, root } from './source-files.ts';

const documents = filesBelow('.').filter((path) => path.endsWith('.md'));

describe('every markdown file', () => {
  test('links to files that exist and to headings that they have', () => {
    const faults = documents.flatMap((path) =>
      linksOf(read(path)).flatMap((link) => {
        const fault = faultOf(path, link.target);
        return fault === undefined ? [] : [`${path}:${link.line} (${link.target}): ${fault}`];
      }),
    );
    expect(faults).toEqual([]);
  });

  test('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const faults = documents.flatMap((path) =>
      commandsOf(read(path))
        .filter((name) => !(name in scripts))
        .map((name) => `${path}: there is no npm script "${name}"`),
    );
    expect(faults).toEqual([]);
  });

  test('names programs of this repository that exist', () => {
    const faults = documents.flatMap((path) =>
      [
        ...read(path).matchAll(
          /\bnode ((?:packages|scripts|examples|bench|conformance)\/[\w./-]+)/g,
        ),
      ]
        .map(([, program = '']) => program)
        .filter((program) => !existsSync(join(root, program)))
        .map((program) => `${path}: there is no ${program}`),
    );
    expect(faults).toEqual([]);
  });
});

describe('README.md and README.zh-CN.md', () => {
  const english = read('README.md');
  const chinese = read('README.zh-CN.md');

  test('have the same sections at the same levels', () => {
    const levels = (text: string) => headingsOf(text).map(({ level }) => level);
    expect(levels(chinese)).toEqual(levels(english));
  });

  test('show the same commands and code', () => {
    expect(fencesOf(chinese)).toEqual(fencesOf(english));
  });

  test('link to the same documents', () => {
    const targets = (text: string) =>
      linksOf(text)
        .map(({ target }) => target)
        .filter((target) => !target.startsWith('README'));
    expect(targets(chinese)).toEqual(targets(english));
  });
});

/** Why a link leads nowhere; undefined when it does not. Other hosts are not asked. */
function faultOf(from: string, target: string): string | undefined {
  if (/^(?:https?|mailto):/.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : posix.join(dirname(from), decodeURI(path));
  if (!existsSync(join(root, file))) return `there is no ${file}`;
  if (anchor === undefined || !file.endsWith('.md')) return undefined;
  const anchors = headingsOf(read(file)).map(({ title }) => anchorOf(title));
  return anchors.includes(decodeURI(anchor)) ? undefined : `${file} has no such heading`;
}

function linksOf(markdown: string): { target: string; line: number }[] {
  return withoutFences(markdown)
    .split('\n')
    .flatMap((line, index) =>
      [...line.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)|\b(?:src|href)="([^"]+)"/g)].map(
        ([, inline, html]) => ({ target: inline ?? html ?? '', line: index + 1 }),
      ),
    );
}

function headingsOf(markdown: string): { level: number; title: string }[] {
  return [...withoutFences(markdown).matchAll(/^(#{1,6}) (.+)$/gm)].map(
    ([, marks = '', title = '']) => ({ level: marks.length, title }),
  );
}

/** As the usual renderers make it: lower case, spaces to hyphens, punctuation gone. */
function anchorOf(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

function commandsOf(markdown: string): string[] {
  return [...markdown.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
    ([, run, short]) => run ?? short ?? '',
  );
}

function fencesOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```[\s\S]*?^```/gm)].map(([block]) => block);
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ''));
}
