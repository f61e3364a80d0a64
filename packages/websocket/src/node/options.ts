/** Options of both roles: what may be set, the defaults, and the one place that checks them. */
import type { Agent, IncomingMessage } from 'node:http';
import type { ClientHttp2Session } from 'node:http2';
import type { ConnectionOptions as TlsConnectionOptions } from 'node:tls';

import type { HandshakeError } from '../protocol/index.ts';
import {
  resolveCompression,
  type CompressionOptions,
  type ResolvedCompression,
} from './compression.ts';
import { resolveProxy, type ProxyOptions, type ResolvedProxy } from './proxy-tunnel.ts';
import type { ConnectionHandler } from './websocket-connection.ts';

/** Limits and timers of a connection, the same for both roles. */
export interface ConnectionLimits {
  /**
   * Longest message accepted, in bytes, all fragments together; a longer one fails the connection
   * with 1009 as soon as a header announces it. Default 1 MiB. `0` accepts empty messages only.
   * A connection may hold this much memory for a message that never ends.
   */
  maxMessageBytes?: number | undefined;
  /**
   * Longest message handed to the handler's `stream`, in bytes: what is longer than
   * `maxMessageBytes` comes to it in chunks, as they arrive, and is never in memory as a whole.
   * Default `0`: none is, longer messages fail the connection. Of a compressed
   * message, what it inflates to counts.
   */
  maxStreamBytes?: number | undefined;
  /**
   * Refuse (1002) a frame whose length is written in more bytes than needed. Default true.
   * RFC 6455 §5.2 forbids senders to do so; set to false only for a peer that cannot be mended.
   */
  refuseNonMinimalLengths?: boolean | undefined;
  /**
   * How long the opening handshake may take, in ms. Default 10,000; `0` sets no limit.
   * A server counts from the end of the request (`listen` also limits the request itself), a
   * client from the constructor.
   */
  handshakeTimeoutMs?: number | undefined;
  /**
   * How long the closing handshake may take, in ms, before TCP is cut. Default 5,000; `0` cuts at
   * once.
   */
  closeTimeoutMs?: number | undefined;
  /**
   * Time between two pings of the heartbeat, in ms, each drawn from ±10 % so that connections do
   * not beat in step. Default 25,000, which stays below the 30 s after which common proxies forget
   * a silent connection. `0` turns the heartbeat off; a dead peer is then noticed only when TCP
   * gives up, which takes many minutes.
   */
  pingIntervalMs?: number | undefined;
  /**
   * How long after a ping the peer may stay silent, in ms, before it counts as gone; any byte from
   * it will do. Default 20,000; `0` pings, and measures the round trip, without a verdict.
   */
  pongTimeoutMs?: number | undefined;
  /**
   * With this many bytes waiting to be sent, `send()` begins to return false. Default 64 KiB.
   * `0` makes every `send()` return false and reports `drain` after each.
   */
  highWaterBytes?: number | undefined;
  /**
   * No more bytes than this may wait to be sent; what happens to a message beyond it, `overflow`
   * says. One message is always accepted when nothing waits. Default 1 MiB, for `WebSocket` 16 MiB, because its
   * `send()` cannot say "wait"; at least `highWaterBytes`. A peer that does not read costs this much memory.
   */
  maxBufferedBytes?: number | undefined;
  /** What happens to a message that `maxBufferedBytes` has no room for. Default `'close'`. */
  overflow?: OverflowPolicy | undefined;
  /**
   * What the connections of the whole process may hold for their peers, in bytes, all servers and
   * clients counted: messages that are not finished, and what waits to be sent of those for which
   * more than `highWaterBytes` wait. When it is passed, the connection that holds the most is closed
   * with 1013, `PW_WS_MEMORY_BUDGET`, until the rest fits. Where limits differ, only connections
   * whose own is passed are closed. Default 512 MiB; `0` sets no limit.
   */
  memoryBudgetBytes?: number | undefined;
  /**
   * Compress messages with permessage-deflate (RFC 7692) when the peer agrees. Default false; true
   * takes the defaults of `CompressionOptions`. Costs 5–15 µs per message of 1 KiB. Do not compress
   * secrets together with text that others choose: its length tells what is in it (see
   * `SendOptions.compress`).
   */
  compression?: boolean | CompressionOptions | undefined;
}

