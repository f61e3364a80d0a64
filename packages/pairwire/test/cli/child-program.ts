/** The built program as a child process: its two outputs apart, its input open. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/pairwire.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
}

export class ChildProgram {
  readonly child: ChildProcessWithoutNullStreams;
  stdout = '';
  stderr = '';
  /** Resolves when it has ended and everything it wrote has been read. */
  readonly ended: Promise<Ended>;
  readonly #changes = new EventEmitter();
  #end: Ended | undefined;

  constructor(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PAIRWIRE_'));
    this.child = spawn(process.execPath, [BIN, ...args], {
      env: { ...Object.fromEntries(own), LC_ALL: 'C', ...variables },
    });
    this.child.stdin.on('error', () => {});
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name].setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        this.#changes.emit('change');
      });
    }
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.#end = { code, signal };
        this.#changes.emit('change');
        resolve(this.#end);
      });
    });
  }

  /** Waits for output that matches, and fails when the program ends without it. */
  async output(pattern: RegExp, from: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[from]);
      if (match) return match;
      if (this.#end) {
        const how = `${this.#end.signal ?? `exit code ${this.#end.code}`}`;
        throw new Error(`no ${pattern} on ${from}; ${how}:\n${this.stdout}\n${this.stderr}`);
      }
      await once(this.#changes, 'change');
    }
  }

  write(text: string): void {
    this.child.stdin.write(text);
  }

  endInput(): void {
    this.child.stdin.end();
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Without a chance to say goodbye. */
  async end(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }
}

const running = new Set<ChildProgram>();

/** Starts a program that `killAll` ends if nothing else does. */
export function start(
  args: readonly string[],
  variables?: Readonly<Record<string, string>>,
): ChildProgram {
  const program = new ChildProgram(args, variables);
  running.add(program);
  return program;
}

export async function killAll(): Promise<void> {
  await Promise.all(Array.from(running, (program) => program.end()));
  running.clear();
}
