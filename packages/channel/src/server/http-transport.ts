import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

import type { ChannelClose } from '../protocol/channel.ts';
import { ChannelCloseCode } from '../protocol/close-code.ts';
import { EntryDecoder } from '../protocol/entry-decoder.ts';
import {
  decodeClosePayload,
  decodePacketEntry,
  encodeCloseEntry,
  encodePacketEntry,
  EntryType,
  type Entry,
} from '../protocol/entry.ts';
import { ChannelError, type ChannelErrorCode } from '../protocol/errors.ts';
import { ExchangeNumbers } from '../protocol/exchange-numbers.ts';
import { HELD_REQUEST_MS, type HttpTransportName } from '../protocol/http-binding.ts';
import type { Packet } from '../protocol/packet.ts';
import { SendQueue } from '../protocol/send-queue.ts';
import type { Transport, TransportEvents } from '../protocol/transport.ts';
import { answerEmpty, answerProblem, HTTP_PROBLEMS } from './http-answer.ts';
import type { ResolvedServerOptions } from './options.ts';

/** How long an ended channel still answers, so that its client hears the end or an answer again. */
const LINGER_MS = 10_000;

/** What a transport over plain HTTP needs of the server it is part of. */
export interface HttpTransportHost {
  readonly options: ResolvedServerOptions;
  /** Counts bytes that are kept. @returns false: there is no room for more */
  keep(bytes: number): boolean;
  /** The channel is over, but still answers. */
  ended(): void;
  /** Nothing is left of it. */
  gone(): void;
}

/**
 * What the three transports over plain HTTP have in common on a server (docs/protocol/channel.md
 * §8): the way up, the end, and what becomes of a client that is not heard of. The way down is
 * what makes the difference.
 */
export abstract class ServerHttpTransport implements Transport {
  abstract readonly name: HttpTransportName;
  protected readonly options: ResolvedServerOptions;
  protected readonly queue = new SendQueue();
  /** The numbers of the way down. */
  protected readonly down = new ExchangeNumbers();
  readonly #host: HttpTransportHost;
  #events: TransportEvents | undefined;
  readonly #up = new ExchangeNumbers();
  /** The body that is being taken; not taken to its end while the channel is paused. */
  #taking: EntryDecoder | undefined;
  #takingBytes = 0;
  #isTaking = false;
  #unanswered: ServerResponse | undefined;
  #holdTimer: NodeJS.Timeout | undefined;
  #isPaused = false;
  #isFull = false;
  #state: 'open' | 'closing' | 'ended' = 'open';
  #keptBytes = 0;
  #hasAttached = false;
  #heardAtMs = performance.now();
  #silenceTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;

  constructor(host: HttpTransportHost) {
    this.#host = host;
    this.options = host.options;
    this.#awaitClient(host.options.openTimeoutMs);
  }

  carry(events: TransportEvents): this {
    this.#events = events;
    return this;
  }

  /** Bytes that wait for a client to take them. */
  get bufferedBytes(): number {
    return this.queue.bytes;
  }

  send(packet: Packet): boolean {
    if (this.#state !== 'open') return false;
    this.queue.push(encodePacketEntry(packet));
    if (!this.#count()) {
      this.#fail('PW_CHANNEL_OVERFLOW', ChannelCloseCode.overflow);
      return false;
    }
    this.flush();
    this.#isFull = this.#isAboveMark();
    return !this.#isFull;
  }

  /** Also how a server ends a channel that knows nothing of it. */
  close(code: number, reason: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.queue.push(encodeCloseEntry(code, reason));
    this.flush();
    this.#endTimer = setTimeout(
      () => this.#lose('PW_CHANNEL_CLOSE_TIMEOUT'),
      this.options.closeTimeoutMs + this.restMs,
    );
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#take();
  }

  /** A POST: packets, and perhaps the end. Answered when all of it was taken. */
  post(number: number, body: Buffer, response: ServerResponse): void {
    const arrival = this.#up.check(number, createHash('sha256').update(body).digest('base64'));
    const isBusy = this.#taking !== undefined;
    if (arrival === 'out-of-order' || (arrival === 'next' && isBusy))
      return this.disorder(response);
    if (arrival === 'repeat' && !isBusy) return answerEmpty(response, 204);
    if (arrival === 'next') {
      this.#taking = new EntryDecoder(this.options.maxPacketBytes);
      this.#taking.push(body);
      this.#takingBytes = body.length;
      this.#count();
    }
    this.#hold(response);
    this.#take();
  }

  /** A GET: what the client gets is the business of the transport. */
  get(number: number, response: ServerResponse): void {
    if (!this.#hasAttached) {
      this.#hasAttached = true;
      this.#awaitClient(this.silenceMs);
    }
    this.answer(number, response);
  }

  /** A body was longer than any may be, so there was more in it than this side accepts. */
  tooLarge(): void {
    this.#fail('PW_CHANNEL_PACKET_TOO_LARGE', ChannelCloseCode.messageTooBig);
  }

  /** A request of the client has begun to arrive, so it lives. */
  heard(): void {
    this.#heardAtMs = performance.now();
  }

