import { ChannelCloseCode } from '../protocol/close-code.ts';
import type { ChannelErrorCode } from '../protocol/errors.ts';
import { parseNumber } from '../protocol/exchange-numbers.ts';
import { CHANNEL_HEADER, HELD_REQUEST_MS, NUMBER_HEADER } from '../protocol/http-binding.ts';

/** What the transports use of WHATWG Fetch. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Where the requests of one channel go. */
export interface ExchangePlace {
  readonly fetch: Fetch;
  readonly url: string;
  readonly channel: string;
}

/** Why an exchange failed, in terms of the end of its channel. */
export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly code: ChannelErrorCode;
  readonly closeCode: number;

  constructor(code: ChannelErrorCode, closeCode: number, cause?: unknown) {
    super('an exchange of the channel failed', { cause });
    this.code = code;
    this.closeCode = closeCode;
  }
}

/** Pauses before an exchange that was not answered is repeated; then the channel is lost. */
const REPEAT_DELAYS_MS = [100, 300, 900];

/** An answer later than this is none: the server never holds a request that long. */
const ANSWER_TIMEOUT_MS = HELD_REQUEST_MS + 20_000;

/** The server could not take the request yet. */
const NOT_YET = 202;

/** Answers that do not come from the channel, or say that it has no room just now. */
const TRANSIENT = [408, 429, 500, 502, 503, 504];

/**
 * The numbered requests of one way of a channel, one at a time (docs/protocol/channel.md §8.4).
 * What was not answered is repeated, byte for byte.
 */
export class HttpExchanges {
  readonly #place: ExchangePlace;
  readonly #method: 'GET' | 'POST';
  readonly #signal: AbortSignal;
  #number = 0;

  /** @param signal - ends the exchange under way, and every later one, with what it was aborted with */
  constructor(place: ExchangePlace, method: 'GET' | 'POST', signal: AbortSignal) {
    this.#place = place;
    this.#method = method;
    this.#signal = signal;
  }

  /**
   * @param read - what of the answer belongs to the exchange: if that fails, all of it is repeated
   * @throws {ExchangeError} when it failed for good
   */
  async run<T>(
    read: (response: Response) => Promise<T> | T,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<T> {
    const number = ++this.#number;
    let failures = 0;
    for (;;) {
      try {
        const response = await this.#ask(number, body, read);
        if (response !== NOT_YET) return response.value;
        await this.#rest(REPEAT_DELAYS_MS[0]);
      } catch (cause) {
        if (cause instanceof ExchangeError) throw cause;
        this.#signal.throwIfAborted();
        const delayMs = REPEAT_DELAYS_MS[failures++];
        if (delayMs === undefined) throw lost(cause);
        await this.#rest(delayMs);
      }
    }
  }

  /** The last request of a page that is going away: its answer is nobody's any more. */
  sendLast(body: Uint8Array<ArrayBuffer>): void {
    const { fetch, url } = this.#place;
    const headers = this.#headers(++this.#number);
    fetch(url, { method: 'POST', headers, body, keepalive: true }).catch(() => {});
  }

  async #ask<T>(
    number: number,
    body: Uint8Array<ArrayBuffer> | undefined,
    read: (response: Response) => Promise<T> | T,
  ): Promise<{ value: T } | typeof NOT_YET> {
    const { fetch, url } = this.#place;
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    this.#signal.throwIfAborted();
    this.#signal.addEventListener('abort', abort);
    const timer = setTimeout(abort, ANSWER_TIMEOUT_MS);
    try {
      const response = await fetch(url, {
        method: this.#method,
        headers: this.#headers(number),
        ...(body === undefined ? {} : { body }),
        cache: 'no-store',
        redirect: 'error',
        signal: attempt.signal,
      });
      if (response.status === NOT_YET) return NOT_YET;
      checkAnswer(response, number);
      return { value: await read(response) };
    } finally {
      clearTimeout(timer);
      this.#signal.removeEventListener('abort', abort);
    }
  }

  #headers(number: number): Record<string, string> {
    return { [CHANNEL_HEADER]: this.#place.channel, [NUMBER_HEADER]: String(number) };
  }

  async #rest(delayMs: number | undefined): Promise<void> {
    await rest(delayMs ?? 0, this.#signal);
  }
}

/**
 * @param wakeable - is given what ends the rest early
 * @throws what the signal was aborted with
 */
export async function rest(
  delayMs: number,
  signal: AbortSignal,
  wakeable?: (wake: () => void) => void,
): Promise<void> {
  await new Promise<void>((resolve) => {
    wakeable?.(done);
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
  signal.throwIfAborted();
}

/** The body of an answer. @throws {ExchangeError} when it is longer than any may be */
export async function readBody(
  response: Response,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    chunks.push(part.value);
    bytes += part.value.length;
    if (bytes <= maxBytes) continue;
    reader?.cancel().catch(() => {});
    throw new ExchangeError('PW_CHANNEL_PACKET_TOO_LARGE', ChannelCloseCode.packetTooLarge);
  }
  const body = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** @throws {Error | ExchangeError} of the first kind when it may be repeated */
function checkAnswer(response: Response, number: number): void {
  const { status } = response;
  if (TRANSIENT.includes(status)) throw new Error(`answered with ${status}`);
  if (status === 413) {
    throw new ExchangeError('PW_CHANNEL_PACKET_TOO_LARGE', ChannelCloseCode.messageTooBig);
  }
  if (status === 409) throw disorder();
  if (status !== 200 && status !== 204) throw lost(new Error(`answered with ${status}`));
  // An answer from a cache, or to another request, would repeat packets or lose them.
  if (parseNumber(response.headers.get(NUMBER_HEADER)) !== number) throw disorder();
}

function disorder(): ExchangeError {
  return new ExchangeError('PW_CHANNEL_SEQUENCE', ChannelCloseCode.sequence);
}

function lost(cause: unknown): ExchangeError {
  return new ExchangeError('PW_CHANNEL_LOST', ChannelCloseCode.lost, cause);
}
