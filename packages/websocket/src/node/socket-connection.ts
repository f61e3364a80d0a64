import type { Duplex } from 'node:stream';

import {
  Connection,
  ConnectionError,
  encodeClosePayload,
  ProtocolError,
  type ConnectionEvent,
} from '../protocol/index.ts';
import type { DeflateCodec } from './deflate-codec.ts';
import { ConnectionEnd } from './connection-end.ts';
import type { Agreement, ConnectionGroup } from './connection-group.ts';
import type { Counters } from './counters.ts';
import { Delivery, type DeliveryOwner } from './delivery.ts';
import { isPromise } from './failures.ts';
import { flushAtEndOfTick, type Flushable } from './flush-queue.ts';
import { Heartbeat, type HeartbeatTarget } from './heartbeat.ts';
import { payloadOf, ReceivedMessage, type Message } from './message.ts';
import { MessageIterator } from './message-iterator.ts';
import {
  bytesOf,
  lengthOf,
  OutgoingMessage,
  SharedMessage,
  type OutgoingItem,
  type SendOptions,
} from './outgoing-message.ts';
import {
  observeClose,
  observeDrop,
  observeHeartbeat,
  observeLenience,
  observeOpen,
} from './observe.ts';
import { OutgoingStream, type StreamOptions, type StreamSource } from './outgoing-stream.ts';
import { ignore } from './refusal.ts';
import { keepsMessagesBack, SendQueue, type SendTarget } from './send-queue.ts';
import { SocketPump, type SocketOwner } from './socket-pump.ts';
import type { ConnectionHandler, SendableData } from './websocket-connection.ts';

// Shared by all connections, so that none has to make its own.
let processNow: (connection: SocketConnection<unknown>) => void;

