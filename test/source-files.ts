// The sources as the tests of this folder read them.
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Installed, built or written by a test run. */
const NOT_OURS = new Set([
  '.git',
  'coverage',
  'dist',
  'node_modules',
  'playwright-report',
  'test-results',
]);

export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Without comments; strings and templates keep their quotes but lose their content. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** Every source of the packages: `packages/x/src/…`. */
export function readSources(): SourceFile[] {
  return readdirSync(join(root, 'packages')).flatMap((name) =>
    filesBelow(`packages/${name}/src`)
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
      .map(readSource),
  );
}

function readSource(path: string): SourceFile {
  const text = read(path);
  return { path, text, code: blank(text, true), imports: findImports(blank(text, false)) };
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Every file below a folder that belongs to the repository. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return [];
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** A file's path from the root, for comparison with the paths above. */
export function fromRoot(file: string): string {
  return relative(root, file).split(sep).join('/');
}

/** `from '…'`, `import '…'` and `import('…')`; an import cannot be written in any other way. */
function findImports(code: string): Import[] {
  const pattern = /\b(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g;
  return [...code.matchAll(pattern)].map((match) => ({
    specifier: match[2] ?? '',
    line: code.slice(0, match.index).split('\n').length,
  }));
}

/** Comments, strings, templates and regular expressions, whichever begins first. */
const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=[(=,:!&|?{};\n]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/[dgimsuvy]*/g;

/** Keeps the lines, so that line numbers stay true. A template keeps what it inserts. */
function blank(text: string, stringsToo: boolean): string {
  return text.replace(TOKEN, (token) => {
    const isComment = token.startsWith('//') || token.startsWith('/*');
    if (isComment) return token.replace(/[^\n]/g, ' ');
    if (!stringsToo) return token;
    if (token.startsWith('`')) return `\`${inserted(token)}\``;
    return `${token[0]}${token[0]}`;
  });
}

function inserted(template: string): string {
  const pieces = [...template.matchAll(/\$\{([^}]*)\}/g)].map((match) => `\${${match[1] ?? ''}}`);
  return pieces.join('') + template.replace(/[^\n]/g, '');
}
