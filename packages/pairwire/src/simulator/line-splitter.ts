import { StringDecoder } from 'node:string_decoder';

/**
 * Cuts a stream of bytes into lines.
 *
 * Node's readline also ends lines at U+2028 and lone carriage returns, which belong to the text.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #maxLineUnits: number;
  #rest = '';

  /** @param maxLineUnits - a longer line is handed out in pieces, so that memory stays bounded */
  constructor(maxLineUnits: number) {
    this.#maxLineUnits = maxLineUnits;
  }

  /** @returns the lines that are complete now, without their ends */
  push(chunk: Uint8Array | string): string[] {
    this.#rest += typeof chunk === 'string' ? chunk : this.#decoder.write(Buffer.from(chunk));
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > this.#maxLineUnits) {
      lines.push(this.#rest);
      this.#rest = '';
    }
    return lines.map((line) => line.replace(/\r$/, ''));
  }

  /** @returns what was left without a line end, if anything */
  end(): string | undefined {
    const last = this.#rest + this.#decoder.end();
    this.#rest = '';
    return last === '' ? undefined : last;
  }
}
