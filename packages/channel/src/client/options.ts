import { LIMIT_DEFAULTS, resolveNumbers, type ChannelLimitOptions } from '../protocol/options.ts';
import type { WebSocketConstructor } from './websocket-transport.ts';

/** Options of `connectChannel`. */
export interface ChannelClientOptions extends ChannelLimitOptions {
  /**
   * The WebSocket class to use. Default: the global one, which browsers have. Node 20 has none:
   * pass that of `@pairwire/websocket`.
   */
  WebSocket?: WebSocketConstructor | undefined;
  /** How long opening may take, in ms. Default 10,000; `0` waits as long as the WebSocket does. */
  openTimeoutMs?: number | undefined;
}

export const CLIENT_DEFAULTS = Object.freeze({ ...LIMIT_DEFAULTS, openTimeoutMs: 10_000 });

export type ResolvedClientOptions = Readonly<Record<keyof typeof CLIENT_DEFAULTS, number>> & {
  readonly WebSocket: WebSocketConstructor;
};

/** @throws {TypeError | RangeError} on an unknown name, a wrong type or an impossible value */
export function resolveClientOptions(given: ChannelClientOptions): ResolvedClientOptions {
  const numbers = resolveNumbers(CLIENT_DEFAULTS, given, ['WebSocket']);
  const globals = globalThis as { WebSocket?: WebSocketConstructor };
  const WebSocket = given.WebSocket ?? globals.WebSocket;
  if (typeof WebSocket !== 'function') {
    throw new TypeError('this runtime has no WebSocket: pass one as the option WebSocket');
  }
  return Object.freeze({ ...numbers, WebSocket });
}
