import { ProtocolError, ConnectionError, type Connection } from '../protocol/index.ts';
import type { ConnectionEnd } from './connection-end.ts';
import type { ConnectionGroup } from './connection-group.ts';
import { flushAtEndOfTick, type Flushable } from './flush-queue.ts';
import { ReceivedMessage, type Message } from './message.ts';
import { observeDrop } from './observe.ts';
import {
  bytesOf,
  lengthOf,
  OutgoingMessage,
  SharedMessage,
  type OutgoingItem,
  type SendOptions,
} from './outgoing-message.ts';
import { OutgoingStream, type StreamOptions, type StreamSource } from './outgoing-stream.ts';
import { ignore } from './refusal.ts';
import { keepsMessagesBack, SendQueue, type SendTarget } from './send-queue.ts';
import type { SocketPump } from './socket-pump.ts';
import type { SendableData, WebSocketConnection } from './websocket-connection.ts';

/** The connection whose messages are sent. */
export interface SenderOwner<C> extends WebSocketConnection<C> {
  droppedMessages: number;
  /** Messages may be put into the core, those before a Close that waits included. */
  readonly isOpen: boolean;
  /** It is about to flush by itself. */
  readonly flushesSoon: boolean;
  /** Runs a function of the application, whose failure fails the connection. */
  callHandler(run: () => unknown): void;
  failInternally(cause: unknown): void;
  /** More than `highWaterBytes` waits to be sent, or did. */
  countMemory(): void;
  /** A Close frame is among the output. */
  closing(): void;
}

/**
 * The way out of a connection: from `send` into the core, and from the core into the socket, once
 * per tick. What does not fit waits in a `SendQueue`.
 */
export class Sender<C> implements SendTarget, Flushable {
  readonly #owner: SenderOwner<C>;
  readonly #group: ConnectionGroup<C>;
  readonly #core: Connection;
  readonly #pump: SocketPump;
  readonly #end: ConnectionEnd;
  /** Made when a message must wait for the first time. */
  #queue: SendQueue | undefined;
  #flushQueued = false;
  #drainWanted = false;

  constructor(
    owner: SenderOwner<C>,
    group: ConnectionGroup<C>,
    core: Connection,
    pump: SocketPump,
    end: ConnectionEnd,
  ) {
    this.#owner = owner;
    this.#group = group;
    this.#core = core;
    this.#pump = pump;
    this.#end = end;
  }

