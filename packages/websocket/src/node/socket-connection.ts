import type { Duplex } from 'node:stream';

import {
  Connection,
  ConnectionError,
  MessagePiece,
  ProtocolError,
  type ConnectionEvent,
} from '../protocol/index.ts';
import type { BudgetedCodec } from './compression.ts';
import type { Agreement, ConnectionGroup } from './connection-group.ts';
import { isPromise } from './failures.ts';
import { flushAtEndOfTick, type Flushable } from './flush-queue.ts';
import { Heartbeat, type HeartbeatTarget } from './heartbeat.ts';
import { messageOf, payloadOf, ReceivedMessage, type Message } from './message.ts';
import { MessageIterator } from './message-iterator.ts';
import { MessageStream } from './message-stream.ts';
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
import type {
  ConnectionClose,
  ConnectionHandler,
  SendableData,
  WebSocketConnection,
} from './websocket-connection.ts';

/** How long TCP may stay half-open after we failed a connection. */
const FAILED_LINGER_MS = 1_000;

// Callbacks shared by all connections, so that none has to make its own.
let processNow: (connection: SocketConnection<unknown>) => void;
let closeTimedOut: (connection: SocketConnection<unknown>) => void;

/** Joins the core, a socket, the timers and the application's handler. */
export class SocketConnection<C>
  implements WebSocketConnection<C>, SocketOwner, HeartbeatTarget, Flushable, SendTarget
{
  context: C;
  droppedMessages = 0;
  readonly protocol: string;
  readonly extensions: string;
  readonly remoteAddress: string | undefined;
  readonly #group: ConnectionGroup<C>;
  readonly #core: Connection;
  readonly #codec: BudgetedCodec | undefined;
  readonly #pump: SocketPump;
  readonly #heartbeat: Heartbeat | undefined;
  #handler: ConnectionHandler<C> | undefined;
  #paused = false;
  /** A message nobody has taken yet, or its beginning; nothing is read behind it. */
  #held: Message | MessagePiece | undefined;
  /** A handler's promise for the last message is pending; nothing is read behind it either. */
  #busy = false;
  /** The long message that is coming in. */
  #stream: MessageStream | undefined;
  /** Made when a message must wait for the first time. */
  #queue: SendQueue | undefined;
  #processing = false;
  #processQueued = false;
  #flushQueued = false;
  #drainWanted = false;
  #closeTimer: NodeJS.Timeout | undefined;
  #peerClose: { readonly code: number; readonly reason: string } | undefined;
  #error: ProtocolError | ConnectionError | undefined;
  #peerEnded = false;
  #terminated = false;
  #socketClosed = false;
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
    this.#processLater();
  }

  get readyState(): 1 | 2 | 3 {
    if (this.#socketClosed) return 3;
    return this.#core.state === 'open' && !this.#terminated ? 1 : 2;
  }

  get isOpen(): boolean {
    return this.readyState === 1;
  }

  get bufferedBytes(): number {
    return this.socketBytes + (this.#queue?.bytes ?? 0);
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
    const isOpen = this.readyState === 1;
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

  close(code?: number, reason?: string): void {
    if (this.readyState === 1) this.#queue?.releaseMessages();
    this.#core.sendClose(code, reason);
    this.#closing();
    this.#flushLater();
  }

  terminate(): void {
    if (this.#socketClosed) return;
    this.#terminated = true;
    this.#held = undefined;
    this.#error ??= new ConnectionError('PW_WS_TERMINATED');
    this.#pump.destroy();
  }

  pause(): void {
    this.#paused = true;
    this.#processLater();
  }

  resume(): void {
    this.#paused = false;
    this.#processLater();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return new MessageIterator(this, this.#closeTold ? this.#closeResult() : undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#socketClosed) return Promise.resolve();
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
    if (this.#busy && !this.listening) this.#pump.pause();
    else if (!this.#processQueued) this.#process();
  }

  peerEnded(): void {
    this.#peerEnded = true;
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
    clearTimeout(this.#closeTimer);
    this.#socketClosed = true;
    if (error !== undefined && !this.#handshakeComplete) {
      this.#error ??= new ConnectionError('PW_WS_SOCKET', { cause: error });
    }
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
      this.#pump.write(core.takeOutput(), notify);
      if (congested && this.#pump.waitingBytes >= highWaterBytes) core.underPressure = true;
    }
    if (core.closeExpected) this.#endTcp();
  }

  encode({ item, options }: OutgoingMessage): void {
    this.#encode(item, options?.compress);
  }

  sendFragment(type: 'text' | 'binary', payload: Uint8Array, last: boolean): boolean {
    if (this.readyState !== 1) return false;
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
    const cause = this.#socketClosed ? this.#closeResult().error : this.#error;
    return new ConnectionError('PW_WS_CLOSED', { cause });
  }

  overflowed(): void {
    this.#group.counters.slowConsumers += 1;
    this.#error ??= new ConnectionError('PW_WS_SLOW_CONSUMER');
    this.#core.fail(new ProtocolError('PW_WS_POLICY_VIOLATION'));
    this.#flushLater();
  }

  get listening(): boolean {
    if (this.#paused || this.#held !== undefined || this.#terminated) return false;
    const stream = this.#stream;
    return stream === undefined || stream.over ? !this.#busy : !stream.blocking;
  }

  sendHeartbeatPing(payload: Uint8Array): void {
    if (this.#core.state !== 'open') return;
    this.#core.sendPing(payload);
    this.#flushLater();
  }

  peerSilent(): void {
    this.#error ??= new ConnectionError('PW_WS_PONG_TIMEOUT');
    this.#pump.destroy();
  }

  get #handshakeComplete(): boolean {
    return this.#core.closeSent && this.#core.closeReceived;
  }

  /** Reads events for as long as somebody takes them. */
  #process(flushNow = true): void {
    this.#processQueued = false;
    if (this.#processing) return;
    this.#processing = true;
    try {
      this.#deliverHeld();
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
      this.#handlerFailed(error);
    }
    this.#processing = false;
    if (this.#mayRead) this.#pump.resume();
    else if (!this.#busy) this.#pump.pause();
    if (this.#core.nonMinimalLengths > this.#lenientFrames) this.#noteLenientFrames();
    if (this.#processQueued) return;
    if (flushNow) this.flush();
    else this.#flushLater();
    if (this.#stream !== undefined) this.#cutStream();
    if (this.#socketClosed && !this.#hasUndelivered) {
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
    if (this.#terminated) return false;
    return this.#held !== undefined || this.#core.unreadBytes > 0;
  }

  #deliverHeld(): void {
    const held = this.#held;
    if (held === undefined || this.#paused) return;
    this.#held = undefined;
    if (held instanceof MessagePiece) this.#deliverPiece(held);
    else this.#deliverMessage(held);
  }

  #deliver(event: ConnectionEvent): void {
    switch (event.type) {
      case 'text':
      case 'binary': {
        this.#group.counters.messagesReceived += 1;
        this.#deliverMessage(messageOf(event));
        return;
      }
      case 'piece':
        this.#deliverPiece(event);
        return;
      case 'ping':
        this.#guard(this.#handler?.ping?.(this, payloadOf(event)));
        return;
      case 'pong':
        this.#deliverPong(payloadOf(event));
        return;
      case 'close':
        this.#peerClose = event;
        this.#group.peerClosing?.(this);
        return;
      case 'fail':
        this.#error ??= event.error;
    }
  }

  #deliverMessage(message: Message): void {
    if (this.#handler?.message === undefined) {
      this.#held = message;
      return;
    }
    const result = this.#handler.message(this, message);
    if (isPromise(result)) this.#awaitHandler(result);
  }

  #deliverPiece(piece: MessagePiece): void {
    if (piece.first && !this.#openStream(piece)) return;
    const stream = this.#stream;
    if (stream === undefined) return;
    if (piece.end > piece.start) stream.push(payloadOf(piece));
    if (!piece.last) return;
    this.#group.counters.messagesReceived += 1;
    stream.push(null);
  }

  /** False while there is nobody to take it, or when it is refused. */
  #openStream(piece: MessagePiece): boolean {
    const handler = this.#handler;
    if (handler?.stream === undefined) {
      if (handler?.message === undefined) {
        this.#held = piece;
      } else {
        const error = new ProtocolError('PW_WS_MESSAGE_TOO_BIG');
        this.#error ??= error;
        this.#core.fail(error);
      }
      return false;
    }
    this.#stream = new MessageStream(piece.of, () => this.#processLater());
    const result = handler.stream(this, this.#stream);
    if (isPromise(result)) this.#awaitHandler(result);
    return true;
  }

  /** A stream whose message will never be whole. */
  #cutStream(): void {
    if (this.#stream?.over === true) this.#stream = undefined;
    if (this.#core.state !== 'closed' && !this.#terminated) return;
    this.#stream?.cut(this.closedError());
    this.#stream = undefined;
  }

  #deliverPong(payload: Buffer): void {
    const heartbeat = this.#heartbeat;
    if (heartbeat?.takePong(payload) !== true) {
      this.#guard(this.#handler?.pong?.(this, payload));
    } else {
      observeHeartbeat(this, this.#group, heartbeat.roundTripMs ?? 0);
    }
  }

  /** The next message is delivered when the promise for this one is settled. */
  #awaitHandler(promise: PromiseLike<unknown>): void {
    this.#busy = true;
    promise.then(
      () => this.#handlerDone(),
      (error: unknown) => {
        this.#handlerFailed(error);
        this.#handlerDone();
      },
    );
  }

  #handlerDone(): void {
    this.#busy = false;
    // What comes next answers in this tick, too; all of it leaves in one write.
    if (!this.#processQueued) this.#process(false);
  }

  /** For handlers whose promises hold nothing up. */
  #guard(result: unknown): void {
    if (!isPromise(result)) return;
    result.then(undefined, (error: unknown) => this.#handlerFailed(error));
  }

  #call(run: () => unknown): void {
    try {
      this.#guard(run());
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  #tellClose(): void {
    if (!this.#ended) observeClose(this, this.#group, this.#closeResult());
    this.#ended = true;
    if (this.#closeTold || this.#handler === undefined) return;
    this.#closeTold = true;
    this.#call(() => this.#handler?.close?.(this, this.#closeResult()));
  }

  #closeResult(): ConnectionClose {
    const error = this.#error;
    if (this.#handshakeComplete && !(error instanceof ProtocolError)) {
      return { ...codeAndReason(this.#peerClose), wasClean: true };
    }
    if (error instanceof ProtocolError) {
      return { code: error.closeCode, reason: '', wasClean: false, error };
    }
    return {
      ...(this.#peerClose === undefined ? ABNORMAL : codeAndReason(this.#peerClose)),
      wasClean: false,
      error: error ?? new ConnectionError('PW_WS_ABNORMAL_CLOSURE'),
    };
  }

  #handlerFailed(error: unknown): void {
    // It waited for this connection, and may leave it at that.
    const isOver = this.readyState !== 1;
    if (isOver && error instanceof ConnectionError && error.code === 'PW_WS_CLOSED') return;
    this.#group.failed(error);
    this.#failInternally();
  }

  #failInternally(): void {
    if (this.#core.state === 'closed') return;
    const failure = new ProtocolError('PW_WS_INTERNAL_ERROR');
    this.#error ??= failure;
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

  #processLater(): void {
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

  /** From the first Close frame on, a timer bounds what the peer may take. */
  #closing(): void {
    this.#heartbeat?.stop();
    if (this.#socketClosed) return;
    const { closeTimeoutMs } = this.#group.limits;
    // A peer that we failed has nothing to answer; it gets a moment to read why.
    const failed = this.#core.state === 'closed' && !this.#core.closeReceived;
    const limitMs = failed ? Math.min(closeTimeoutMs, FAILED_LINGER_MS) : closeTimeoutMs;
    this.#closeTimer ??= setTimeout(closeTimedOut, limitMs, this);
  }

  /**
   * §7.1.1: the server ends TCP first, a client waits for it. Whoever failed the connection ends
   * TCP at once (§7.1.7). Input is still read, and dropped, until the peer ends its half: closing
   * with unread input would reset TCP and could destroy our Close frame on its way.
   */
  #endTcp(): void {
    if (this.#group.core.role === 'client' && this.#handshakeComplete && !this.#peerEnded) return;
    this.#pump.end();
  }

  #closeTimedOut(): void {
    if (!this.#handshakeComplete) this.#error ??= new ConnectionError('PW_WS_CLOSE_TIMEOUT');
    this.#pump.destroy();
  }

  static {
    processNow = (connection) => connection.#process();
    closeTimedOut = (connection) => connection.#closeTimedOut();
  }
}

const ABNORMAL = { code: 1006, reason: '' } as const;

function isMessage({ type }: ConnectionEvent): boolean {
  return type === 'text' || type === 'binary';
}

function codeAndReason(close: { code: number; reason: string } | undefined): {
  code: number;
  reason: string;
} {
  return { code: close?.code ?? 1005, reason: close?.reason ?? '' };
}
