import type { IncomingMessage } from 'node:http';

import type { ConnectionClose, Message, WebSocketConnection } from '@pairwire/websocket';

import type { ChannelClose } from '../protocol/channel.ts';
import { ChannelCloseCode } from '../protocol/close-code.ts';
import { ChannelError } from '../protocol/errors.ts';
import type { Packet } from '../protocol/packet.ts';
import type { Transport, TransportEvents } from '../protocol/transport.ts';

export type TransportConnection = WebSocketConnection<ServerWebSocketTransport>;

const MARK = Buffer.alloc(0);

/**
 * The server's end of a WebSocket (docs/protocol/channel.md §4). It is the `context` of its
 * connection, so that one handler object serves them all.
 */
export class ServerWebSocketTransport implements Transport {
  readonly name = 'websocket';
  /** The request that opened the connection; let go as soon as the channel exists. */
  request: IncomingMessage | undefined;
  #connection: TransportConnection | undefined;
  #events: TransportEvents | undefined;
  #isFull = false;
  #owesMark = false;

  constructor(request: IncomingMessage) {
    this.request = request;
  }

  carry(connection: TransportConnection, events: TransportEvents): this {
    this.#connection = connection;
    this.#events = events;
    return this;
  }

  get bufferedBytes(): number {
    return this.#connection?.bufferedBytes ?? 0;
  }

  send(packet: Packet): boolean {
    const mayGoOn = this.#connection?.send(packet) ?? false;
    this.#isFull = !mayGoOn;
    return mayGoOn;
  }

  close(code: number, reason: string): void {
    this.#connection?.close(code, reason);
  }

  pause(): void {
    this.#connection?.pause();
  }

  resume(): void {
    this.#connection?.resume();
  }

  message({ type, data }: Pick<Message, 'type' | 'data'>): void {
    if (type === 'binary' && data.length === 0) this.#returnMark();
    else this.#events?.received(data);
  }

  drained(): void {
    this.#isFull = false;
    if (this.#owesMark) {
      this.#owesMark = false;
      this.#connection?.send(MARK);
    }
    this.#events?.drained();
  }

  closed({ code, reason, wasClean, error }: ConnectionClose): void {
    const close: ChannelClose = { code, reason, wasClean };
    this.#events?.closed(error === undefined ? close : { ...close, error: explain(code, error) });
    this.#connection = undefined;
  }

  /** A client that reads nothing is owed one mark, however many it sends. */
  #returnMark(): void {
    if (this.#isFull) this.#owesMark = true;
    else this.#connection?.send(MARK);
  }
}

function explain(code: number, cause: Error): ChannelError {
  const isTooLarge = code === ChannelCloseCode.messageTooBig;
  return new ChannelError(isTooLarge ? 'PW_CHANNEL_PACKET_TOO_LARGE' : 'PW_CHANNEL_LOST', {
    cause,
  });
}