/** Joins the core, a socket, the timers and the application's handler. */
export class SocketConnection<C>
  implements DeliveryOwner<C>, SocketOwner, HeartbeatTarget, Flushable, SendTarget
{
  context: C;
  droppedMessages = 0;
  /** Of a server's connection: see `maxConnectionsPerAddress`. */
  countedAddress: string | undefined;
  readonly protocol: string;
  readonly extensions: string;
  readonly remoteAddress: string | undefined;
  readonly #group: ConnectionGroup<C>;
  readonly #core: Connection;
  readonly #codec: DeflateCodec | undefined;
  readonly #pump: SocketPump;
  readonly #heartbeat: Heartbeat | undefined;
  readonly #delivery = new Delivery(this);
  readonly #end: ConnectionEnd;
  #handler: ConnectionHandler<C> | undefined;
  /** Made when a message must wait for the first time. */
  #queue: SendQueue | undefined;
  #processing = false;
  #processQueued = false;
  #flushQueued = false;
  #drainWanted = false;
  #ended = false;
  #closeTold = false;
  #lenientFrames = 0;
  #disposers: (() => void)[] | undefined;

  constructor(
    group: ConnectionGroup<C>,
    socket: Duplex,
    agreement: Agreement,
    context: C,
    handler: ConnectionHandler<C> | undefined,
  ) {
    this.#group = group;
    this.#codec = agreement.codec;
    this.#core = new Connection(group.core, agreement.codec);
    this.#pump = new SocketPump(socket, this);
    this.#end = new ConnectionEnd(group, this.#core, this.#pump);
    this.#heartbeat =
      group.limits.pingIntervalMs > 0 ? new Heartbeat(group.limits, this) : undefined;
    this.#handler = handler;
    this.protocol = agreement.protocol;
    this.extensions = agreement.extensions;
    this.context = context;
    this.remoteAddress = this.#pump.remoteAddress;
  }

  /** Tells the handler that the connection is open, then begins to read. */
  start(head: Buffer): void {
    observeOpen(this, this.#group);
    // §4.1: a client waits for the answer before it sends frames.
    if (head.length > 0 && this.#group.core.role === 'server') {
      observeLenience(this, this.#group, 'early-frames', 1);
    }
    this.#processing = true;
    this.#call(() => this.#handler?.open?.(this));
    this.#processing = false;
    this.flush();
    this.#pump.start(head);
  }

  get handler(): ConnectionHandler<C> | undefined {
    return this.#handler;
  }

  set handler(handler: ConnectionHandler<C> | undefined) {
    this.#handler = handler;
    this.processLater();
  }

  get readyState(): 1 | 2 | 3 {
    if (this.#end.socketClosed) return 3;
    return this.isOpen && !this.#end.wanted ? 1 : 2;
  }

  get isOpen(): boolean {
    return this.#core.state === 'open' && !this.#end.terminated;
  }

  get bufferedBytes(): number {
    return this.socketBytes + (this.#queue?.bytes ?? 0);
  }

  get socketBytes(): number {
    return this.#core.outputBytes + this.#pump.waitingBytes;
  }

  get counters(): Counters {
    return this.#group.counters;
  }

  get highWaterBytes(): number {
    return this.#group.limits.highWaterBytes;
  }

  get congested(): boolean {
    return this.#core.underPressure;
  }

  get roundTripMs(): number | undefined {
    return this.#heartbeat?.roundTripMs;
  }

  send(data: SendableData | Message, options?: SendOptions): boolean {
    const item = typeof data === 'string' || data instanceof ReceivedMessage ? data : bytesOf(data);
    if (this.readyState !== 1) return false;
    const taken = this.#take(item, options);
    if (taken && this.bufferedBytes < this.#group.limits.highWaterBytes) return true;
    this.#drainWanted = true;
    return false;
  }

  sendShared(message: SharedMessage, options: SendOptions): boolean {
    if (this.readyState !== 1) return false;
    return this.#take(message, options);
  }

  sendStream(source: StreamSource, options: StreamOptions = {}): Promise<void> {
    if (typeof source !== 'object' || source === null) {
      throw new TypeError(
        `source must be iterable, got ${source === null ? 'null' : typeof source}`,
      );
    }
    const stream = new OutgoingStream(source, options);
    if (this.readyState === 1) this.#sendQueue.addStream(stream);
    else stream.cut(this.closedError());
    return stream.done;
  }

  drained(): Promise<void> {
    const { bufferedBytes } = this;
    const { isOpen } = this;
    if (isOpen && (bufferedBytes === 0 || bufferedBytes < this.highWaterBytes)) {
      return Promise.resolve();
    }
    const drained = isOpen ? this.#sendQueue.whenDrained() : Promise.reject(this.closedError());
    // Whoever does not wait for it need not care: the connection's `close` says the same.
    drained.catch(ignore);
    return drained;
  }

  ping(payload?: SendableData): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const view = bytes === undefined ? undefined : bytesOf(bytes);
    if (view !== undefined && view.length > 125) {
      throw new RangeError(`a Ping carries at most 125 bytes (§5.5), got ${view.length}`);
    }
    if (this.readyState !== 1) return;
    this.#core.sendPing(view);
    this.#flushLater();
  }

  /** An unasked Pong, or the answer to a Ping that the core leaves to others (§5.5.3). */
  pong(payload: Uint8Array): void {
    if (this.readyState !== 1) return;
    this.#core.sendPong(payload);
    this.#flushLater();
  }

  close(code?: number, reason?: string): void {
    // Throws on what must not be sent, which is not to wait for its turn.
    encodeClosePayload(code, reason);
    if (this.readyState !== 1) return;
    const sendClose = (): void => {
      this.#core.sendClose(code, reason);
      this.#closing();
      this.#flushLater();
    };
    if (this.#queue?.idle !== false) {
      sendClose();
      return;
    }
    this.#end.want(sendClose);
    this.#queue.finish(sendClose);
  }

  terminate(): void {
    if (this.#end.socketClosed) return;
    this.#delivery.dropHeld();
    this.#end.terminate();
  }

  pause(): void {
    this.#delivery.paused = true;
    this.processLater();
  }

  resume(): void {
    this.#delivery.paused = false;
    this.processLater();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return new MessageIterator(this, this.#closeTold ? this.#end.result : undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#end.socketClosed) return Promise.resolve();
    this.close(1000);
    return new Promise((resolve) => {
      (this.#disposers ??= []).push(resolve);
    });
  }

  chunkArrived(chunk: Buffer): void {
    if (this.#heartbeat !== undefined) this.#heartbeat.heard = true;
    // After the end of the protocol the peer's bytes are read to let it finish, and dropped.
    if (this.#core.state === 'closed') return;
    this.#group.counters.bytesReceived += chunk.length;
    this.#core.receive(chunk);
    // Only now, so that a handler that is done soon does not stop and start the socket each time.
    if (this.#delivery.busy && !this.listening) this.#pump.pause();
    else if (!this.#processQueued) this.#process();
  }

  peerEnded(): void {
    this.#end.peerEnded();
    this.#core.receiveEof();
    this.#process();
  }

  writesDone(): void {
    const { highWaterBytes } = this.#group.limits;
    if (this.#pump.waitingBytes > highWaterBytes) return;
    this.#core.underPressure = false;
    this.flush();
    if (this.#mayRead) this.#pump.resume();
    this.#queue?.drained();
    if (!this.#drainWanted || this.bufferedBytes > highWaterBytes) return;
    this.#drainWanted = false;
    this.#call(() => this.#handler?.drain?.(this));
  }

  socketClosed(error: Error | undefined): void {
    this.#heartbeat?.stop();
    this.#end.tcpEnded(error);
    this.#core.receiveEof();
    this.#endSending();
    this.#group.closed(this);
    for (const resolve of this.#disposers ?? []) resolve();
    this.#process();
  }

  /** Writes all output of the core at once, unless the socket has enough to do already. */
  flush(): void {
    this.#flushQueued = false;
    const core = this.#core;
    // Also while nothing can be written: the peer gets no more time than this.
    if (core.closeExpected) this.#closing();
    if (core.state !== 'open') this.#endSending();
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

  encode({ item, options }: OutgoingMessage): void {
    this.#encode(item, options?.compress);
  }

  sendFragment(type: 'text' | 'binary', payload: Uint8Array, last: boolean): boolean {
    if (!this.isOpen) return false;
    this.#core.sendFragment(type, payload, last);
    if (last) this.#group.counters.messagesSent += 1;
    this.#flushLater();
    return true;
  }

  streamFailed(): void {
    this.#failInternally();
  }

  dropped(message: OutgoingMessage, tell: boolean): void {
    this.droppedMessages += 1;
    observeDrop(this, this.#group, message);
    if (!tell) return;
    const { item, bytes, key } = message;
    const data = (item instanceof SharedMessage ? item.data : item) as SendableData | Message;
    this.#call(() => this.#handler?.dropped?.(this, { data, bytes, key }));
  }

  closedError(): ConnectionError {
    return this.#end.closedError();
  }

  overflowed(): void {
    this.#group.counters.slowConsumers += 1;
    this.#end.because(new ConnectionError('PW_WS_SLOW_CONSUMER'));
    this.#core.fail(new ProtocolError('PW_WS_POLICY_VIOLATION'));
    this.#flushLater();
  }

  get listening(): boolean {
    return !this.#end.terminated && this.#delivery.listening;
  }

  messageTooBig(): void {
    const error = new ProtocolError('PW_WS_MESSAGE_TOO_BIG');
    this.#end.because(error);
    this.#core.fail(error);
  }

  handlerDone(): void {
    // What comes next answers in this tick, too; all of it leaves in one write.
    if (!this.#processQueued) this.#process(false);
  }

  handlerFailed(error: unknown): void {
    // It waited for this connection, and may leave it at that.
    const isOver = this.readyState !== 1;
    if (isOver && error instanceof ConnectionError && error.code === 'PW_WS_CLOSED') return;
    this.#group.failed(error);
    this.#failInternally();
  }

  sendHeartbeatPing(payload: Uint8Array): void {
    if (this.#core.state !== 'open') return;
    this.#core.sendPing(payload);
    this.#flushLater();
  }

  peerSilent(): void {
    this.#end.because(new ConnectionError('PW_WS_PONG_TIMEOUT'));
    this.#pump.destroy();
  }

  /** Reads events for as long as somebody takes them. */
  #process(flushNow = true): void {
    this.#processQueued = false;
    if (this.#processing) return;
    this.#processing = true;
    try {
      this.#delivery.deliverHeld();
      while (this.listening) {
        const event = this.#core.nextEvent();
        if (event === undefined) break;
        this.#deliver(event);
        if (this.#group.taskPerMessage && isMessage(event)) {
          this.#processInNewTask();
          break;
        }
      }
    } catch (error) {
      this.handlerFailed(error);
    }
    this.#processing = false;
    if (this.#mayRead) this.#pump.resume();
    else if (!this.#delivery.busy) this.#pump.pause();
    if (this.#core.nonMinimalLengths > this.#lenientFrames) this.#noteLenientFrames();
    if (this.#processQueued) return;
    if (flushNow) this.flush();
    else this.#flushLater();
    this.#delivery.settleStream(this.#core.state === 'closed' || this.#end.terminated);
    if (this.#end.socketClosed && !this.#hasUndelivered) {
      // Not before: what came last may still have to be inflated.
      this.#codec?.close();
      this.#tellClose();
    }
  }

  /**
   * After the end of the protocol input is only read to be dropped, and only once all output is out:
   * a peer that does not read does not get to send for ever.
   */
  get #mayRead(): boolean {
    return this.#core.state === 'closed' ? !this.#core.underPressure : this.listening;
  }

  get #hasUndelivered(): boolean {
    if (this.#end.terminated) return false;
    return this.#delivery.holdsMessage || this.#core.unreadBytes > 0;
  }

  #deliver(event: ConnectionEvent): void {
    switch (event.type) {
      case 'text':
      case 'binary':
        this.#delivery.deliverMessage(event);
        return;
      case 'piece':
        this.#delivery.deliverPiece(event);
        return;
      case 'ping':
        this.#guard(this.#handler?.ping?.(this, payloadOf(event)));
        return;
      case 'pong':
        this.#deliverPong(payloadOf(event));
        return;
      case 'close':
        this.#end.peerCloses(event);
        this.#group.peerClosing?.(this);
        return;
      case 'fail':
        this.#end.because(event.error);
        this.#group.failing?.(this, event.error);
    }
  }

  #deliverPong(payload: Buffer): void {
    const heartbeat = this.#heartbeat;
    if (heartbeat?.takePong(payload) !== true) {
      this.#guard(this.#handler?.pong?.(this, payload));
    } else {
      observeHeartbeat(this, this.#group, heartbeat.roundTripMs ?? 0);
    }
  }

  /** For handlers whose promises hold nothing up. */
  #guard(result: unknown): void {
    if (!isPromise(result)) return;
    result.then(undefined, (error: unknown) => this.handlerFailed(error));
  }

  #call(run: () => unknown): void {
    try {
      this.#guard(run());
    } catch (error) {
      this.handlerFailed(error);
    }
  }

  #tellClose(): void {
    if (!this.#ended) observeClose(this, this.#group, this.#end.result);
    this.#ended = true;
    if (this.#closeTold || this.#handler === undefined) return;
    this.#closeTold = true;
    this.#call(() => this.#handler?.close?.(this, this.#end.result));
  }

  #failInternally(): void {
    if (this.#core.state === 'closed') return;
    const failure = new ProtocolError('PW_WS_INTERNAL_ERROR');
    this.#end.because(failure);
    this.#core.fail(failure);
    this.#flushLater();
  }

  /** @returns whether the message was taken; else it was dropped, or the connection is failed */
  #take(item: OutgoingItem, options: SendOptions | undefined): boolean {
    const before = this.bufferedBytes;
    const { highWaterBytes, maxBufferedBytes, overflow } = this.#group.limits;
    const isRoomy = before + lengthOf(item) < highWaterBytes;
    const mustWait = this.#queue?.idle === false || (!isRoomy && keepsMessagesBack(overflow));
    if (mustWait || (!isRoomy && before > 0 && before + lengthOf(item) > maxBufferedBytes)) {
      return this.#sendQueue.add(new OutgoingMessage(item, options));
    }
    this.#encode(item, options?.compress);
    return true;
  }

  #encode(item: OutgoingItem, compress: boolean | undefined): void {
    const core = this.#core;
    if (typeof item === 'string') core.sendText(item, compress);
    else if (item instanceof ReceivedMessage) core.forward(item.event, compress);
    else if (item instanceof SharedMessage) this.#encodeShared(item, compress);
    else core.sendBinary(item, compress);
    this.#group.counters.messagesSent += 1;
    this.#flushLater();
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

  /** Nothing more is sent but a Close frame; whoever waits for room waits in vain. */
  #endSending(): void {
    this.#queue?.end(this.closedError());
    this.#queue = undefined;
  }

  #noteLenientFrames(): void {
    const { nonMinimalLengths } = this.#core;
    const count = nonMinimalLengths - this.#lenientFrames;
    observeLenience(this, this.#group, 'non-minimal-length', count);
    this.#lenientFrames = nonMinimalLengths;
  }

  processLater(): void {
    if (this.#processing || this.#processQueued) return;
    this.#processQueued = true;
    process.nextTick(processNow, this);
  }

  /** A tick that is queued by a microtask runs when all other microtasks have run. */
  #processInNewTask(): void {
    this.#processQueued = true;
    queueMicrotask(() => process.nextTick(processNow, this));
  }

  #flushLater(): void {
    if (this.#processing || this.#processQueued || this.#flushQueued) return;
    this.#flushQueued = true;
    flushAtEndOfTick(this);
  }

  #closing(): void {
    this.#heartbeat?.stop();
    this.#end.begin();
  }

  static {
    processNow = (connection) => connection.#process();
  }
}

function isMessage({ type }: ConnectionEvent): boolean {
  return type === 'text' || type === 'binary';
}
