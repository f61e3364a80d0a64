// Keeps the layers apart. The table is the one of ARCHITECTURE.md §2, and the tests below name the
// invariants that follow it there.
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { fromRoot, read, readSources, root, type SourceFile } from './source-files.ts';

/** Folder → what of ours it may import. Itself is understood. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'websocket/protocol': [],
  'websocket/node': ['websocket/protocol'],
  'websocket/compat': ['websocket/node', 'websocket/protocol'],
  'channel/protocol': [],
  'channel/client': ['channel/protocol'],
  'channel/server': ['channel/protocol', 'websocket'],
  pairing: [],
  web: ['channel/client', 'pairing'],
  'pairwire/coap': [],
  'pairwire/relay': ['channel/server', 'pairing/rendezvous'],
  'pairwire/gateway': ['pairwire/coap', 'channel/client', 'websocket', 'pairing/rendezvous'],
  'pairwire/simulator': ['pairwire/coap', 'pairing'],
  'pairwire/lab': ['channel/server', 'websocket', 'websocket/protocol'],
  'pairwire/cli': [
    'pairwire/relay',
    'pairwire/lab',
    'pairwire/gateway',
    'pairwire/simulator',
    'pairwire/coap',
    'channel/client',
    'websocket',
    'websocket/protocol',
    'pairing',
  ],
};

/** Folder → the npm packages it may import. Node's own modules are in `USES_NODE`. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  pairing: ['valibot', 'hpke', '@panva/hpke-noble', '@noble/hashes'],
  web: ['uqr', '@noble/hashes'],
  'pairwire/relay': ['prom-client'],
  'pairwire/simulator': ['uqr'],
  'pairwire/cli': ['commander', 'pino', 'close-with-grace'],
};

const USES_NODE = [
  'websocket/node',
  'websocket/compat',
  'channel/server',
  'pairwire/relay',
  'pairwire/lab',
  'pairwire/gateway',
  'pairwire/simulator',
  'pairwire/cli',
];

/** Invariant 1: these are given time, randomness and bytes; they fetch none. */
const CORES = ['websocket/protocol', 'channel/protocol', 'pairing', 'pairwire/coap'];

/** Words of code that reach for it; comments and strings may say what they like. */
const OUTSIDE_WORLD: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b|\bnew Date\b|\bperformance\b/, 'reads a clock'],
  [/\bMath\.random\b|\bgetRandomValues\b|\brandomUUID\b/, 'draws lots'],
  [/\b(?:set|clear)(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/, 'uses a timer'],
  [/(?<![.\w])crypto\.|\bglobalThis\b/, 'reaches for a global'],
  [/(?<![.\w])process\.|\bBuffer\b/, 'uses Node'],
  [/(?<![.\w])console\./, 'prints'],
  [/(?<![.\w])(?:fetch|WebSocket|XMLHttpRequest)\s*\(/, 'opens a connection'],
];

const sources = readSources();
const exportsOf = new Map(
  ['websocket', 'channel', 'pairing'].map((name) => {
    const manifest = JSON.parse(read(`packages/${name}/package.json`)) as {
      exports: Record<string, unknown>;
    };
    return [`@pairwire/${name}`, Object.keys(manifest.exports)];
  }),
);

describe('the import graph', () => {
  test('is the table of ARCHITECTURE.md', () => {
    expect(tableOf(read('ARCHITECTURE.md'))).toEqual(MAY_IMPORT);
  });

  test('has every source file in one of its folders', () => {
    expect(sources.filter((file) => folderOf(file.path) === undefined).map(pathOf)).toEqual([]);
  });

  test('has no arrow that the table does not draw', () => {
    const faults = eachImport((file, specifier) => {
      const from = folderOf(file.path);
      const to = targetOf(file, specifier);
      if (from === undefined || to === undefined || isAllowed(from, to)) return undefined;
      const allowed = MAY_IMPORT[from]?.join(', ') || 'nothing but itself';
      return `${from} may import ${allowed}; this imports ${to}`;
    });
    expect(faults).toEqual([]);
  });

  test('enters another package by its front door: what its exports list, never a deep path', () => {
    const faults = eachImport((file, specifier) => {
      if (specifier.startsWith('.')) {
        const packageOf = (path: string) => path.split('/').slice(0, 2).join('/');
        const target = resolve(file, specifier);
        return packageOf(target) === packageOf(file.path) ? undefined : 'leaves its own package';
      }
      const name = specifier.split('/').slice(0, 2).join('/');
      const listed = exportsOf.get(name);
      const entry = `.${specifier.slice(name.length)}`;
      return listed && !listed.includes(entry) ? `${name} does not export "${entry}"` : undefined;
    });
    expect(faults).toEqual([]);
  });

  test('names libraries and modules of Node only where they belong', () => {
    const faults = eachImport((file, specifier) => {
      const folder = folderOf(file.path);
      if (folder === undefined || isOurs(specifier)) return undefined;
      if (specifier.startsWith('node:')) {
        return USES_NODE.includes(folder) ? undefined : `${folder} does not run on Node alone`;
      }
      if (builtinModules.includes(specifier)) return `write node:${specifier}`;
      const known = LIBRARIES[folder] ?? [];
      const isKnown = known.some((name) => specifier === name || specifier.startsWith(`${name}/`));
      return isKnown ? undefined : `${folder} does not use this library`;
    });
    expect(faults).toEqual([]);
  });
});

describe('the invariants of ARCHITECTURE.md §2', () => {
  test('1: a core touches no socket, timer, clock or random source', () => {
    const faults = sources
      .filter((file) => CORES.includes(folderOf(file.path) ?? ''))
      .flatMap((file) =>
        file.code
          .split('\n')
          .flatMap((line, index) =>
            OUTSIDE_WORLD.filter(([pattern]) => pattern.test(line)).map(
              ([, what]) => `${file.path}:${index + 1} ${what}: ${lineOf(file, index)}`,
            ),
          ),
      );
    expect(faults).toEqual([]);
  });

  test('2: relay and gateway see of pairing the rendezvous only', () => {
    const faults = eachImport((file, specifier) =>
      ['pairwire/relay', 'pairwire/gateway'].includes(folderOf(file.path) ?? '') &&
      specifier.startsWith('@pairwire/pairing') &&
      specifier !== '@pairwire/pairing/rendezvous'
        ? 'could read what is typed'
        : undefined,
    );
    expect(faults).toEqual([]);
  });

  test('2: and the rendezvous itself imports none of the rest of pairing', () => {
    const rendezvous = sources.filter(({ path }) => path === 'packages/pairing/src/rendezvous.ts');
    expect(rendezvous).toHaveLength(1);
    const imported = rendezvous.flatMap((file) => file.imports.map(({ specifier }) => specifier));
    expect(imported.filter((specifier) => specifier.startsWith('.'))).toEqual([]);
  });

  test('3: no page imports the engine, nor does the client side of the channel', () => {
    const faults = eachImport((file, specifier) =>
      ['web', 'channel/client', 'channel/protocol'].includes(folderOf(file.path) ?? '') &&
      specifier.startsWith('@pairwire/websocket')
        ? 'a browser brings its own WebSocket'
        : undefined,
    );
    expect(faults).toEqual([]);
  });

  test('4: only the command line starts relay, lab, gateway, simulator and pages side by side', () => {
    const parts = [
      'pairwire/relay',
      'pairwire/lab',
      'pairwire/gateway',
      'pairwire/simulator',
      'web',
    ];
    const faults = eachImport((file, specifier) => {
      const from = folderOf(file.path) ?? '';
      const to = targetOf(file, specifier) ?? '';
      if (from === to || from === 'pairwire/cli' || !parts.includes(to)) return undefined;
      return `${from} and ${to} meet on the wire`;
    });
    expect(faults).toEqual([]);
  });

  test('6: an index.ts only re-exports', () => {
    const faults = sources
      .filter(({ path }) => path.endsWith('/index.ts'))
      .flatMap((file) => {
        const rest = file.code
          .replace(/\bexport (?:type )?(?:\*(?: as \w+)?|\{[^}]*\}) from '';/g, '')
          .replace(/\bexport \{\s*\};/g, '')
          .trim();
        return rest === '' ? [] : [`${file.path} does more: ${rest.split('\n')[0]}`];
      });
    expect(faults).toEqual([]);
  });
});