/**
 * What becomes of a message for a peer that reads too slowly. Only whole messages are ever dropped,
 * each is counted and told to the handler's `dropped`.
 *
 * - `'close'`: the connection is closed with 1008, `PW_WS_SLOW_CONSUMER`.
 * - `'drop-newest'`: the message is not taken.
 * - `'drop-oldest'`: the messages waiting longest make room for it.
 * - `'keep-latest'`: a message with a `key` replaces the one with the same key that still waits,
 *   whether there is room or not. When there is none all the same, the connection is closed: the
 *   latest message of each key, and every message without one, arrives or the connection ends.
 */
export type OverflowPolicy = (typeof OVERFLOW_POLICIES)[number];

const OVERFLOW_POLICIES = ['close', 'drop-newest', 'drop-oldest', 'keep-latest'] as const;

/**
 * Which pages may connect (RFC 6455 §10.2). Browsers always say where a page came from, other
 * programs need not, so a request without Origin is never refused by this.
 *
 * - `'same-host'`: the page came from the host and port of this very request.
 * - a list of origins, such as `['https://example.com']`
 * - a function
 * - `'dangerously-any'`: every page in every browser may connect, with the visitor's cookies
 */
export type OriginPolicy =
  | 'same-host'
  | 'dangerously-any'
  | readonly string[]
  | ((origin: string, request: IncomingMessage) => boolean);

/** The subprotocols a server speaks, or a function that chooses one of those offered. */
export type ProtocolChoice =
  | readonly string[]
  | ((offered: readonly string[], request: IncomingMessage) => string | undefined);

export interface WebSocketServerOptions<C = unknown> extends ConnectionLimits {
  /** Receives what happens on every connection; one object for all of them. */
  handler?: ConnectionHandler<C>;
  /** The path served, compared without the query. Default: every path no other server has. */
  path?: string;
  /**
   * Subprotocols. Default none. With a list, the first of the client's offers that is in it is
   * chosen; when none is, the answer names none and the client decides (RFC 6455 §4.2.2).
   */
  protocols?: ProtocolChoice;
  /** Default `'same-host'`: a page of another site cannot connect in its visitor's name. */
  origins?: OriginPolicy;
  /**
   * Called when everything else about the request is in order; what it returns becomes the
   * connection's `context`. Throw a `HandshakeError` to refuse. Anything else thrown is answered
   * with 500 and reported to `failed`.
   */
  authorize?: (request: IncomingMessage) => C | Promise<C>;
  /** Told of every refused opening handshake, to count or log it. */
  refused?: (error: HandshakeError, request: IncomingMessage) => unknown;
  /**
   * Told of everything a handler or an option's function throws. The connection it happened on
   * is closed with 1011, the process goes on. Default: a process warning.
   */
  failed?: (error: unknown) => unknown;
  /**
   * Most connections at a time, those still in the opening handshake included; further ones are
   * answered with 503. Default 65,536; `0` sets no limit.
   */
  maxConnections?: number;
  /**
   * Most connections that one address may have at a time, those in the opening handshake included;
   * further ones are answered with 429. Default 4,096; `0` sets no limit. Addresses are those of
   * `maxOpeningsPerSecond`.
   */
  maxConnectionsPerAddress?: number;
  /**
   * Opening handshakes that one address may begin per second; ten seconds' worth may come at once.
   * Further ones are answered with 429. Default 50; `0` sets no limit. An IPv6 address counts with
   * its whole network (/64). Up to 10,000 addresses are remembered.
   */
  maxOpeningsPerSecond?: number;
  /**
   * The address that `maxOpeningsPerSecond` and `maxConnectionsPerAddress` count; undefined, and
   * loopback addresses, are not counted. Default: the socket's. Behind a proxy on another machine all clients share one address: take it
   * from the header that this proxy sets, and only if nobody can get past the proxy.
   */
  clientAddress?: (request: IncomingMessage) => string | undefined;
  /** Most topics a connection may subscribe to. Default 1,000; `0` sets no limit. */
  maxTopicsPerConnection?: number;
}

