import { TRANSPORT_NAMES, type TransportName } from '../protocol/channel.ts';
import { LIMIT_DEFAULTS, resolveNumbers, type ChannelLimitOptions } from '../protocol/options.ts';
import type { Fetch } from './http-exchanges.ts';
import { LadderMemory } from './ladder-memory.ts';
import type { WebSocketConstructor } from './websocket-transport.ts';

/** Options of `connectChannel`. */
export interface ChannelClientOptions extends ChannelLimitOptions {
  /**
   * The WebSocket class to use. Default: the global one, which browsers have. Node 20 has none:
   * pass that of `@pairwire/websocket`.
   */
  WebSocket?: WebSocketConstructor | undefined;
  /**
   * What makes the requests of the transports over plain HTTP. Default: the global one, which
   * browsers and Node have.
   */
  fetch?: Fetch | undefined;
  /** What carries the channel, and nothing else. Default: the best that gets through. */
  transport?: TransportName | undefined;
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
  /** Missing when the transport is none that needs it. */
  readonly WebSocket: WebSocketConstructor | undefined;
  readonly fetch: Fetch;
  /** Missing: nobody chose. */
  readonly transport: TransportName | undefined;
  readonly memory: LadderMemory;
};

/** @throws {TypeError | RangeError} on an unknown name, a wrong type or an impossible value */
export function resolveClientOptions(given: ChannelClientOptions): ResolvedClientOptions {
  const others = ['WebSocket', 'fetch', 'transport', 'memory'];
  const numbers = resolveNumbers(CLIENT_DEFAULTS, given, others);
  const globals = globalThis as { WebSocket?: WebSocketConstructor };
  const { transport, WebSocket = globals.WebSocket } = given;
  if (transport !== undefined && !TRANSPORT_NAMES.includes(transport)) {
    throw new TypeError(`transport must be one of ${TRANSPORT_NAMES.join(', ')}`);
  }
  if ((transport ?? 'websocket') === 'websocket' && typeof WebSocket !== 'function') {
    throw new TypeError('this runtime has no WebSocket: pass one as the option WebSocket');
  }
  const { memory = new LadderMemory() } = given;
  if (!(memory instanceof LadderMemory)) throw new TypeError('memory must be a LadderMemory');
  const fetch: unknown = given.fetch ?? globalFetch;
  if (typeof fetch !== 'function') {
    throw new TypeError(`fetch must be a function, got ${typeof fetch}`);
  }
  return Object.freeze({ ...numbers, WebSocket, fetch: fetch as Fetch, transport, memory });
}

/** Looked up at every call, and called as a function of the global object, as browsers insist. */
function globalFetch(url: string, init: RequestInit): Promise<Response> {
  return globalThis.fetch(url, init);
}
