import type { IncomingMessage } from 'node:http';

import type { ConnectionHandler } from './websocket-connection.ts';

/** Limits and timers that both roles share. */
export interface ConnectionLimits {
  maxMessageBytes?: number;
  handshakeTimeoutMs?: number;
  closeTimeoutMs?: number;
  pingIntervalMs?: number;
  pongTimeoutMs?: number;
  highWaterBytes?: number;
  maxBufferedBytes?: number;
  refuseNonMinimalLengths?: boolean;
}

export type OriginPolicy =
  | 'same-host'
  | 'dangerously-any'
  | readonly string[]
  | ((origin: string, request: IncomingMessage) => boolean);

export type ProtocolChoice =
  | readonly string[]
  | ((offered: readonly string[], request: IncomingMessage) => string | undefined);

export interface WebSocketServerOptions<C = unknown> extends ConnectionLimits {
  handler?: ConnectionHandler<C>;
  path?: string;
  protocols?: ProtocolChoice;
  origins?: OriginPolicy;
  authorize?: (request: IncomingMessage) => C | Promise<C>;
  maxConnections?: number;
}