  /** The server ends and waits no longer. */
  terminate(): void {
    this.#lose('PW_CHANNEL_CLOSE_TIMEOUT');
    clearTimeout(this.#endTimer);
    this.#leave();
  }

  /** Answers a GET, now or later. */
  protected abstract answer(number: number, response: ServerResponse): void;
  /** The queue has changed: something may have to be written. */
  protected abstract flush(): void;
  /** The channel is over; a GET that is still open is answered with what there is. */
  protected abstract finish(): void;
  /** Nothing more is written, even of what was begun. */
  protected abstract drop(): void;
  /** Bytes of answers that are kept or not written yet, beside the queue. */
  protected abstract readonly unsentBytes: number;
  /** How long a client that has not been lost may be silent; 0: for ever. */
  protected abstract readonly silenceMs: number;
  /** How long a client may rest between two requests. */
  protected readonly restMs: number = 0;

  protected get isEnded(): boolean {
    return this.#state === 'ended';
  }

  protected get silentForMs(): number {
    return performance.now() - this.#heardAtMs;
  }

  /** To be called after something left the queue. */
  protected hasSent(): void {
    this.#count();
    if (!this.#isFull || this.#isAboveMark()) return;
    this.#isFull = false;
    this.#tell((events) => events.drained());
  }

  #isAboveMark(): boolean {
    const bytes = this.bufferedBytes;
    return bytes > 0 && bytes >= this.options.highWaterBytes;
  }

  /** The connection broke where it must not. */
  protected lost(): void {
    this.#lose('PW_CHANNEL_LOST');
  }

  /** An exchange is missing, or came again with a difference: nothing after it can be trusted. */
  protected disorder(response: ServerResponse): void {
    this.#fail('PW_CHANNEL_SEQUENCE', ChannelCloseCode.sequence);
    answerProblem(response, HTTP_PROBLEMS.sequence);
  }

  /** Answered at the latest when proxies get impatient; the client then repeats it. */
  #hold(response: ServerResponse): void {
    this.#release(202);
    this.#unanswered = response;
    this.#holdTimer = setTimeout(() => this.#release(202), HELD_REQUEST_MS);
  }

  #release(status: 202 | 204): void {
    clearTimeout(this.#holdTimer);
    if (this.#unanswered !== undefined) answerEmpty(this.#unanswered, status);
    this.#unanswered = undefined;
  }

  /** Takes entries as far as the channel is not paused; a handler may pause or end it on the way. */
  #take(): void {
    const decoder = this.#taking;
    if (decoder === undefined || this.#isTaking) return;
    this.#isTaking = true;
    while (!this.#isPaused || this.#state !== 'open') {
      const entry = decoder.next();
      if (entry !== undefined) this.#takeEntry(entry);
      else {
        this.#taken(decoder);
        break;
      }
    }
    this.#isTaking = false;
  }

  #takeEntry(entry: Entry): void {
    if (entry.type === EntryType.padding || this.#state === 'ended') return;
    const close = entry.type === EntryType.close ? decodeClosePayload(entry.payload) : undefined;
    if (close !== undefined) {
      // Instead of everything that waits: a GET that is under way, or on its way, is answered.
      this.queue.clear();
      this.queue.push(encodeCloseEntry(close.code, close.reason));
      this.#end({ ...close, wasClean: true });
    } else if (this.#state === 'open') {
      // What is no packet becomes the empty one, which the channel refuses.
      this.#tell((events) => events.received(decodePacketEntry(entry)));
    }
  }

  #taken(decoder: EntryDecoder): void {
    this.#taking = undefined;
    this.#takingBytes = 0;
    this.#count();
    if (this.#state === 'open') {
      if (decoder.problem === 'too-large') {
        this.tooLarge();
      } else if (decoder.problem !== undefined || !decoder.isAtBoundary) {
        this.#fail('PW_CHANNEL_BAD_PACKET', ChannelCloseCode.badPacket);
      }
    }
    this.#release(204);
  }

  /** @returns false: more is kept than the server has room for */
  #count(): boolean {
    const bytes = this.queue.bytes + this.#takingBytes + this.unsentBytes;
    const more = bytes - this.#keptBytes;
    this.#keptBytes = bytes;
    return this.#host.keep(more);
  }

  /** Looks from time to time instead of setting a timer for every request. */
  #awaitClient(limitMs: number): void {
    clearTimeout(this.#silenceTimer);
    if (limitMs === 0 || this.#state === 'ended') return;
    const restMs = Math.max(0, limitMs - this.silentForMs);
    this.#silenceTimer = setTimeout(() => {
      if (this.silentForMs >= limitMs) this.lost();
      else this.#awaitClient(limitMs);
    }, restMs + 1);
  }

  /** A handler that throws ends its own channel and nothing else. */
  #tell(event: (events: TransportEvents) => void): void {
    const events = this.#events;
    if (events === undefined) return;
    try {
      event(events);
    } catch (error) {
      this.options.failed(error);
      this.fault();
    }
  }

  /** A defect met while serving this channel. */
  fault(): void {
    this.#end({ code: ChannelCloseCode.internalError, reason: '', wasClean: false }, true);
  }

  /** Ends with an error of the client's doing, and says so. */
  #fail(error: ChannelErrorCode, code: number): void {
    const cause = new ChannelError(error);
    this.#end({ code, reason: cause.message, wasClean: false, error: cause }, true);
  }

  #lose(error: ChannelErrorCode): void {
    const close = { code: ChannelCloseCode.lost, reason: '', wasClean: false };
    this.#end({ ...close, error: new ChannelError(error) });
  }

  /** @param saysSo - the client is to hear of it, behind nothing else */
  #end(close: ChannelClose, saysSo = false): void {
    if (this.#state === 'ended') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'ended';
    clearTimeout(this.#silenceTimer);
    clearTimeout(this.#endTimer);
    if (saysSo && wasOpen) {
      this.queue.clear();
      this.queue.push(encodeCloseEntry(close.code, close.reason));
    }
    this.#tell((events) => events.closed(close));
    this.#events = undefined;
    this.#host.ended();
    this.finish();
    this.#take();
    this.#endTimer = setTimeout(() => this.#leave(), LINGER_MS);
  }

  #leave(): void {
    this.queue.clear();
    this.#release(204);
    this.finish();
    this.drop();
    this.#host.keep(-this.#keptBytes);
    this.#keptBytes = 0;
    this.#host.gone();
  }
}