/** `packages/channel/src/client/x.ts` → `channel/client`; a package without layers is one folder. */
function folderOf(path: string): string | undefined {
  const [, name = '', inside = ''] = /^packages\/([^/]+)\/src\/(.*)$/.exec(path) ?? [];
  const layer = `${name}/${inside.split('/')[0]}`;
  if (layer in MAY_IMPORT) return layer;
  // The package's own front: it re-exports its Node layer and belongs to it.
  if (path === 'packages/websocket/src/index.ts') return 'websocket/node';
  return name in MAY_IMPORT ? name : undefined;
}

/** What an import of ours leads to, in the words of the table; undefined when it is not ours. */
function targetOf(file: SourceFile, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return folderOf(resolve(file, specifier)) ?? specifier;
  return specifier.startsWith('@pairwire/') ? specifier.slice('@pairwire/'.length) : undefined;
}

/** The engine's front door, `websocket`, is allowed only by its own name. */
function isAllowed(from: string, to: string): boolean {
  return from === to || (MAY_IMPORT[from]?.includes(to) ?? false);
}

function isOurs(specifier: string): boolean {
  return specifier.startsWith('.') || specifier.startsWith('@pairwire/');
}

function resolve(file: SourceFile, specifier: string): string {
  return fromRoot(join(root, dirname(file.path), specifier));
}

/** Faults as `path:line specifier: what is wrong`. */
function eachImport(
  check: (file: SourceFile, specifier: string) => string | undefined,
): readonly string[] {
  return sources.flatMap((file) =>
    file.imports.flatMap(({ specifier, line }) => {
      const fault = check(file, specifier);
      return fault === undefined ? [] : [`${file.path}:${line} '${specifier}': ${fault}`];
    }),
  );
}

function lineOf(file: SourceFile, index: number): string {
  return file.text.split('\n')[index]?.trim() ?? '';
}

function pathOf({ path }: SourceFile): string {
  return path;
}

/** The rows below `| Folder | May import |`. */
function tableOf(markdown: string): Record<string, string[]> {
  const table = /\|\s*Folder\s*\|\s*May import\s*\|\n\|[^\n]*\n((?:\|[^\n]*\n)+)/.exec(markdown);
  const rows = (table?.[1] ?? '').trim().split('\n');
  return Object.fromEntries(
    rows.map((row) => {
      const [, folder = '', allowed = ''] = row.split('|');
      return [namesIn(folder)[0] ?? '', namesIn(allowed)];
    }),
  );
}

function namesIn(cell: string): string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = '']) => name);
}
