import type { ServerResponse } from 'node:http';

import { MAX_BATCH_BYTES, type HttpTransportName } from '../protocol/http-binding.ts';
import { LONGEST_POLL_REST_MS } from '../protocol/poll-interval.ts';
import { answerBatch, answerProblem, HTTP_PROBLEMS } from './http-answer.ts';
import { ServerHttpTransport } from './http-transport.ts';

/**
 * The server's end of polling (docs/protocol/channel.md §8.7): every GET is answered at once, with
 * what waits. The newest answer is kept until the next GET shows that it arrived.
 */
export class ServerPollingTransport extends ServerHttpTransport {
  readonly name: HttpTransportName = 'polling';
  protected override readonly restMs: number = LONGEST_POLL_REST_MS;
  #answer: Uint8Array | undefined;

  protected get unsentBytes(): number {
    return this.#answer?.length ?? 0;
  }

  protected get silenceMs(): number {
    return this.options.abandonMs;
  }

  protected answer(number: number, response: ServerResponse): void {
    const arrival = this.down.check(number, '');
    const isEarly = arrival === 'next' && this.isWaiting;
    if (arrival === 'out-of-order' || isEarly) return this.disorder(response);
    if (arrival === 'next') this.#answer = undefined;
    if (this.#answer === undefined) this.answerNew(response);
    else answerBatch(response, this.#answer);
  }

  /** Answers a GET that was not answered before. */
  protected answerNew(response: ServerResponse): void {
    if (this.isEnded && this.queue.isEmpty) return answerProblem(response, HTTP_PROBLEMS.channel);
    this.#answer = this.queue.take(MAX_BATCH_BYTES);
    answerBatch(response, this.#answer);
    this.hasSent();
  }

  /** A GET was not answered yet. */
  protected get isWaiting(): boolean {
    return false;
  }

  /** What waits is fetched. */
  protected flush(): void {}

  protected finish(): void {}

  protected drop(): void {
    this.#answer = undefined;
  }
}
