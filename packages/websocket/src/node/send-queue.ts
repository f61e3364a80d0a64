/**
 * What a connection cannot pass on at once: messages behind a full socket that `overflow` may still
 * drop, and messages behind one that is streamed (RFC 6455 §5.4: frames of two messages never mix).
 *
 * Most connections never have one. Only whole messages wait here; what is encoded is never dropped.
 */
import type { ConnectionError } from '../protocol/index.ts';
import type { OverflowPolicy } from './options.ts';
import type { OutgoingMessage } from './outgoing-message.ts';
import type { FragmentSink, OutgoingStream } from './outgoing-stream.ts';

export interface SendTarget extends FragmentSink {
  /** Messages may be sent. */
  readonly isOpen: boolean;
  /** The socket has enough to do; what is encoded now waits in the core. */
  readonly congested: boolean;
  /** Puts a whole message into the core. */
  encode(message: OutgoingMessage): void;
  /** Gives the socket what is encoded, unless it is congested. */
  flush(): void;
  /** @param tell - false: only count it */
  dropped(message: OutgoingMessage, tell: boolean): void;
  /** There is no room, and nothing may be dropped. */
  overflowed(): void;
}

export interface SendLimits {
  readonly highWaterBytes: number;
  readonly maxBufferedBytes: number;
  readonly overflow: OverflowPolicy;
}

interface DrainWaiter {
  resolve(): void;
  reject(error: ConnectionError): void;
}

/** Does this policy take back messages, so that they must not be encoded too early? */
export function keepsMessagesBack(policy: OverflowPolicy): boolean {
  return policy === 'drop-oldest' || policy === 'keep-latest';
}

/** What a waiting message costs besides its payload: many empty ones are memory, too. */
export const ENTRY_BYTES = 64;

export class SendQueue {
  /** Memory of the messages that wait here. */
  bytes = 0;

  readonly #target: SendTarget;
  readonly #limits: SendLimits;
  /** In order. The map's key is the message's own, when one may replace another, or the entry. */
  readonly #entries = new Map<unknown, OutgoingMessage | OutgoingStream>();
  #stream: OutgoingStream | undefined;
  #waiters: DrainWaiter[] = [];
  #telling = false;
  /** Set when nothing is to be added, and whoever waits for that is to be told. */
  #finished: (() => void) | undefined;

  constructor(target: SendTarget, limits: SendLimits) {
    this.#target = target;
    this.#limits = limits;
  }

  /** Nothing waits, so that the next message may go the short way. */
  get idle(): boolean {
    return this.#entries.size === 0 && this.#stream === undefined;
  }

  /** @returns whether the message was taken; else it was dropped, or the connection is failed */
  add(message: OutgoingMessage): boolean {
    const { overflow } = this.#limits;
    const key = overflow === 'keep-latest' ? message.key : undefined;
    const dropped = key === undefined ? [] : this.#remove(key);
    this.#flushFor(message);
    if (overflow === 'drop-oldest') this.#makeRoomFor(message, dropped);
    const taken = this.#hasRoomFor(message);
    if (taken) this.#take(message, key);
    else if (overflow === 'close' || overflow === 'keep-latest') this.#target.overflowed();
    else dropped.push(message);
    // Last, because the application may send from within.
    for (const lost of dropped) this.#tell(lost);
    return taken;
  }

  /** The stream begins when its turn comes. */
  addStream(stream: OutgoingStream): void {
    this.#entries.set(stream, stream);
    this.release();
  }

  /** Passes on what may go now. */
  release(): void {
    while (this.#target.isOpen && this.#stream === undefined && !this.#mayStillDrop) {
      const next = this.#entries.entries().next();
      if (next.done === true) {
        this.#finished?.();
        return;
      }
      const [key, entry] = next.value;
      this.#entries.delete(key);
      if ('bytes' in entry) {
        this.bytes -= entry.bytes + ENTRY_BYTES;
        this.#target.encode(entry);
      } else {
        this.#stream = entry;
        entry.start(this.#target, () => {
          this.#stream = undefined;
          this.release();
        });
      }
    }
  }

  /** Somebody must be told when what is written has left. */
  get awaitsDrain(): boolean {
    return this.#stream !== undefined || this.#waiters.length > 0;
  }

  whenDrained(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  /** What was written has left. */
  drained(): void {
    const { highWaterBytes } = this.#limits;
    if (this.#target.socketBytes > highWaterBytes) return;
    this.#stream?.drained();
    if (this.#target.socketBytes + this.bytes > highWaterBytes) return;
    for (const { resolve } of this.#waiters.splice(0)) resolve();
  }

  /** Passes on all that waits, dropping nothing more, and calls `finished` behind the last. */
  finish(finished: () => void): void {
    this.#finished = () => {
      this.#finished = undefined;
      finished();
    };
    this.release();
  }

  /** The connection sends nothing more; whoever still waits for something is told. */
  end(error: ConnectionError): void {
    const streams = [this.#stream, ...this.#entries.values()];
    this.#entries.clear();
    this.#finished = undefined;
    this.bytes = 0;
    for (const entry of streams) {
      if (entry !== undefined && !('bytes' in entry)) entry.cut(error);
    }
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }

  get #mayStillDrop(): boolean {
    if (!keepsMessagesBack(this.#limits.overflow) || this.#finished !== undefined) return false;
    const { congested, socketBytes } = this.#target;
    return congested || (socketBytes > 0 && socketBytes >= this.#limits.highWaterBytes);
  }

  #hasRoomFor({ bytes }: OutgoingMessage): boolean {
    const waiting = this.bytes + this.#target.socketBytes;
    return waiting === 0 || waiting + bytes <= this.#limits.maxBufferedBytes;
  }

  /** What the kernel takes right now need not be dropped. */
  #flushFor(message: OutgoingMessage): void {
    for (let before = Infinity; !this.#hasRoomFor(message);) {
      const waiting = this.bytes + this.#target.socketBytes;
      if (waiting >= before) return;
      before = waiting;
      this.#target.flush();
    }
  }

  #makeRoomFor(message: OutgoingMessage, dropped: OutgoingMessage[]): void {
    // What the socket has cannot be taken back: nothing is dropped in vain.
    const unmovable = this.#target.socketBytes;
    if (unmovable > 0 && unmovable + message.bytes > this.#limits.maxBufferedBytes) return;
    for (const key of this.#entries.keys()) {
      if (this.#hasRoomFor(message)) return;
      dropped.push(...this.#remove(key));
    }
  }

  #take(message: OutgoingMessage, key: string | undefined): void {
    if (this.idle && !this.#mayStillDrop) {
      this.#target.encode(message);
      return;
    }
    const waiting = message.detach();
    this.#entries.set(key ?? waiting, waiting);
    this.bytes += waiting.bytes + ENTRY_BYTES;
  }

  /** What is dropped of what is sent from within is counted only: else there might be no end. */
  #tell(message: OutgoingMessage): void {
    const isFirst = !this.#telling;
    this.#telling = true;
    this.#target.dropped(message, isFirst);
    if (isFirst) this.#telling = false;
  }

  /** Takes a message out; streams stay. */
  #remove(key: unknown): OutgoingMessage[] {
    const entry = this.#entries.get(key);
    if (entry === undefined || !('bytes' in entry)) return [];
    this.#entries.delete(key);
    this.bytes -= entry.bytes + ENTRY_BYTES;
    return [entry];
  }
}
