/** The built program as a child process, the way a person runs it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../packages/pairwire/bin/pairwire.js', import.meta.url));

export class Program {
  readonly #child: ChildProcess;
  #output = '';

  constructor(
    args: string[],
    nodeArgs: string[] = [],
    bin = BIN,
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#child = spawn(process.execPath, [...nodeArgs, bin, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LANG: 'C', LC_ALL: 'C', ...env },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  /** Everything it wrote so far, log included. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Waits for a line that matches; rejects when the program ends first. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match) return match;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`the program ended before ${pattern}:\n${this.#output}`);
      }
      await Promise.race([
        once(this.#child.stdout ?? this.#child, 'data'),
        once(this.#child.stderr ?? this.#child, 'data'),
        once(this.#child, 'exit'),
      ]);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it without a chance to say goodbye, or as given, and waits for the end. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }
}

export interface Up {
  program: Program;
  port: number;
  udpPort: number;
}

/** `pairwire up` on loopback, ready. */
export async function startUp(args: string[] = [], nodeArgs: string[] = []): Promise<Up> {
  const ports = ['--port', '--udp-port'].flatMap((flag) =>
    args.includes(flag) ? [] : [flag, '0'],
  );
  const program = new Program(['up', '--host', '127.0.0.1', ...ports, ...args], nodeArgs);
  const ready = await program.line(/^ready http:\/\/[^\s:]+:(\d+)/m);
  const gateway = await program.line(/coap:\/\/[^\s:]+:(\d+)/);
  return { program, port: Number(ready[1]), udpPort: Number(gateway[1]) };
}
