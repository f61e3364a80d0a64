import { encodeCloseEntry, encodePacketEntry } from '../protocol/entry.ts';
import { MAX_BATCH_BYTES } from '../protocol/http-binding.ts';
import type { Packet } from '../protocol/packet.ts';
import { SendQueue } from '../protocol/send-queue.ts';
import type { HttpExchanges } from './http-exchanges.ts';

export interface UplinkEvents {
  /** The server has taken a body. */
  sent(): void;
  /** After `send` returned false: it has taken everything. */
  drained(): void;
  /** Nothing goes up any more. */
  failed(error: unknown): void;
}

/** The way up of a channel over plain HTTP: one POST after the other, each with all that waits. */
export class HttpUplink {
  readonly #events: UplinkEvents;
  readonly #highWaterBytes: number;
  readonly #queue = new SendQueue();
  #exchanges: HttpExchanges | undefined;
  #isPosting = false;
  #postedBytes = 0;
  #isFull = false;
  #owesSign = false;
  #isClosing = false;
  #closed: (() => void) | undefined;

  constructor(highWaterBytes: number, events: UplinkEvents) {
    this.#highWaterBytes = highWaterBytes;
    this.#events = events;
  }

  /** Bytes that the server has not taken yet. */
  get bufferedBytes(): number {
    return this.#queue.bytes + this.#postedBytes;
  }

  start(exchanges: HttpExchanges): void {
    this.#exchanges = exchanges;
  }

  send(packet: Packet): boolean {
    this.#queue.push(encodePacketEntry(packet));
    this.#flush();
    this.#isFull = this.bufferedBytes > this.#highWaterBytes;
    return !this.#isFull;
  }

  /** Sends a request, if need be an empty one, that shows that this client lives. */
  sign(): void {
    if (this.#isClosing) return;
    this.#owesSign = true;
    this.#flush();
  }

  /** Says the end behind everything sent; `taken` is called when the server has it. */
  close(code: number, reason: string, taken: () => void): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#closed = taken;
    this.#queue.push(encodeCloseEntry(code, reason));
    this.#flush();
  }

  /** Says the end instead of everything that waits, unless it was said; there may be nobody to hear. */
  drop(code: number, reason: string, taken: () => void): void {
    if (this.#isClosing) {
      this.#closed = taken;
      return;
    }
    this.#queue.clear();
    if (this.#exchanges === undefined) taken();
    else this.close(code, reason, taken);
  }

  /** Says the end of a page that is going away, and does not wait for anything. */
  leave(code: number): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#exchanges?.sendLast(encodeCloseEntry(code, ''));
  }

  /** Everything of this tick goes in one body. */
  #flush(): void {
    const exchanges = this.#exchanges;
    if (this.#isPosting || exchanges === undefined) return;
    this.#isPosting = true;
    queueMicrotask(() => void this.#post(exchanges));
  }

  async #post(exchanges: HttpExchanges): Promise<void> {
    try {
      while (!this.#queue.isEmpty || this.#owesSign) {
        this.#owesSign = false;
        const waiting = this.#queue.bytes;
        const body = this.#queue.take(MAX_BATCH_BYTES);
        this.#postedBytes = waiting - this.#queue.bytes;
        await exchanges.run(() => {}, body);
        this.#postedBytes = 0;
        this.#events.sent();
        if (this.#queue.isEmpty) this.#emptied();
      }
    } catch (error) {
      this.#events.failed(error);
    } finally {
      this.#isPosting = false;
    }
  }

  #emptied(): void {
    if (this.#isClosing) {
      this.#closed?.();
    } else if (this.#isFull) {
      this.#isFull = false;
      this.#events.drained();
    }
  }
}
