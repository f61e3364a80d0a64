/** A terminal program with its three streams, read and typed at by a test. */
import { PassThrough } from 'node:stream';

export class Typist {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  readonly errors = new PassThrough();
  #printed = '';
  #remarks = '';
  #wake: (() => void)[] = [];

  constructor() {
    this.output.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
      this.#notify();
    });
    this.errors.setEncoding('utf8').on('data', (text: string) => {
      this.#remarks += text;
      this.#notify();
    });
  }

  /** All of stdout so far. */
  get printed(): string {
    return this.#printed;
  }

  /** All of stderr so far. */
  get remarks(): string {
    return this.#remarks;
  }

  /**
   * What a terminal drew last, while nobody types: the newest note and what is true just now, which
   * the screen draws after it has cleared what was below, then the prompt, where readline clears again.
   */
  get bottom(): string {
    return this.#printed.split('\x1b[0J').slice(-2).join('');
  }

  get lines(): string[] {
    return this.#printed.split('\n').slice(0, -1);
  }

  get remarkLines(): string[] {
    return this.#remarks.split('\n').slice(0, -1);
  }

  type(text: string): void {
    this.input.write(text);
  }

  endInput(): void {
    this.input.end();
  }

  /** What follows the word on its line of stdout, once there is such a line. */
  printedAfter(word: string): Promise<string> {
    return this.#find(() => this.lines.findLast((line) => line.startsWith(`${word} `)), word);
  }

  remarkedAfter(word: string): Promise<string> {
    return this.#find(() => this.remarkLines.findLast((line) => line.startsWith(`${word} `)), word);
  }

  async until(condition: (typist: this) => boolean): Promise<void> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async #find(search: () => string | undefined, word: string): Promise<string> {
    await this.until(() => search() !== undefined);
    return search()?.slice(word.length + 1) ?? '';
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
