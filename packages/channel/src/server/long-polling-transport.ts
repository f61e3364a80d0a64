import type { ServerResponse } from 'node:http';

import type { HttpTransportName } from '../protocol/http-binding.ts';
import { answerEmpty } from './http-answer.ts';
import { ServerPollingTransport } from './polling-transport.ts';

/**
 * The server's end of long polling (docs/protocol/channel.md §8.6): polling whose answer waits
 * until there is something to say.
 */
export class ServerLongPollingTransport extends ServerPollingTransport {
  override readonly name: HttpTransportName = 'long-polling';
  protected override readonly restMs = 0;
  #waiting: ServerResponse | undefined;
  #timer: NodeJS.Timeout | undefined;

  protected override get silenceMs(): number {
    const { pingIntervalMs, pongTimeoutMs, longPollMs } = this.options;
    const limitMs = Math.max(pingIntervalMs, longPollMs) + pongTimeoutMs;
    return pingIntervalMs === 0 || pongTimeoutMs === 0 ? 0 : limitMs;
  }

  protected override get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  protected override answerNew(response: ServerResponse): void {
    // The same GET again: nobody waits for the answer to the first one any more.
    if (this.#waiting !== undefined) answerEmpty(this.#waiting, 202);
    this.#waiting = response;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#answer(), this.options.longPollMs);
    response.once('close', () => {
      if (this.#waiting === response) this.#stopWaiting();
    });
    if (this.isEnded) this.#answer();
    else this.flush();
  }

  protected override flush(): void {
    if (!this.queue.isEmpty) this.#answer();
  }

  protected override finish(): void {
    this.#answer();
  }

  #answer(): void {
    const response = this.#stopWaiting();
    if (response !== undefined) super.answerNew(response);
  }

  #stopWaiting(): ServerResponse | undefined {
    clearTimeout(this.#timer);
    const response = this.#waiting;
    this.#waiting = undefined;
    return response;
  }
}