  get bufferedBytes(): number {
    return this.socketBytes + (this.#queue?.bytes ?? 0);
  }

  /**
   * What a peer that reads too slowly makes us keep. More than `maxBufferedBytes` can only be the one
   * message that is taken whatever its length: its memory was the application's before.
   */
  get backlogBytes(): number {
    const { highWaterBytes, maxBufferedBytes } = this.#group.limits;
    const { bufferedBytes } = this;
    return bufferedBytes > highWaterBytes ? Math.min(bufferedBytes, maxBufferedBytes) : 0;
  }

  get socketBytes(): number {
    return this.#core.outputBytes + this.#pump.waitingBytes;
  }

  get highWaterBytes(): number {
    return this.#group.limits.highWaterBytes;
  }

  get congested(): boolean {
    return this.#core.underPressure;
  }

  get isOpen(): boolean {
    return this.#owner.isOpen;
  }

  send(data: SendableData | Message, options: SendOptions | undefined): boolean {
    const item = typeof data === 'string' || data instanceof ReceivedMessage ? data : bytesOf(data);
    if (this.#owner.readyState !== 1) return false;
    const taken = this.#take(item, options);
    if (taken && this.bufferedBytes < this.#group.limits.highWaterBytes) return true;
    this.#drainWanted = true;
    return false;
  }

  sendShared(message: SharedMessage, options: SendOptions): boolean {
    if (this.#owner.readyState !== 1) return false;
    return this.#take(message, options);
  }

  sendStream(source: StreamSource, options: StreamOptions): Promise<void> {
    if (typeof source !== 'object' || source === null) {
      throw new TypeError(
        `source must be iterable, got ${source === null ? 'null' : typeof source}`,
      );
    }
    const stream = new OutgoingStream(source, options);
    if (this.#owner.readyState === 1) this.#sendQueue.addStream(stream);
    else stream.cut(this.closedError());
    return stream.done;
  }

  whenDrained(): Promise<void> {
    const { bufferedBytes, isOpen } = this;
    if (isOpen && (bufferedBytes === 0 || bufferedBytes < this.highWaterBytes)) {
      return Promise.resolve();
    }
    const drained = isOpen ? this.#sendQueue.whenDrained() : Promise.reject(this.closedError());
    // Whoever does not wait for it need not care: the connection's `close` says the same.
    drained.catch(ignore);
    return drained;
  }

  /** Sends a Close frame behind everything that was sent before. */
  close(code: number | undefined, reason: string | undefined): void {
    const sendClose = (): void => {
      this.#core.sendClose(code, reason);
      this.#owner.closing();
      this.flushLater();
    };
    if (this.#queue?.idle !== false) {
      sendClose();
      return;
    }
    this.#end.want(sendClose);
    this.#queue.finish(sendClose);
  }

  /** Nothing more is sent but a Close frame; whoever waits for room waits in vain. */
  end(): void {
    this.#queue?.end(this.closedError());
    this.#queue = undefined;
  }

  flushLater(): void {
    if (this.#flushQueued || this.#owner.flushesSoon) return;
    this.#flushQueued = true;
    flushAtEndOfTick(this);
  }

  /** Writes all output of the core at once, unless the socket has enough to do already. */
  flush(): void {
    this.#flushQueued = false;
    const core = this.#core;
    // Also while nothing can be written: the peer gets no more time than this.
    if (core.closeExpected) this.#owner.closing();
    if (core.state !== 'open') this.end();
    else this.#queue?.release();
    if (core.underPressure) return;
    if (core.outputBytes > 0) {
      const { counters, limits } = this.#group;
      const { highWaterBytes } = limits;
      const congested = core.outputBytes + this.#pump.waitingBytes >= highWaterBytes;
      const notify = congested || this.#drainWanted || this.#queue?.awaitsDrain === true;
      counters.bytesSent += core.outputBytes;
      const output = core.takeOutput();
      if (this.#pump.write(output, notify)) core.reclaimOutput(output);
      if (congested && this.#pump.waitingBytes >= highWaterBytes) core.underPressure = true;
    }
    if (core.closeExpected) this.#end.endTcp();
  }

  /** What was written has left. @returns false: there is more of it than there is room for */
  relieve(): boolean {
    if (this.#pump.waitingBytes > this.#group.limits.highWaterBytes) return false;
    this.#core.underPressure = false;
    this.flush();
    this.#owner.countMemory();
    return true;
  }

  /** Tells whoever waits for room that there is some. */
  tellDrained(): void {
    this.#queue?.drained();
    if (!this.#drainWanted || this.bufferedBytes > this.#group.limits.highWaterBytes) return;
    this.#drainWanted = false;
    this.#owner.callHandler(() => this.#owner.handler?.drain?.(this.#owner));
  }

  encode({ item, options }: OutgoingMessage): void {
    this.#encode(item, options?.compress);
  }

  sendFragment(
    type: 'text' | 'binary',
    payload: Uint8Array,
    last: boolean,
    compress: boolean | undefined,
  ): boolean {
    if (!this.isOpen) return false;
    this.#core.sendFragment(type, payload, last, compress);
    if (last) this.#group.counters.messagesSent += 1;
    this.flushLater();
    return true;
  }

  streamFailed(error: unknown): void {
    this.#owner.failInternally(error);
  }

  dropped(message: OutgoingMessage, tell: boolean): void {
    const owner = this.#owner;
    owner.droppedMessages += 1;
    observeDrop(owner, this.#group, message);
    if (!tell) return;
    const { item, bytes, key } = message;
    const data = (item instanceof SharedMessage ? item.data : item) as SendableData | Message;
    owner.callHandler(() => owner.handler?.dropped?.(owner, { data, bytes, key }));
  }

  overflowed(): void {
    this.#group.counters.slowConsumers += 1;
    this.#end.because(new ConnectionError('PW_WS_SLOW_CONSUMER'));
    this.#core.fail(new ProtocolError('PW_WS_POLICY_VIOLATION'));
    this.flushLater();
  }

  closedError(): ConnectionError {
    return this.#end.closedError();
  }

  /** @returns whether the message was taken; else it was dropped, or the connection is failed */
  #take(item: OutgoingItem, options: SendOptions | undefined): boolean {
    const before = this.bufferedBytes;
    const { highWaterBytes, maxBufferedBytes, overflow } = this.#group.limits;
    const isRoomy = before + lengthOf(item) < highWaterBytes;
    const mustWait = this.#queue?.idle === false || (!isRoomy && keepsMessagesBack(overflow));
    let taken = true;
    if (mustWait || (!isRoomy && before > 0 && before + lengthOf(item) > maxBufferedBytes)) {
      taken = this.#sendQueue.add(new OutgoingMessage(item, options));
    } else {
      this.#encode(item, options?.compress);
    }
    if (!isRoomy) this.#owner.countMemory();
    return taken;
  }

  #encode(item: OutgoingItem, compress: boolean | undefined): void {
    const core = this.#core;
    if (typeof item === 'string') core.sendText(item, compress);
    else if (item instanceof ReceivedMessage) core.forward(item.event, compress);
    else if (item instanceof SharedMessage) this.#encodeShared(item, compress);
    else core.sendBinary(item, compress);
    this.#group.counters.messagesSent += 1;
    this.flushLater();
  }

  #encodeShared(message: SharedMessage, compress: boolean | undefined): void {
    const core = this.#core;
    const frame = message.encodeFor(compress === false ? undefined : core.codec);
    if (frame !== undefined) core.sendEncoded(frame);
    else if (message.type === 'text') core.sendText(message.data);
    else core.sendBinary(bytesOf(message.data));
  }

  get #sendQueue(): SendQueue {
    return (this.#queue ??= new SendQueue(this, this.#group.limits));
  }
}
