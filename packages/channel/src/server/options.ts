import type { IncomingMessage } from 'node:http';

import type { OriginPolicy } from '@pairwire/websocket';

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
   * The client's address. Default: that of the socket. Replace it behind a proxy, and believe
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
}

export const SERVER_DEFAULTS = Object.freeze({
  ...LIMIT_DEFAULTS,
  openTimeoutMs: 10_000,
  pingIntervalMs: 25_000,
  pongTimeoutMs: 20_000,
  maxChannels: 65_536,
});

const FUNCTIONS = ['accept', 'admit', 'clientAddress', 'failed'] as const;

export type ResolvedServerOptions = Readonly<Record<keyof typeof SERVER_DEFAULTS, number>> & {
  readonly accept: ChannelServerOptions['accept'];
  readonly origins: OriginPolicy;
  readonly admit: (request: IncomingMessage) => UpgradeRefusal | undefined;
  readonly clientAddress: (request: IncomingMessage) => string | undefined;
  readonly failed: ((error: unknown) => void) | undefined;
};

/** @throws {TypeError | RangeError} on an unknown name, a wrong type or an impossible value */
export function resolveServerOptions(given: ChannelServerOptions): ResolvedServerOptions {
  const numbers = resolveNumbers(SERVER_DEFAULTS, given, [...FUNCTIONS, 'origins']);
  for (const name of FUNCTIONS) {
    const value: unknown = given[name];
    const isMissing = value === undefined && name !== 'accept';
    if (!isMissing && typeof value !== 'function') {
      throw new TypeError(`${name} must be a function, got ${typeof value}`);
    }
  }
  return Object.freeze({
    ...numbers,
    accept: given.accept,
    origins: given.origins ?? 'same-host',
    admit: given.admit ?? (() => undefined),
    clientAddress: given.clientAddress ?? ((request) => request.socket.remoteAddress),
    failed: given.failed,
  });
}
