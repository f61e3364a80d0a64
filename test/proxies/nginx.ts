/** The real nginx, as Debian packages it, in front of a server on this machine. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findFreePort } from '../free-port.ts';
import { findProgram, untilListening } from './debian-program.ts';

export const nginxProgram = findProgram('nginx');

export class Nginx {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  /** @param directives - what stands beside `proxy_pass`, as an operator would write it */
  static start(targetPort: number, directives = ''): Promise<Nginx> {
    return Nginx.startWith((port) => siteTo(targetPort, port, directives));
  }

  /** @param sites - what an operator would put into `conf.d`, for the port it is to listen on */
  static async startWith(sites: (port: number) => string): Promise<Nginx> {
    if (nginxProgram === undefined) throw new Error('nginx is not installed');
    const folder = await mkdtemp(join(tmpdir(), 'pairwire-nginx-'));
    const port = await findFreePort();
    const file = join(folder, 'nginx.conf');
    await writeFile(file, configuration(folder, sites(port)));
    const child = spawn(nginxProgram, ['-p', folder, '-e', join(folder, 'error.log'), '-c', file], {
      stdio: 'inherit',
    });
    await untilListening(port, child);
    return new Nginx(port, child, folder);
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
    await rm(this.#folder, { recursive: true });
  }
}

function siteTo(target: number, port: number, directives: string): string {
  return `server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${target};
      proxy_set_header Host $http_host;
      ${directives}
    }
  }`;
}

function configuration(folder: string, sites: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n  ');
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off;
  ${temporary}
  ${sites}
}
`;
}
