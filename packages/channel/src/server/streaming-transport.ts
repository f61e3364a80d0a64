import type { ServerResponse } from 'node:http';

import { encodeEntry, EntryType } from '../protocol/entry.ts';
import { PRELUDE_BYTES } from '../protocol/http-binding.ts';
import { answerProblem, HTTP_PROBLEMS } from './http-answer.ts';
import { ServerHttpTransport } from './http-transport.ts';

const PRELUDE = encodeEntry(EntryType.padding, new Uint8Array(PRELUDE_BYTES));
const PADDING = encodeEntry(EntryType.padding);
const PING = encodeEntry(EntryType.ping);
const RECYCLE = encodeEntry(EntryType.recycle);

/**
 * How long a close may come after the end of the stream before it. A browser that leaves a page cuts
 * the stream's connection and sends the close on another one; nothing keeps the two in order.
 */
const CLOSE_ON_ITS_WAY_MS = 1_000;

/** Written at a time, so that what does not leave stays in the queue, for the next stream as well. */
const WRITE_BYTES = 16_384;

/**
 * The server's end of streaming (docs/protocol/channel.md §8.5): the answer to a GET that goes on
 * and on. It ends with `recycle` after some bytes or minutes, and the next GET goes on from there.
 */
export class ServerStreamingTransport extends ServerHttpTransport {
  readonly name = 'streaming';
  /** The answer that is being written, or has been and is still on its way out. */
  #stream: ServerResponse | undefined;
  #isWriting = false;
  #isBlocked = false;
  #writtenBytes = 0;
  #keepAliveTimer: NodeJS.Timeout | undefined;
  #recycleTimer: NodeJS.Timeout | undefined;
  /** Runs from a break of the stream, after which only a close is of interest. */
  #brokenTimer: NodeJS.Timeout | undefined;

  override get bufferedBytes(): number {
    return super.bufferedBytes + this.unsentBytes;
  }

  protected get unsentBytes(): number {
    return this.#stream?.writableLength ?? 0;
  }

  protected get silenceMs(): number {
    const { pingIntervalMs, pongTimeoutMs, streamKeepAliveMs } = this.options;
    // A ping goes in place of the padding that is due then.
    const limitMs = pingIntervalMs + streamKeepAliveMs + pongTimeoutMs;
    return pingIntervalMs === 0 || pongTimeoutMs === 0 ? 0 : limitMs;
  }

  protected answer(number: number, response: ServerResponse): void {
    if (this.#brokenTimer !== undefined) {
      // Nobody knows how much of the broken stream arrived.
      this.lost();
      return answerProblem(response, HTTP_PROBLEMS.channel);
    }
    if (this.isEnded && this.queue.isEmpty) return answerProblem(response, HTTP_PROBLEMS.channel);
    // Even a repeat is out of order: what the first answer had said is gone.
    if (this.down.check(number, '') !== 'next' || this.#isWriting) return this.disorder(response);
    this.#stream = response;
    this.#isWriting = true;
    this.#isBlocked = false;
    this.#writtenBytes = 0;
    response.on('drain', () => this.#drained(response));
    response.on('close', () => this.#closed(response));
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
    // Apart from each other: something that passes on full buffers only keeps the second one back.
    response.write(PRELUDE, () => this.#write(response, PADDING));
    const { streamKeepAliveMs, streamRecycleMs } = this.options;
    if (streamKeepAliveMs > 0) {
      this.#keepAliveTimer = setInterval(() => this.#keepAlive(response), streamKeepAliveMs);
    }
    if (streamRecycleMs > 0) {
      this.#recycleTimer = setTimeout(() => this.#recycle(), streamRecycleMs);
    }
    if (this.isEnded) this.finish();
    else this.flush();
  }

  protected flush(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    while (this.#isWriting && !this.#isBlocked && !this.queue.isEmpty) {
      this.#write(stream, this.queue.take(WRITE_BYTES));
      const { streamRecycleBytes } = this.options;
      if (streamRecycleBytes > 0 && this.#writtenBytes >= streamRecycleBytes) this.#recycle();
    }
  }

  protected finish(): void {
    clearTimeout(this.#brokenTimer);
    this.flush();
    this.#endStream();
  }

  protected drop(): void {
    this.#stream?.destroy();
  }

  #write(stream: ServerResponse, bytes: Uint8Array): void {
    if (stream !== this.#stream || !this.#isWriting) return;
    this.#writtenBytes += bytes.length;
    this.#isBlocked = !stream.write(bytes, () => {
      if (stream === this.#stream) this.hasSent();
    });
  }

  #keepAlive(stream: ServerResponse): void {
    // A client that does not read needs no more to read.
    if (this.#isBlocked) return;
    const { pingIntervalMs } = this.options;
    const isSilent = pingIntervalMs > 0 && this.silentForMs >= pingIntervalMs;
    this.#write(stream, isSilent ? PING : PADDING);
  }

  /** Between two entries always, as entries are written whole. */
  #recycle(): void {
    if (this.#stream !== undefined) this.#write(this.#stream, RECYCLE);
    this.#endStream();
  }

  #endStream(): void {
    if (!this.#isWriting) return;
    this.#isWriting = false;
    clearInterval(this.#keepAliveTimer);
    clearTimeout(this.#recycleTimer);
    this.#stream?.end();
  }

  #drained(stream: ServerResponse): void {
    if (stream !== this.#stream) return;
    this.#isBlocked = false;
    this.flush();
  }

  #closed(stream: ServerResponse): void {
    if (stream !== this.#stream) return;
    const wasCut = this.#isWriting;
    this.#endStream();
    this.#stream = undefined;
    if (wasCut) this.#brokenTimer = setTimeout(() => this.lost(), CLOSE_ON_ITS_WAY_MS);
    else this.hasSent();
  }
}
