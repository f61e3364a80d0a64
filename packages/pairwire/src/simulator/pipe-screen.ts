import { LineSplitter } from './line-splitter.ts';
import { toPrintableLine } from './printable.ts';
import type { Screen, ScreenEvents, ScreenStreams } from './screen.ts';

/** Above any text that can be sent, so that a longer line is refused and not cut. */
const MAX_LINE_UNITS = 131_072;

/** Reads and writes lines for other programs. Texts go through as they are. */
export class PipeScreen implements Screen {
  readonly #streams: ScreenStreams;
  readonly #splitter = new LineSplitter(MAX_LINE_UNITS);
  #stop = () => {};

  constructor(streams: ScreenStreams) {
    this.#streams = streams;
  }

  start({ line, end, broken }: ScreenEvents): void {
    const { input, output, errors } = this.#streams;
    const onData = (chunk: Uint8Array | string) => this.#splitter.push(chunk).forEach(line);
    const onEnd = () => {
      const last = this.#splitter.end();
      if (last !== undefined) line(last);
      end();
    };
    // A reader that is not interested in the remarks does not end the work.
    const ignore = () => {};
    input.on('data', onData).once('end', onEnd).once('error', onEnd);
    output.once('error', broken);
    errors.on('error', ignore);
    this.#stop = () => {
      input.off('data', onData).off('end', onEnd).off('error', onEnd);
      input.pause();
    };
  }

  message(text: string): void {
    this.#streams.output.write(`${text}\n`);
  }

  fact(line: string): void {
    this.#streams.output.write(`${line}\n`);
  }

  hint(line: string): void {
    this.#streams.errors.write(`${line}\n`);
  }

  note(text: string): void {
    this.#streams.errors.write(`${toPrintableLine(text)}\n`);
  }

  picture(): void {}

  status(): void {}

  pause(): void {
    this.#streams.input.pause();
  }

  resume(): void {
    this.#streams.input.resume();
  }

  close(): void {
    this.#stop();
  }
}
