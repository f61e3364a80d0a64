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
import { Heartbeat, type HeartbeatTarget } from './heartbeat.ts';
import { memoryBudget, type MemoryHolder } from './memory-budget.ts';
import { payloadOf, type Message } from './message.ts';
import { MessageIterator } from './message-iterator.ts';
import { bytesOf, type SendOptions, type SharedMessage } from './outgoing-message.ts';
import {
  observeClose,
  observeHeartbeat,
  observeLenience,
  observeOpen,
  observeViolation,
} from './observe.ts';
import type { StreamOptions, StreamSource } from './outgoing-stream.ts';
import { Sender, type SenderOwner } from './sender.ts';
import { SocketPump, type SocketOwner } from './socket-pump.ts';
import type { ConnectionHandler, SendableData } from './websocket-connection.ts';

// Shared by all connections, so that none has to make its own.
let processNow: (connection: SocketConnection<unknown>) => void;

/** Joins the core, a socket, the timers and the application's handler. */
export class SocketConnection<C>
  implements DeliveryOwner<C>, SenderOwner<C>, SocketOwner, HeartbeatTarget, MemoryHolder
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
  readonly #sender: Sender<C>;
  readonly #end: ConnectionEnd;
  #handler: ConnectionHandler<C> | undefined;
  #processing = false;
  #processQueued = false;
  #ended = false;
  #closeTold = false;
  #lenientFrames = 0;
  #holdsMemory = false;
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
    this.#sender = new Sender(this, group, this.#core, this.#pump, this.#end);
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
    this.callHandler(() => this.#handler?.open?.(this));
    this.#processing = false;
    this.#sender.flush();
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

  get flushesSoon(): boolean {
    return this.#processing || this.#processQueued;
  }

  get bufferedBytes(): number {
    return this.#sender.bufferedBytes;
  }

  get socketBytes(): number {
    return this.#sender.socketBytes;
  }

  get counters(): Counters {
    return this.#group.counters;
  }

  get memoryBudgetBytes(): number {
    return this.#group.limits.memoryBudgetBytes;
  }

  get roundTripMs(): number | undefined {
    return this.#heartbeat?.roundTripMs;
  }

  send(data: SendableData | Message, options?: SendOptions): boolean {
    return this.#sender.send(data, options);
  }

  sendShared(message: SharedMessage, options: SendOptions): boolean {
    return this.#sender.sendShared(message, options);
  }

  sendStream(source: StreamSource, options: StreamOptions = {}): Promise<void> {
    return this.#sender.sendStream(source, options);
  }

  /** For the facade, whose users cut their messages themselves. */
  sendFragment(
    type: 'text' | 'binary',
    payload: Uint8Array,
    last: boolean,
    compress: boolean | undefined,
  ): boolean {
    return this.#sender.sendFragment(type, payload, last, compress);
  }

  drained(): Promise<void> {
    return this.#sender.whenDrained();
  }

  ping(payload?: SendableData): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const view = bytes === undefined ? undefined : bytesOf(bytes);
    if (view !== undefined && view.length > 125) {
      throw new RangeError(`a Ping carries at most 125 bytes (§5.5), got ${view.length}`);
    }
    if (this.readyState !== 1) return;
    this.#core.sendPing(view);
    this.#sender.flushLater();
  }

  /** An unasked Pong, or the answer to a Ping that the core leaves to others (§5.5.3). */
  pong(payload: Uint8Array): void {
    if (this.readyState !== 1) return;
    this.#core.sendPong(payload);
    this.#sender.flushLater();
  }

  close(code?: number, reason?: string): void {
    // Throws on what must not be sent, which is not to wait for its turn.
    encodeClosePayload(code, reason);
    if (this.readyState !== 1) return;
    this.#sender.close(code, reason);
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
    if (!this.#sender.relieve()) return;
    if (this.#mayRead) this.#pump.resume();
    this.#sender.tellDrained();
  }

  socketClosed(error: Error | undefined): void {
    this.#heartbeat?.stop();
    this.#end.tcpEnded(error);
    this.#core.receiveEof();
    this.#sender.end();
    this.countMemory();
    this.#group.closed(this);
    for (const resolve of this.#disposers ?? []) resolve();
    this.#process();
  }

  countMemory(): void {
    if (this.memoryBudgetBytes === 0) return;
    // Without its socket only the application keeps a connection, which the account must not.
    const isOver = this.#core.state === 'closed' || this.#end.terminated || this.#end.socketClosed;
    const bytes = isOver ? 0 : this.#core.heldBytes + this.#sender.backlogBytes;
    if (bytes === 0 && !this.#holdsMemory) return;
    this.#holdsMemory = bytes > 0;
    memoryBudget.count(this, bytes);
  }

  shed(): void {
    this.#holdsMemory = false;
    this.#group.counters.memorySheds += 1;
    this.#end.because(new ConnectionError('PW_WS_MEMORY_BUDGET'));
    const isSlow = this.#sender.backlogBytes > 0;
    this.#core.fail(new ProtocolError('PW_WS_TRY_AGAIN_LATER'));
    // A peer that does not read would not read why either, and what waits for it is to be freed.
    if (isSlow) this.#pump.destroy();
    else this.#sender.flushLater();
  }

  closedError(): ConnectionError {
    return this.#end.closedError();
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
    this.failInternally(error);
  }

  sendHeartbeatPing(payload: Uint8Array): void {
    if (this.#core.state !== 'open') return;
    this.#core.sendPing(payload);
    this.#sender.flushLater();
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
    if (this.#holdsMemory || this.#core.heldBytes > 0) this.countMemory();
    if (this.#processQueued) return;
    if (flushNow) this.#sender.flush();
    else this.#sender.flushLater();
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
        observeViolation(this.#group, event.error);
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

  callHandler(run: () => unknown): void {
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
    this.callHandler(() => this.#handler?.close?.(this, this.#end.result));
  }

  failInternally(cause: unknown): void {
    if (this.#core.state === 'closed') return;
    const failure = new ProtocolError('PW_WS_INTERNAL_ERROR', { cause });
    this.#end.because(failure);
    this.#core.fail(failure);
    this.#sender.flushLater();
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

  closing(): void {
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
