import type { Message, SendableData } from './message.ts';

export interface ConnectionClose {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  readonly error?: Error;
}

/** One shared object serves many connections; every call names its connection. */
export interface ConnectionHandler<C = unknown> {
  open?(connection: WebSocketConnection<C>): void;
  message?(connection: WebSocketConnection<C>, message: Message): void;
  drain?(connection: WebSocketConnection<C>): void;
  ping?(connection: WebSocketConnection<C>, payload: Buffer): void;
  pong?(connection: WebSocketConnection<C>, payload: Buffer): void;
  close?(connection: WebSocketConnection<C>, close: ConnectionClose): void;
}

export abstract class WebSocketConnection<C = unknown> implements AsyncIterable<Message> {
  abstract handler: ConnectionHandler<C> | undefined;
  abstract context: C;
  abstract readonly protocol: string;
  abstract readonly remoteAddress: string | undefined;
  abstract readonly readyState: 0 | 1 | 2 | 3;
  abstract readonly bufferedBytes: number;
  abstract send(data: SendableData): boolean;
  abstract ping(payload?: SendableData): void;
  abstract close(code?: number, reason?: string): void;
  abstract terminate(): void;
  abstract pause(): void;
  abstract resume(): void;
  abstract [Symbol.asyncIterator](): AsyncIterator<Message>;
  abstract [Symbol.asyncDispose](): Promise<void>;
}
