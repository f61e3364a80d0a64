import type { Duplex } from 'node:stream';

import {
  Connection,
  ConnectionError,
  OutputSlab,
  ProtocolError,
  type ConnectionEvent,
  type ConnectionOptions,
  type Role,
} from '../protocol/index.ts';
import { flushAtEndOfTick, type Flushable } from './flush-queue.ts';
import { Heartbeat, type HeartbeatTarget } from './heartbeat.ts';
import { nextMaskingKey } from './masking-keys.ts';
import { bufferOver, messageOf, payloadOf, ReceivedMessage, type Message } from './message.ts';
import { MessageIterator } from './message-iterator.ts';
import type { ResolvedLimits } from './options.ts';
import { SocketPump, type SocketOwner } from './socket-pump.ts';
import type {
  ConnectionClose,
  ConnectionHandler,
  SendableData,
  WebSocketConnection,
} from './websocket-connection.ts';

/** What all connections of a server, or the one of a client, have in common. */
export interface ConnectionGroup<C> {
  readonly core: ConnectionOptions;
  readonly limits: ResolvedLimits;
  /**
   * Deliver each message in a task of its own: everything that was waiting for one has run before
   * the next comes. The answers to one chunk leave together all the same.
   */
  readonly taskPerMessage: boolean;
  /** A handler threw. */
  failed(error: unknown): void;
  /** The peer's Close frame came. */
  peerClosing?(connection: SocketConnection<C>): void;
  /** TCP is closed. */
  closed(connection: SocketConnection<C>): void;
}

const slab = new OutputSlab({
  allocate: (lengthBytes) => Buffer.allocUnsafeSlow(lengthBytes),
  encodeTextInto: (text, target, offset) => bufferOver(target).write(text, offset),
  textLength: (text) => Buffer.byteLength(text),
});

export function createCoreOptions(role: Role, limits: ResolvedLimits): ConnectionOptions {
  return {
    role,
    maxMessageBytes: limits.maxMessageBytes,
    maxStreamBytes: 0,
    refuseNonMinimalLengths: limits.refuseNonMinimalLengths,
    maskingKey: nextMaskingKey,
    slab,
  };
}

/** How long TCP may stay half-open after we failed a connection. */
const FAILED_LINGER_MS = 1_000;

// Callbacks shared by all connections, so that none has to make its own.
let processNow: (connection: SocketConnection<unknown>) => void;
let closeTimedOut: (connection: SocketConnection<unknown>) => void;

