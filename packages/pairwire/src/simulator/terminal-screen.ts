import {
  clearScreenDown,
  createInterface,
  cursorTo,
  moveCursor,
  type Interface,
} from 'node:readline';

import { columnsOf } from './columns.ts';
import { toPrintable, toPrintableLine } from './printable.ts';
import type { Screen, ScreenEvents, ScreenStreams } from './screen.ts';

const PROMPT = '> ';
const DEFAULT_COLUMNS = 80;
const DIM = '\x1b[2m';
const BOLD = '\x1b[1m';
const PLAIN = '\x1b[0m';

/**
 * A person's terminal: what is said scrolls upwards, below it one line says what is true just now,
 * below that is the line being typed.
 */
export class TerminalScreen implements Screen {
  readonly #streams: ScreenStreams;
  #line: Interface | undefined;
  #status = '';
  #drawnStatus = false;

  constructor(streams: ScreenStreams) {
    this.#streams = streams;
  }

  start({ line, end, typing }: ScreenEvents): void {
    const { input, output } = this.#streams;
    const readline = createInterface({ input, output, terminal: true, prompt: PROMPT });
    this.#line = readline;
    readline.on('line', (text) => {
      // The typed line has become part of what scrolls.
      this.#drawnStatus = false;
      line(text);
    });
    readline.once('close', end);
    readline.once('SIGINT', () => readline.close());
    // Readline listens, too, and was first: the line has taken the key already.
    input.on('keypress', () => {
      if (this.#line === readline) typing?.(readline.line, readline.cursor);
    });
    readline.prompt();
  }

  message(text: string): void {
    this.#print(`${BOLD}${toPrintable(text)}${PLAIN}`);
  }

  fact(): void {}

  hint(): void {}

  note(text: string): void {
    this.#print(`${DIM}${toPrintableLine(text)}${PLAIN}`);
  }

  picture(text: string): void {
    this.#print(text);
  }

  status(text: string): void {
    const { columns = DEFAULT_COLUMNS } = this.#streams.output as { columns?: number };
    this.#status = cutToColumns(toPrintableLine(text), columns - 1);
    this.#print();
  }

  /** A person types no faster than can be read. */
  pause(): void {}

  resume(): void {}

  close(): void {
    const readline = this.#line;
    this.#status = '';
    this.#erase();
    this.#line = undefined;
    readline?.close();
  }

  /** Draws status and typed line anew, with something above them. */
  #print(above?: string): void {
    const { output } = this.#streams;
    if (!this.#line) {
      if (above !== undefined) output.write(`${above}\n`);
      return;
    }
    this.#erase();
    if (above !== undefined) output.write(`${above}\n`);
    if (this.#status !== '') output.write(`${DIM}${this.#status}${PLAIN}\n`);
    this.#drawnStatus = this.#status !== '';
    // Before it draws, readline goes up by the rows that it drew last; a field it does not declare.
    const { prevRows = 0 } = this.#line as Interface & { prevRows?: number };
    output.write('\n'.repeat(prevRows));
    this.#line.prompt(true);
  }

  #erase(): void {
    if (!this.#line) return;
    const { output } = this.#streams;
    const { rows } = this.#line.getCursorPos();
    moveCursor(output, 0, -rows - (this.#drawnStatus ? 1 : 0));
    cursorTo(output, 0);
    clearScreenDown(output);
    this.#drawnStatus = false;
  }
}

/** Keeps the end, which is where somebody types. */
function cutToColumns(text: string, columns: number): string {
  const characters = Array.from(text);
  let width = 0;
  let from = characters.length;
  while (from > 0) {
    width += columnsOf(characters[from - 1] ?? '');
    if (width > columns) break;
    from -= 1;
  }
  return characters.slice(from).join('');
}
