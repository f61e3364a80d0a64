/** The real Caddy, as Debian packages it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findFreePort } from '../free-port.ts';
import { findProgram, untilListening } from './debian-program.ts';

export const caddyProgram = findProgram('caddy');

export class Caddy {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  /** @param sites - the sites of a Caddyfile, for the port it is to listen on */
  static async start(sites: (port: number) => string): Promise<Caddy> {
    if (caddyProgram === undefined) throw new Error('caddy is not installed');
    const folder = await mkdtemp(join(tmpdir(), 'pairwire-caddy-'));
    const port = await findFreePort();
    const file = join(folder, 'Caddyfile');
    // No port for its administration, none for redirects, no certificate from anybody.
    const global = '{\n\tadmin off\n\tauto_https off\n}\n';
    await writeFile(file, global + sites(port));
    const args = ['run', '--adapter', 'caddyfile', '--config', file];
    const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    const child = spawn(caddyProgram, args, { stdio: 'ignore', env });
    await untilListening(port, child);
    return new Caddy(port, child, folder);
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
    await rm(this.#folder, { recursive: true });
  }
}