/** Joins the core, a socket, the timers and the application's handler. */
export class SocketConnection<C>
  implements WebSocketConnection<C>, SocketOwner, HeartbeatTarget, Flushable
{
  context: C;
  readonly protocol: string;
  readonly remoteAddress: string | undefined;
  readonly #group: ConnectionGroup<C>;
  readonly #core: Connection;
  readonly #pump: SocketPump;
  readonly #heartbeat: Heartbeat | undefined;
  #handler: ConnectionHandler<C> | undefined;
  #paused = false;
  /** A message nobody has taken yet; nothing is read behind it. */
  #held: Message | undefined;
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
  #closeTold = false;
  #disposers: (() => void)[] | undefined;

  constructor(
    group: ConnectionGroup<C>,
    socket: Duplex,
    protocol: string,
    context: C,
    handler: ConnectionHandler<C> | undefined,
  ) {
    this.#group = group;
    this.#core = new Connection(group.core);
    this.#pump = new SocketPump(socket, this);
    this.#heartbeat =
      group.limits.pingIntervalMs > 0 ? new Heartbeat(group.limits, this) : undefined;
    this.#handler = handler;
    this.protocol = protocol;
    this.context = context;
    this.remoteAddress = this.#pump.remoteAddress;
  }

  /** Tells the handler that the connection is open, then begins to read. */
  start(head: Buffer): void {
    this.#processing = true;
    try {
      this.#handler?.open?.(this);
    } catch (error) {
      this.#handlerFailed(error);
    }
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

  get bufferedBytes(): number {
    return this.#core.outputBytes + this.#pump.waitingBytes;
  }

  get roundTripMs(): number | undefined {
    return this.#heartbeat?.roundTripMs;
  }

  send(data: SendableData | Message): boolean {
    const item = typeof data === 'string' || data instanceof ReceivedMessage ? data : bytesOf(data);
    if (this.readyState !== 1) return false;
    const core = this.#core;
    const { highWaterBytes, maxBufferedBytes } = this.#group.limits;
    const before = this.bufferedBytes;
    if (before > 0 && before + lengthOf(item) > maxBufferedBytes) {
      this.#failSlowConsumer();
      return false;
    }
    if (typeof item === 'string') core.sendText(item);
    else if (item instanceof ReceivedMessage) core.forward(item.event);
    else core.sendBinary(item);
    this.#flushLater();
    if (this.bufferedBytes < highWaterBytes) return true;
    this.#drainWanted = true;
    return false;
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
    this.#core.receive(chunk);
    if (!this.#processQueued) this.#process();
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
    if (!this.#drainWanted || this.bufferedBytes > highWaterBytes) return;
    this.#drainWanted = false;
    try {
      this.#handler?.drain?.(this);
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  socketClosed(error: Error | undefined): void {
    this.#heartbeat?.stop();
    clearTimeout(this.#closeTimer);
    this.#socketClosed = true;
    if (error !== undefined && !this.#handshakeComplete) {
      this.#error ??= new ConnectionError('PW_WS_SOCKET', { cause: error });
    }
    this.#core.receiveEof();
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
    if (core.underPressure) return;
    if (core.outputBytes > 0) {
      const { highWaterBytes } = this.#group.limits;
      const congested = core.outputBytes + this.#pump.waitingBytes >= highWaterBytes;
      this.#pump.write(core.takeOutput(), congested);
      if (congested && this.#pump.waitingBytes >= highWaterBytes) core.underPressure = true;
    }
    if (core.closeExpected) this.#endTcp();
  }

  get listening(): boolean {
    return !this.#paused && this.#held === undefined && !this.#terminated;
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
  #process(): void {
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
    else this.#pump.pause();
    if (this.#processQueued) return;
    this.flush();
    if (this.#socketClosed && !this.#hasUndelivered) this.#tellClose();
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
    const message = this.#held;
    if (message === undefined || this.#paused || this.#handler?.message === undefined) return;
    this.#held = undefined;
    this.#handler.message(this, message);
  }

  #deliver(event: ConnectionEvent): void {
    switch (event.type) {
      case 'text':
      case 'binary': {
        const message = messageOf(event);
        if (this.#handler?.message === undefined) this.#held = message;
        else this.#handler.message(this, message);
        return;
      }
      case 'ping':
        this.#handler?.ping?.(this, payloadOf(event));
        return;
      case 'pong': {
        const payload = payloadOf(event);
        if (this.#heartbeat?.takePong(payload) !== true) this.#handler?.pong?.(this, payload);
        return;
      }
      case 'close':
        this.#peerClose = event;
        this.#group.peerClosing?.(this);
        return;
      case 'fail':
        this.#error ??= event.error;
        return;
      case 'piece':
      // maxStreamBytes is 0, so that no message comes in pieces.
    }
  }

  #tellClose(): void {
    if (this.#closeTold || this.#handler === undefined) return;
    this.#closeTold = true;
    try {
      this.#handler.close?.(this, this.#closeResult());
    } catch (error) {
      this.#group.failed(error);
    }
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
    this.#group.failed(error);
    if (this.#core.state === 'closed') return;
    const failure = new ProtocolError('PW_WS_INTERNAL_ERROR');
    this.#error ??= failure;
    this.#core.fail(failure);
    this.#flushLater();
  }

  #failSlowConsumer(): void {
    this.#error ??= new ConnectionError('PW_WS_SLOW_CONSUMER');
    this.#core.fail(new ProtocolError('PW_WS_POLICY_VIOLATION'));
    this.#flushLater();
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

/** A string's units are at most its bytes, which is near enough for a limit against floods. */
function lengthOf(item: string | Uint8Array | ReceivedMessage): number {
  return item instanceof ReceivedMessage ? item.event.end - item.event.start : item.length;
}

function bytesOf(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  throw new TypeError(
    `data must be a string, an ArrayBuffer or a view of one, got ${data === null ? 'null' : typeof data}`,
  );
}
