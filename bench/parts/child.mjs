// A server in a process of its own, so that what it costs can be told from what its load costs.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export class Child {
  #process;
  /** Where it listens. */
  port = 0;

  /**
   * @param {string} script beside this file
   * @returns {Promise<Child>}
   */
  static async start(script) {
    const child = new Child(script);
    child.port = await child.#next();
    return child;
  }

  /** @param {string} script */
  constructor(script) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    this.#process = fork(path, { execArgv: ['--expose-gc'] });
  }

  /** @returns {Promise<{ cpuMs: number, rssBytes: number, requests: number, bytes: number }>} */
  ask() {
    const answer = this.#next();
    this.#process.send('cost');
    return answer;
  }

  async end() {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }

  async #next() {
    const [message] = await once(this.#process, 'message');
    return message;
  }
}

/**
 * The other side: listens, says where, and answers what it has cost so far.
 *
 * @param {import('node:http').Server} server
 */
export function serveAsChild(server) {
  let requests = 0;
  let bytesOfClosed = 0;
  const sockets = new Set();
  server.on('request', () => (requests += 1));
  server.on('upgrade', () => (requests += 1));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      bytesOfClosed += bytesOf(socket);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.(server.address().port));
  process.on('message', () => {
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const bytes = [...sockets].reduce((sum, socket) => sum + bytesOf(socket), bytesOfClosed);
    const cpuMs = (user + system) / 1000;
    process.send?.({ cpuMs, rssBytes: process.memoryUsage().rss, requests, bytes });
  });
}

/** @param {import('node:net').Socket} socket */
function bytesOf(socket) {
  return socket.bytesRead + socket.bytesWritten;
}
