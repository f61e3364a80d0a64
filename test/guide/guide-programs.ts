/** The programs of the guide in a folder of their own, as a reader would have them. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { root } from '../source-files.ts';
import { Program } from '../system/program.ts';
import { readGuide, readPrograms } from './guide-blocks.ts';

const fixtures = join(root, 'packages/websocket/test/node/fixtures');
export const TLS_CERT = join(fixtures, 'localhost.crt');
export const TLS_KEY = join(fixtures, 'localhost.key');

export class GuidePrograms {
  readonly names: readonly string[];
  readonly #folder: string;
  readonly #running: Program[] = [];

  private constructor(folder: string, names: readonly string[]) {
    this.#folder = folder;
    this.names = names;
  }

  static async unpack(): Promise<GuidePrograms> {
    const folder = await mkdtemp(join(tmpdir(), 'pairwire-guide-'));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const programs = readPrograms(readGuide());
    for (const [name, text] of programs) await writeFile(join(folder, name), text);
    return new GuidePrograms(folder, [...programs.keys()]);
  }

  /** What TypeScript has to say about them, in its strict mode. */
  check(): string {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const strict = ['--checkJs', '--noEmit', '--strict', '--noUncheckedIndexedAccess'];
    const platform = ['--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const { stdout } = spawnSync(process.execPath, [tsc, ...strict, ...platform, ...this.names], {
      cwd: this.#folder,
      encoding: 'utf8',
    });
    return stdout;
  }

  run(name: string, ...args: string[]): Program {
    const env = { PORT: '0', TLS_CERT, TLS_KEY };
    const program = new Program(args, [], join(this.#folder, name), env);
    this.#running.push(program);
    return program;
  }

  /** Starts a server. @returns its port */
  async serve(name: string): Promise<number> {
    const [, port = ''] = await this.run(name).line(/^listening .*port: (\d+)/m);
    return Number(port);
  }

  async endAll(): Promise<void> {
    await Promise.all(this.#running.splice(0).map((program) => program.end()));
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true });
  }
}
