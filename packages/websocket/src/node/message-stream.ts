import { Readable } from 'node:stream';

import { ignore } from './refusal.ts';

/**
 * A message longer than `maxMessageBytes`, as it arrives: a Node `Readable` of Buffers (`binary`) or
 * of strings (`text`, checked as UTF-8 and never cut inside a character).
 *
 * Read no faster than it is taken: while nobody takes chunks, nothing is read from the socket. The
 * messages behind it wait until it is read to its end or destroyed; what is left of a destroyed one
 * is dropped as it arrives. When the connection ends first, the stream is destroyed with the error.
 */
export class MessageStream extends Readable {
  readonly type: 'text' | 'binary';
  readonly #wanted: () => void;
  /** Nobody takes what is there already. */
  #full = false;
  #complete = false;

  /** @param wanted - called when there is room again, and when the stream is over */
  constructor(type: 'text' | 'binary', wanted: () => void) {
    super();
    this.type = type;
    this.#wanted = wanted;
    if (type === 'text') this.setEncoding('utf8');
    // The end of a connection must not end the process of somebody who does not listen.
    this.on('error', ignore);
    this.on('close', wanted);
  }

  /** Nothing more may be pushed now, or at all until this is read to its end. */
  get blocking(): boolean {
    return !this.destroyed && (this.#full || this.#complete);
  }

  /** The message was whole, and is read or given up. */
  get over(): boolean {
    return this.destroyed && this.#complete;
  }

  override push(chunk: Buffer | null): boolean {
    if (chunk === null) this.#complete = true;
    this.#full = !super.push(chunk);
    return !this.#full;
  }

  /** The rest of the message will not come. */
  cut(error: Error): void {
    if (!this.#complete) this.destroy(error);
  }

  override _read(): void {
    if (!this.#full) return;
    this.#full = false;
    this.#wanted();
  }
}
