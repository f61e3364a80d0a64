/** Child processes that answer questions, each pinned to a core where that can be done. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const canPin = spawnSync('taskset', ['--version']).status === 0;

export class Child {
  #process;

  constructor(script, args, core, flags = []) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    const command = [process.execPath, ...flags, path, ...args];
    const [program, ...rest] = canPin ? ['taskset', '-c', `${core}`, ...command] : command;
    this.#process = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  async next() {
    const [message] = await once(this.#process, 'message');
    return message;
  }

  ask(question) {
    const answer = this.next();
    this.#process.send(question);
    return answer;
  }

  async end() {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}
