/** Child processes that answer a line with a line, each pinned to a core where that can be done. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const canPin = spawnSync('taskset', ['--version']).status === 0;

export class Child {
  #process;
  #answers;
  #command;

  constructor(command, core, env = {}) {
    const [program, ...rest] = canPin ? ['taskset', '-c', `${core}`, ...command] : command;
    this.#command = command;
    this.#process = spawn(program, rest, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    this.#process.stdin.on('error', () => {});
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async next() {
    const { done, value } = await this.#answers.next();
    if (done) throw new Error(`ended early: ${this.#command.join(' ')}`);
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  ask(...words) {
    this.#process.stdin.write(`${words.join(' ')}\n`);
    return this.next();
  }

  async end() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}
