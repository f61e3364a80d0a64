import { ChannelCloseCode } from '../protocol/close-code.ts';
import type { ChannelClose } from '../protocol/channel.ts';
import { ChannelError, type ChannelErrorCode } from '../protocol/errors.ts';
import type { Packet } from '../protocol/packet.ts';
import { SUBPROTOCOL } from '../protocol/subprotocol.ts';
import type { Transport, TransportEvents } from '../protocol/transport.ts';
import type { ResolvedClientOptions } from './options.ts';

interface MessageLike {
  readonly data: unknown;
}

interface CloseLike {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** Method syntax, so that a class whose events have more fields still fits. */
interface Listeners {
  opened(event: object): void;
  message(event: MessageLike): void;
  closed(event: CloseLike): void;
}

/** What the transport uses of a WHATWG WebSocket: that of a browser, of our engine, or of `ws`. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly protocol: string;
  onopen: Listeners['opened'] | null;
  onmessage: Listeners['message'] | null;
  onerror: Listeners['opened'] | null;
  onclose: Listeners['closed'] | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  /** Stops reading; browsers have no such thing. */
  pause?(): void;
  resume?(): void;
}

export type WebSocketConstructor = new (
  url: string,
  protocols?: string | string[],
) => WebSocketLike;

/** An empty binary message; the server returns it when it has read everything before it. */
const MARK = new Uint8Array(0);

/**
 * The client's end of a WebSocket (docs/protocol/channel.md §4).
 *
 * A WHATWG WebSocket tells how much waits (`bufferedAmount`) but not when it has gone. Instead of
 * looking again and again, the transport sends a mark behind what waits; its return is the drain,
 * and proves more than an empty buffer would: the server has read it all.
 */
export class ClientWebSocketTransport implements Transport {
  readonly name = 'websocket';
  readonly #events: TransportEvents;
  readonly #options: ResolvedClientOptions;
  #socket: WebSocketLike | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOpen = false;
  #isClosing = false;
  #markIsOut = false;

  constructor(url: string, options: ResolvedClientOptions, events: TransportEvents) {
    this.#events = events;
    this.#options = options;
    try {
      this.#socket = this.#open(url);
    } catch (cause) {
      // Not the caller's mistake: a page on https, say, may not open ws:, whatever it asks for.
      queueMicrotask(() => this.#giveUp('PW_CHANNEL_OPEN_FAILED', { cause }));
    }
  }

  get bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  send(packet: Packet): boolean {
    const socket = this.#socket;
    if (socket === undefined) return false;
    // A cast, not a copy: bytes in shared memory are refused by the WebSocket itself.
    socket.send(packet as string | Uint8Array<ArrayBuffer>);
    if (!this.#markIsOut) this.#markWhenFull(socket);
    return !this.#markIsOut;
  }

  close(code: number, reason: string): void {
    this.#isClosing = true;
    this.#socket?.close(code, reason);
    this.#setTimer(this.#options.closeTimeoutMs, 'PW_CHANNEL_CLOSE_TIMEOUT');
  }

  pause(): void {
    this.#socket?.pause?.();
  }

  resume(): void {
    this.#socket?.resume?.();
  }

  #open(url: string): WebSocketLike {
    const { WebSocket } = this.#options;
    if (WebSocket === undefined) throw new TypeError('this runtime has no WebSocket');
    const socket = new WebSocket(url, [SUBPROTOCOL]);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event) => this.#message(event.data);
    // It says nothing that the close event does not say, but `ws` throws it when nobody listens.
    socket.onerror = () => {};
    socket.onclose = (event) => this.#closed(event);
    if (this.#options.openTimeoutMs > 0) {
      this.#setTimer(this.#options.openTimeoutMs, 'PW_CHANNEL_OPEN_TIMEOUT');
    }
    return socket;
  }

  #opened(socket: WebSocketLike): void {
    clearTimeout(this.#timer);
    this.#isOpen = true;
    // Browsers fail such a connection themselves (RFC 6455 §4.1); other clients may not.
    if (socket.protocol !== SUBPROTOCOL) {
      socket.close(ChannelCloseCode.subprotocol, 'subprotocol');
      this.#giveUp('PW_CHANNEL_SUBPROTOCOL', { code: ChannelCloseCode.subprotocol });
      return;
    }
    this.#events.opened();
  }

  #message(data: unknown): void {
    if (typeof data === 'string') {
      this.#events.received(data);
    } else if (data instanceof ArrayBuffer) {
      if (data.byteLength === 0) this.#markReturned();
      else this.#events.received(new Uint8Array(data));
    } else {
      // Cannot happen with binaryType 'arraybuffer'; an empty packet is refused as no packet.
      this.#events.received('');
    }
  }

  #markWhenFull(socket: WebSocketLike): void {
    if (socket.bufferedAmount <= this.#options.highWaterBytes) return;
    this.#markIsOut = true;
    socket.send(MARK);
  }

  #markReturned(): void {
    if (!this.#markIsOut || this.#socket === undefined) return;
    this.#markIsOut = false;
    // More may have been sent behind the mark by a user who did not wait.
    this.#markWhenFull(this.#socket);
    if (!this.#markIsOut) this.#events.drained();
  }

  #closed({ code, reason, wasClean }: CloseLike): void {
    if (code !== ChannelCloseCode.lost || this.#isClosing) {
      return this.#end({ code, reason, wasClean });
    }
    this.#giveUp(this.#isOpen ? 'PW_CHANNEL_LOST' : 'PW_CHANNEL_OPEN_FAILED', {});
  }

  #setTimer(delayMs: number, error: ChannelErrorCode): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#socket?.close();
      this.#giveUp(error, {});
    }, delayMs);
  }

  #giveUp(error: ChannelErrorCode, { code, cause }: { code?: number; cause?: unknown }): void {
    this.#end({
      code: code ?? ChannelCloseCode.lost,
      reason: '',
      wasClean: false,
      error: new ChannelError(error, cause === undefined ? {} : { cause }),
    });
  }

  /** Lets go of the socket, so that nothing it still has to say is heard. */
  #end(close: ChannelClose): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
    }
    this.#events.closed(close);
  }
}