/**
 * - `'only'`: on an HTTP/2 connection of its own; over `ws:` without asking whether the server
 *   speaks HTTP/2 (h2c). Fails with `PW_WS_HTTP2` when the server takes no WebSockets there.
 * - `'prefer'`: the same, and HTTP/1.1 on another connection when it does not.
 * - a session of `node:http2`: on that connection, which stays open; whether it leads to the host
 *   of the URL is the caller's concern.
 */
export type Http2Choice = 'only' | 'prefer' | ClientHttp2Session;

export interface WebSocketOptions extends ConnectionLimits {
  /** More headers for the request, such as `cookie` or `authorization`. */
  headers?: Readonly<Record<string, string>>;
  /** The Origin header; none by default, as this is not a browser. */
  origin?: string;
  /** For `wss:`, as for `tls.connect`: `ca`, `cert`, `key`, `rejectUnauthorized`, … */
  tls?: TlsConnectionOptions;
  /** Makes the TCP connection instead of this class. */
  agent?: Agent;
  /**
   * An HTTP proxy to go through: `http:` or `https:`, with user and password if it wants them. It is
   * asked for a tunnel (CONNECT), also for `ws:`. Environment variables are not looked at. Default
   * none. Not with `agent` or `http2`.
   */
  proxy?: string | URL | ProxyOptions;
  /** Aborting ends the opening handshake, or cuts the open connection. */
  signal?: AbortSignal;
  /** Open over HTTP/2 (RFC 8441). Default: HTTP/1.1. Not with `agent` or `proxy`. */
  http2?: Http2Choice;
  /**
   * Connect to the ports that browsers refuse, such as 25 (mail) or 6000 (X11), because what listens
   * there might take the request's bytes for its own protocol. Default false. Leave it so when other
   * people choose the URL. `connectWebSocket` refuses none and does not have the option.
   */
  allowBlockedPorts?: boolean;
}

/** In place of the subprotocols of `WebSocket`, as the standard's option bag. */
export interface WebSocketInit extends WebSocketOptions {
  /** Subprotocols to offer, in order of preference. Default none. */
  protocols?: Iterable<string>;
}

/** For `connectWebSocket`: what a server's handler gets, on the client. */
export interface ConnectOptions<C = unknown> extends Omit<WebSocketOptions, 'allowBlockedPorts'> {
  /** Subprotocols to offer, in order of preference. Default none. */
  protocols?: readonly string[];
  /** As for a server. Without one, the first message waits for a handler or an iteration. */
  handler?: ConnectionHandler<C>;
  /** The connection's `context`. */
  context?: C;
  /** As for a server. */
  failed?: (error: unknown) => unknown;
}

/** Every limit set and checked. */
export type ResolvedLimits = {
  readonly [K in Exclude<keyof ConnectionLimits, 'compression'>]-?: Exclude<
    ConnectionLimits[K],
    undefined
  >;
} & {
  /** Undefined: none is offered, and every offer is declined. */
  readonly compression: ResolvedCompression | undefined;
};

export const LIMIT_DEFAULTS: ResolvedLimits = Object.freeze({
  maxMessageBytes: 1_048_576,
  maxStreamBytes: 0,
  refuseNonMinimalLengths: true,
  handshakeTimeoutMs: 10_000,
  closeTimeoutMs: 5_000,
  pingIntervalMs: 25_000,
  pongTimeoutMs: 20_000,
  highWaterBytes: 65_536,
  maxBufferedBytes: 1_048_576,
  overflow: 'close',
  memoryBudgetBytes: 536_870_912,
  compression: undefined,
});

