import { LIMIT_DEFAULTS, resolveNumbers, type ChannelLimitOptions } from '../protocol/options.ts';
import { LadderMemory } from './ladder-memory.ts';
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
  /**
   * How long a transport may take to open before the next one is tried beside it, in ms. Default
   * 2,500; `0` tries all of them at once.
   */
  rungTimeoutMs?: number | undefined;
  /**
   * How often better transports than the present one are tried, in ms. Default 30,000; `0`: never.
   * Only for a handler with `better`.
   */
  probeIntervalMs?: number | undefined;
  /**
   * What earlier channels to this server have learned about the network. Default: nothing, and
   * nothing is learned for later ones.
   */
  memory?: LadderMemory | undefined;
}

export const CLIENT_DEFAULTS = Object.freeze({
  ...LIMIT_DEFAULTS,
  openTimeoutMs: 10_000,
  rungTimeoutMs: 2_500,
  probeIntervalMs: 30_000,
});

export type ResolvedClientOptions = Readonly<Record<keyof typeof CLIENT_DEFAULTS, number>> & {
  readonly WebSocket: WebSocketConstructor;
  readonly memory: LadderMemory;
};

/** @throws {TypeError | RangeError} on an unknown name, a wrong type or an impossible value */
export function resolveClientOptions(given: ChannelClientOptions): ResolvedClientOptions {
  const numbers = resolveNumbers(CLIENT_DEFAULTS, given, ['WebSocket', 'memory']);
  const globals = globalThis as { WebSocket?: WebSocketConstructor };
  const WebSocket = given.WebSocket ?? globals.WebSocket;
  if (typeof WebSocket !== 'function') {
    throw new TypeError('this runtime has no WebSocket: pass one as the option WebSocket');
  }
  const { memory = new LadderMemory() } = given;
  if (!(memory instanceof LadderMemory)) throw new TypeError('memory must be a LadderMemory');
  return Object.freeze({ ...numbers, WebSocket, memory });
}
