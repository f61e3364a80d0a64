/** The real nginx, as Debian packages it, in front of a server on this machine. */
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Debian puts it where only root's PATH leads. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

export const nginxProgram = FOLDERS.map((folder) => join(folder, 'nginx')).find((path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

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
  static async start(targetPort: number, directives = ''): Promise<Nginx> {
    if (nginxProgram === undefined) throw new Error('nginx is not installed');
    const folder = await mkdtemp(join(tmpdir(), 'pairwire-nginx-'));
    const port = await findFreePort();
    const file = join(folder, 'nginx.conf');
    await writeFile(file, configuration(folder, port, targetPort, directives));
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

function configuration(folder: string, port: number, target: number, directives: string): string {
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
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${target};
      proxy_set_header Host $http_host;
      ${directives}
    }
  }
}
`;
}

/** nginx cannot be asked which port it got, so it is told one that was free a moment ago. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await pause(20);
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`nginx ended with code ${child.exitCode}`);
}