/** What differs for `WebSocket`: its `send()` cannot say "wait", so more may wait. */
export const CLIENT_DEFAULTS = Object.freeze({ maxBufferedBytes: 16_777_216 });

export const SERVER_DEFAULTS = Object.freeze({
  origins: 'same-host',
  maxConnections: 65_536,
  maxConnectionsPerAddress: 4_096,
  maxOpeningsPerSecond: 50,
  maxTopicsPerConnection: 1_000,
} as const);

/** V8 makes no longer string than this, in UTF-16 units. */
const LONGEST_STRING = 0x1fff_ffe8;
/** Node turns longer delays into 1 ms. */
export const LONGEST_DELAY_MS = 0x7fff_ffff;

type NumericLimit = Exclude<
  keyof ConnectionLimits,
  'refuseNonMinimalLengths' | 'overflow' | 'compression'
>;

const LARGEST: Record<NumericLimit, number> = {
  maxMessageBytes: LONGEST_STRING,
  maxStreamBytes: Number.MAX_SAFE_INTEGER,
  handshakeTimeoutMs: LONGEST_DELAY_MS,
  closeTimeoutMs: LONGEST_DELAY_MS,
  pingIntervalMs: LONGEST_DELAY_MS / 2,
  pongTimeoutMs: LONGEST_DELAY_MS,
  highWaterBytes: Number.MAX_SAFE_INTEGER,
  maxBufferedBytes: Number.MAX_SAFE_INTEGER,
  memoryBudgetBytes: Number.MAX_SAFE_INTEGER,
};

const SERVER_ONLY = [
  'handler',
  'path',
  'protocols',
  'origins',
  'authorize',
  'refused',
  'failed',
  'maxConnections',
  'maxConnectionsPerAddress',
  'maxOpeningsPerSecond',
  'clientAddress',
  'maxTopicsPerConnection',
] as const satisfies readonly (keyof WebSocketServerOptions)[];

const SERVER_COUNTS = [
  'maxConnections',
  'maxConnectionsPerAddress',
  'maxOpeningsPerSecond',
  'maxTopicsPerConnection',
] as const;

const CLIENT_ONLY = [
  'headers',
  'origin',
  'tls',
  'agent',
  'proxy',
  'signal',
  'http2',
  'allowBlockedPorts',
] as const satisfies readonly (keyof WebSocketOptions)[];

const CONNECT_ONLY = [
  ...CLIENT_ONLY.filter((name) => name !== 'allowBlockedPorts'),
  'protocols',
  'handler',
  'context',
  'failed',
] as const satisfies readonly (keyof ConnectOptions)[];

export type ResolvedServerOptions<C> = Omit<WebSocketServerOptions<C>, keyof ResolvedLimits> &
  ResolvedLimits &
  Required<Pick<WebSocketServerOptions, keyof typeof SERVER_DEFAULTS>>;

interface ResolvedWay {
  readonly proxy?: ResolvedProxy | undefined;
}

export type ResolvedClientOptions = Omit<WebSocketOptions, keyof ResolvedLimits | 'proxy'> &
  ResolvedLimits &
  ResolvedWay;

export type ResolvedConnectOptions<C> = Omit<ConnectOptions<C>, keyof ResolvedLimits | 'proxy'> &
  ResolvedLimits &
  ResolvedWay;

/** @throws {TypeError | RangeError} on an unknown name, a wrong type or an impossible value. */
export function resolveServerOptions<C>(
  options: WebSocketServerOptions<C>,
): ResolvedServerOptions<C> {
  refuseUnknown(options, SERVER_ONLY);
  const resolved = { ...SERVER_DEFAULTS, ...withoutUndefined(options), ...resolveLimits(options) };
  for (const name of SERVER_COUNTS) {
    checkInteger(name, resolved[name], Number.MAX_SAFE_INTEGER);
  }
  if (resolved.path !== undefined && !resolved.path.startsWith('/')) {
    throw new TypeError(`path must begin with '/', got '${resolved.path}'`);
  }
  return Object.freeze(resolved);
}

