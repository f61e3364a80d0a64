// What npm would publish: packed, unpacked into an empty project, used as a stranger would use it.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { read, root } from './source-files.ts';
import { Program } from './system/program.ts';

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
const packages = ['websocket', 'channel', 'pairing', 'web', 'pairwire'].map((folder) => ({
  folder: join(root, 'packages', folder),
  manifest: JSON.parse(read(`packages/${folder}/package.json`)) as Manifest,
}));
/** `@pairwire/websocket`, `@pairwire/websocket/protocol`, …; the pages are files, not modules. */
const entries = packages.flatMap(({ manifest: { name, exports = {} } }) =>
  Object.keys(exports)
    .filter((entry) => !entry.includes('*'))
    .map((entry) => name + entry.slice(1)),
);

let project: string;
let tarballs: ReadonlyMap<string, string>;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'pairwire-packages-'));
  tarballs = await pack();
  for (const { manifest } of packages) await install(manifest);
  await writeFile(join(project, 'package.json'), '{ "type": "module" }');
}, 60_000);

afterAll(() => rm(project, { recursive: true, force: true }));

describe('the published packages', () => {
  test.each(packages)('$manifest.name has nothing for publint to find', async (one) => {
    const tarball = await readFile(tarballs.get(one.manifest.name) ?? '');
    const { messages, pkg } = await publint({ strict: true, pack: { tarball: tarball.buffer } });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test.each(packages)('$manifest.name brings its licence and a README', async ({ manifest }) => {
    const files = await readdir(installed(manifest.name));
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    expect(files).not.toContain('test');
  });

  test('can be imported, every entry of them, without the sources of this repository', async () => {
    const script = `
      const entries = ${JSON.stringify(entries)};
      const modules = await Promise.all(entries.map((entry) => import(entry)));
      console.log(JSON.stringify(modules.map((module) => Object.keys(module).length)));`;
    const { stdout } = await inProject(['--input-type=module', '--eval', script]);
    const counts = JSON.parse(stdout) as number[];
    expect(entries.filter((_, index) => counts[index] === 0)).toEqual([]);
  });

  test('can be required by a CommonJS program', async () => {
    const script = `${JSON.stringify(entries)}.forEach((entry) => require(entry))`;
    const required = inProject(['--input-type=commonjs', '--no-warnings', '--eval', script]);
    await expect(required).resolves.toMatchObject({ stderr: '' });
  });

  test('carry types that a strict TypeScript program accepts, libraries included', async () => {
    const names = entries.map((entry, index) => `import * as entry${index} from '${entry}';`);
    const uses = entries.map((_, index) => `void entry${index};`);
    await writeFile(join(project, 'uses.ts'), [...names, ...uses].join('\n'));
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023'];
    const libraries = [
      '--lib',
      'es2023,dom,dom.iterable',
      '--types',
      'node',
      '--skipLibCheck',
      'false',
    ];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const result = await inProject([tsc, ...options, ...libraries, 'uses.ts']).catch(
      (error: { stdout: string }) => error,
    );
    expect(
      result.stdout
        .split('\n')
        .filter((line) => !isAboutALibrary(line))
        .join('\n'),
    ).toBe('');
  });

  test('let the program run: it is ready, serves both pages, and ends when told to', async () => {
    const bin = join(installed('pairwire'), 'bin/pairwire.js');
    const program = new Program(
      ['up', '--host', '127.0.0.1', '--port', '0', '--udp-port', '0'],
      [],
      bin,
    );
    try {
      const [, url = ''] = await program.line(/^ready (http:\S+)/m);
      for (const path of ['/', '/p']) {
        const response = await fetch(new URL(path, url));
        expect(response.status, path).toBe(200);
        expect(response.headers.get('content-type'), path).toMatch(/^text\/html/);
        expect(await response.text(), path).toContain('<script type="module"');
      }
    } finally {
      await program.end('SIGTERM');
    }
  });
});

/** Name → tarball. One call of npm for all of them. */
async function pack(): Promise<Map<string, string>> {
  const workspaces = packages.flatMap(({ manifest }) => ['--workspace', manifest.name]);
  const { stdout } = await npm('pack', '--json', '--pack-destination', project, ...workspaces);
  const packed = JSON.parse(stdout) as { name: string; filename: string }[];
  return new Map(packed.map(({ name, filename }) => [name, join(project, filename)]));
}

/**
 * Unpacks a tarball as npm would, and links the libraries that its manifest lists, and no others:
 * what is imported without being listed is not found.
 */
async function install({ name, dependencies = {} }: Manifest): Promise<void> {
  const folder = installed(name);
  await mkdir(folder, { recursive: true });
  await run('tar', ['-xzf', tarballs.get(name) ?? '', '-C', folder, '--strip-components=1']);
  for (const library of [...Object.keys(dependencies), '@types/node']) {
    const isOurs = packages.some(({ manifest }) => manifest.name === library);
    if (isOurs || existsSync(installed(library))) continue;
    await mkdir(dirname(installed(library)), { recursive: true });
    await symlink(join(root, 'node_modules', library), installed(library), 'junction');
  }
}

function installed(name: string): string {
  return join(project, 'node_modules', name);
}

function inProject(args: string[]) {
  return run(process.execPath, args, { cwd: project });
}

function npm(...args: string[]) {
  const cli = process.env['npm_execpath'];
  if (cli?.endsWith('npm-cli.js')) return run(process.execPath, [cli, ...args], { cwd: root });
  return run('npm', args, { cwd: root, shell: process.platform === 'win32' });
}

/** Whether our types are right is our business; how other libraries write theirs is not. */
function isAboutALibrary(line: string): boolean {
  return line.includes('node_modules/') && !/node_modules\/(?:@pairwire|pairwire)\//.test(line);
}
