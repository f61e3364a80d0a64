import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { OriginPolicy } from '@pairwire/websocket';

import { HELD_REQUEST_MS, isNodeName, MAX_BATCH_BYTES } from '../protocol/http-binding.ts';
import type { Channel, ChannelHandler } from '../protocol/index.ts';
import { LIMIT_DEFAULTS, resolveNumbers, type ChannelLimitOptions } from '../protocol/options.ts';
import type { UpgradeRefusal } from './refuse-upgrade.ts';

/** A channel on the server's side. */
export interface ServerChannel extends Channel {
  /** What `clientAddress` said of the request that opened the channel. */
  readonly remoteAddress: string | undefined;
}

export interface ChannelServerOptions extends ChannelLimitOptions {
  /** Called for every new channel, which is open already; returns what will handle it. */
  accept: (channel: ServerChannel, request: IncomingMessage) => ChannelHandler;
  /**
   * Which pages may connect; programs that send no Origin are not concerned. Default `'same-host'`:
   * pages of the very host and port the channel is opened to.
   */
  origins?: OriginPolicy | undefined;
  /**
   * A last word on every request, before anything is answered: return a refusal, or undefined to
   * go on. For limits by address and the like.
   */
  admit?: ((request: IncomingMessage) => UpgradeRefusal | undefined) | undefined;
  /**
   * The client's address. Default: that of the socket. Opening handshakes of a WebSocket are limited
   * by it, too: 50 per second, loopback without a limit. Replace it behind a proxy, and believe
   * forwarding headers from proxies you know only.
   */
  clientAddress?: ((request: IncomingMessage) => string | undefined) | undefined;
  /** Told of everything a handler throws; its channel is closed with 1011. Default: a warning. */
  failed?: ((error: unknown) => void) | undefined;
  /** How long opening may take, in ms. Default 10,000; `0` sets no limit. */
  openTimeoutMs?: number | undefined;
  /**
   * Time between two pings, in ms. Default 25,000, below the 30 s after which common proxies forget
   * a silent connection. `0`: none, and a vanished client is noticed after many minutes only.
   */
  pingIntervalMs?: number | undefined;
  /** How long after a ping the client may stay silent, in ms. Default 20,000; `0`: for ever. */
  pongTimeoutMs?: number | undefined;
  /** Most channels at a time; further ones are answered with 503. Default 65,536; `0`: no limit. */
  maxChannels?: number | undefined;
  /**
   * Most channels over plain HTTP of one client address; further ones are answered with 429. Their
   * clients hold no connection while they are idle, so that nothing else bounds them. Default 256;
   * `0`: no limit.
   */
  maxHttpChannelsPerAddress?: number | undefined;
  /**
   * Most bytes that all channels over plain HTTP keep, packets waiting and requests being read.
   * Beyond it requests are answered with 503, and who sends is ended with `overflow`. Default
   * 268,435,456 (256 MiB).
   */
  maxHttpBytes?: number | undefined;
  /** The same for those of one client address. Default 33,554,432 (32 MiB). */
  maxHttpBytesPerAddress?: number | undefined;
  /**
   * How long a client of the polling transport may be silent, in ms, before its channel is over.
   * Default 75,000: browsers let a hidden page act once a minute. `0`: for ever.
   */
  abandonMs?: number | undefined;
  /** How long a long poll is held when there is nothing to say, in ms. Default 25,000. */
  longPollMs?: number | undefined;
  /** How long a stream may be silent, in ms. Default 15,000. */
  streamKeepAliveMs?: number | undefined;
  /** A stream of more bytes is ended for the next one, as browsers keep what came. Default 131,072. */
  streamRecycleBytes?: number | undefined;
  /** So is an older one, in ms. Default 600,000: below what common proxies cut. */
  streamRecycleMs?: number | undefined;
  /**
   * This process among several: part of the path of every request of a channel, so that whoever
   * gets it knows where it belongs. 1 to 32 letters, digits, `-` and `_`. Default: drawn at random.
   */
  node?: string | undefined;
}

export const SERVER_DEFAULTS = Object.freeze({
  ...LIMIT_DEFAULTS,
  openTimeoutMs: 10_000,
  pingIntervalMs: 25_000,
  pongTimeoutMs: 20_000,
  maxChannels: 65_536,
  maxHttpChannelsPerAddress: 256,
  maxHttpBytes: 268_435_456,
  maxHttpBytesPerAddress: 33_554_432,
  abandonMs: 75_000,
  longPollMs: HELD_REQUEST_MS,
  streamKeepAliveMs: 15_000,
  streamRecycleBytes: MAX_BATCH_BYTES,
  streamRecycleMs: 600_000,
});

const FUNCTIONS = ['accept', 'admit', 'clientAddress', 'failed'] as const;

export type ResolvedServerOptions = Readonly<Record<keyof typeof SERVER_DEFAULTS, number>> & {
  readonly accept: ChannelServerOptions['accept'];
  readonly origins: OriginPolicy;
  readonly admit: (request: IncomingMessage) => UpgradeRefusal | undefined;
  readonly clientAddress: (request: IncomingMessage) => string | undefined;
  readonly failed: (error: unknown) => void;
  readonly node: string;
};

/** @throws {TypeError | RangeError} on an unknown name, a wrong type or an impossible value */
export function resolveServerOptions(given: ChannelServerOptions): ResolvedServerOptions {
  const numbers = resolveNumbers(SERVER_DEFAULTS, given, [...FUNCTIONS, 'origins', 'node']);
  for (const name of FUNCTIONS) {
    const value: unknown = given[name];
    const isMissing = value === undefined && name !== 'accept';
    if (!isMissing && typeof value !== 'function') {
      throw new TypeError(`${name} must be a function, got ${typeof value}`);
    }
  }
  const node = given.node ?? randomBytes(6).toString('hex');
  if (typeof node !== 'string' || !isNodeName(node)) {
    throw new TypeError('node must be 1 to 32 letters, digits, - or _');
  }
  return Object.freeze({
    ...numbers,
    node,
    accept: given.accept,
    origins: given.origins ?? 'same-host',
    admit: given.admit ?? (() => undefined),
    clientAddress: given.clientAddress ?? ((request) => request.socket.remoteAddress),
    failed: given.failed ?? warn,
  });
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