/** @throws {TypeError | RangeError} on an unknown name, a wrong type or an impossible value. */
export function resolveClientOptions(options: WebSocketOptions): ResolvedClientOptions {
  refuseUnknown(options, CLIENT_ONLY);
  const { proxy: _, ...given } = withoutUndefined(options);
  const limits = resolveLimits({ ...CLIENT_DEFAULTS, ...given });
  return Object.freeze({ ...given, ...limits, ...resolveWay(options) });
}

/** @throws {TypeError | RangeError} on an unknown name, a wrong type or an impossible value. */
export function resolveConnectOptions<C>(options: ConnectOptions<C>): ResolvedConnectOptions<C> {
  refuseUnknown(options, CONNECT_ONLY);
  const { proxy: _, ...given } = withoutUndefined(options);
  return Object.freeze({ ...given, ...resolveLimits(given), ...resolveWay(options) });
}

function resolveLimits(options: ConnectionLimits): ResolvedLimits {
  const limits = { ...LIMIT_DEFAULTS, ...withoutUndefined(options) };
  const resolved: { -readonly [K in keyof ResolvedLimits]: ResolvedLimits[K] } = {
    ...LIMIT_DEFAULTS,
  };
  for (const name of Object.keys(LARGEST) as NumericLimit[]) {
    checkInteger(name, limits[name], LARGEST[name]);
    resolved[name] = limits[name];
  }
  if (typeof limits.refuseNonMinimalLengths !== 'boolean') {
    throw new TypeError('refuseNonMinimalLengths must be true or false');
  }
  resolved.refuseNonMinimalLengths = limits.refuseNonMinimalLengths;
  if (!OVERFLOW_POLICIES.includes(limits.overflow)) {
    throw new TypeError(`overflow must be one of ${OVERFLOW_POLICIES.join(', ')}`);
  }
  resolved.overflow = limits.overflow;
  resolved.compression = resolveCompression(options.compression ?? false);
  // A low limit alone moves the mark below it; only two values that contradict are refused.
  if (options.highWaterBytes === undefined) {
    resolved.highWaterBytes = Math.min(resolved.highWaterBytes, resolved.maxBufferedBytes);
  }
  if (resolved.highWaterBytes > resolved.maxBufferedBytes) {
    throw new RangeError(
      `highWaterBytes (${resolved.highWaterBytes}) must not exceed maxBufferedBytes (${resolved.maxBufferedBytes})`,
    );
  }
  return resolved;
}

/** @throws {TypeError | RangeError} */
export function checkInteger(name: string, value: unknown, largest: number): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${name} must be a number, got ${typeof value}`);
  }
  if (!Number.isInteger(value) || value < 0 || value > largest) {
    throw new RangeError(`${name} must be a whole number from 0 to ${largest}, got ${value}`);
  }
}

/** How the server is reached: at most one of three ways other than a connection of its own. */
function resolveWay({ http2, agent, proxy }: WebSocketOptions): ResolvedWay {
  const chosen = Object.entries({ http2, agent, proxy }).filter(([, value]) => value !== undefined);
  if (chosen.length > 1) {
    throw new TypeError(`${chosen.map(([name]) => name).join(' and ')}: choose one of them`);
  }
  checkHttp2(http2);
  return proxy === undefined ? {} : { proxy: resolveProxy(proxy) };
}

function checkHttp2(http2: WebSocketOptions['http2']): void {
  if (http2 === undefined) return;
  const isSession = typeof http2 === 'object' && typeof http2.request === 'function';
  if (!isSession && http2 !== 'only' && http2 !== 'prefer') {
    throw new TypeError("http2 must be 'only', 'prefer' or a session of node:http2");
  }
}

function refuseUnknown(options: object, roleOnly: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(LIMIT_DEFAULTS, name) && !roleOnly.includes(name)) {
      throw new TypeError(`unknown option '${name}'`);
    }
  }
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
