import { MAX_ENTRY_HEADER_BYTES } from '../protocol/entry.ts';
import { MAX_BATCH_BYTES, type HttpTransportName } from '../protocol/http-binding.ts';
import { PollInterval } from '../protocol/poll-interval.ts';
import { readBody, rest, type HttpExchanges } from './http-exchanges.ts';
import { ClientHttpTransport } from './http-transport.ts';

/**
 * The client's end of polling (docs/protocol/channel.md §8.7): asks again and again, soon after
 * something was said and rarely in silence.
 */
export class ClientPollingTransport extends ClientHttpTransport {
  readonly name: HttpTransportName = 'polling';
  readonly #interval = new PollInterval();
  #wake: (() => void) | undefined;

  protected async receive(down: HttpExchanges): Promise<never> {
    const maxBytes = Math.max(
      MAX_BATCH_BYTES,
      this.options.maxPacketBytes + MAX_ENTRY_HEADER_BYTES,
    );
    this.opened();
    for (;;) {
      await this.whenReading();
      const batch = await down.run((response) => readBody(response, maxBytes));
      await this.takeBatch(batch);
      await this.rest(batch.length);
    }
  }

  /** Waits until it is time to ask again. */
  protected async rest(answerBytes: number): Promise<void> {
    const delayMs = this.#interval.after(answerBytes);
    if (delayMs > 0) await rest(delayMs, this.signal, (wake) => (this.#wake = wake));
  }

  /** An answer may follow what was sent. */
  protected override hasSent(): void {
    this.#interval.hasSent();
    this.#wake?.();
  }
}
