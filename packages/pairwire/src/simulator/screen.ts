/**
 * Where a terminal program reads and writes: a person's terminal, or a pipe between programs.
 *
 * In a pipe stdout holds what another program wants, line by line; what a person may like to know
 * goes to stderr. In a terminal everything is on one screen.
 */
import type { Readable, Writable } from 'node:stream';

export interface ScreenStreams {
  input: Readable;
  output: Writable;
  errors: Writable;
  /** Whether a person sits at `input` and `output`. */
  isTerminal: boolean;
}

export interface ScreenEvents {
  /** One line, without its end. */
  line(text: string): void;
  /** There will be no more lines: end of input, Ctrl-C or Ctrl-D. */
  end(): void;
  /** What is being typed; `cursor` counts UTF-16 units. Terminals only. */
  typing?(text: string, cursor: number): void;
  /** Nobody reads what is printed any more. */
  broken(): void;
}

export interface Screen {
  start(events: ScreenEvents): void;
  /** A message of the other side. */
  message(text: string): void;
  /** To stdout, for a program in the place of a person. Pipes only. */
  fact(line: string): void;
  /** The same to stderr, where stdout is for messages alone. Pipes only. */
  hint(line: string): void;
  /** Something a person should know. One line, made printable. */
  note(text: string): void;
  /** A picture of several lines. Terminals only. */
  picture(text: string): void;
  /** What is true just now, above the line being typed. Terminals only. */
  status(text: string): void;
  /** No more lines for now; some may still come. */
  pause(): void;
  resume(): void;
  close(): void;
}
