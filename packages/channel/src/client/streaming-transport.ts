import { ChannelCloseCode } from '../protocol/close-code.ts';
import { EntryDecoder } from '../protocol/entry-decoder.ts';
import { EntryType } from '../protocol/entry.ts';
import { ExchangeError, type HttpExchanges } from './http-exchanges.ts';
import { ClientHttpTransport } from './http-transport.ts';

/** Time for the beginning of a stream: at least this, and more on a way that is slow anyway. */
const FIRST_BYTES_MS = 2_000;
const OPENINGS_TO_FIRST_BYTES = 4;

/** A server says something every 15 s; when nothing came for this long, nothing will. */
const SILENCE_MS = 40_000;

/**
 * The client's end of streaming (docs/protocol/channel.md §8.5): reads answers that go on and on,
 * one after the other.
 *
 * The channel is open when the prelude of the first one and something behind it have come. A proxy
 * that keeps bytes until it has enough of them, or until the answer ends, keeps these, too.
 */
export class ClientStreamingTransport extends ClientHttpTransport {
  readonly name = 'streaming';
  #timer: ReturnType<typeof setTimeout> | undefined;

  protected async receive(down: HttpExchanges, openingMs: number): Promise<never> {
    const firstBytesMs = Math.max(FIRST_BYTES_MS, OPENINGS_TO_FIRST_BYTES * openingMs);
    for (;;) {
      await this.whenReading();
      await this.#readStream(down, firstBytesMs);
    }
  }

  /** Returns at the end of a stream that another one follows. */
  async #readStream(down: HttpExchanges, firstBytesMs: number): Promise<void> {
    let fail: (error: ExchangeError) => void = () => {};
    const failure = new Promise<never>((_, reject) => (fail = reject));
    // Whoever waits for it is told; when nobody does, it has no meaning.
    failure.catch(() => {});
    const watch = (delayMs: number, error: ExchangeError) => {
      clearTimeout(this.#timer);
      const late = () => (this.isPaused ? watch(delayMs, error) : fail(error));
      this.#timer = setTimeout(late, delayMs);
    };
    watch(firstBytesMs, this.isOpening ? buffered() : lost());
    const end = () => fail(lost());
    this.signal.addEventListener('abort', end);
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    try {
      const response = await Promise.race([down.run((answer) => answer), failure]);
      reader = response.body?.getReader();
      if (reader === undefined) throw lost();
      await this.#readEntries(reader, failure, watch);
    } finally {
      clearTimeout(this.#timer);
      this.signal.removeEventListener('abort', end);
      reader?.cancel().catch(() => {});
    }
  }

  async #readEntries(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    failure: Promise<never>,
    watch: (delayMs: number, error: ExchangeError) => void,
  ): Promise<void> {
    const decoder = new EntryDecoder(this.options.maxPacketBytes);
    let entries = 0;
    let last: EntryType | undefined;
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), failure]);
      if (done) break;
      decoder.push(value);
      await this.take(decoder, (type) => {
        last = type;
        entries += 1;
        // The first one is the prelude.
        if (entries === 2) this.opened();
      });
      if (entries > 1) watch(SILENCE_MS, lost());
    }
    if (last !== EntryType.recycle || !decoder.isAtBoundary) throw lost();
  }
}

function buffered(): ExchangeError {
  return new ExchangeError('PW_CHANNEL_BUFFERED', ChannelCloseCode.buffered);
}

function lost(): ExchangeError {
  return new ExchangeError('PW_CHANNEL_LOST', ChannelCloseCode.lost);
}
