import type { WebSocketOptions } from '@pairwire/websocket';

import { DEFAULT_COAP_PORT, type CoapServerLimits, type Environment } from '../coap/index.ts';
import type { TransmissionParameters } from '../coap/index.ts';

/** What the gateway writes to; a pino logger fits. Never gets ids, addresses or contents. */
export interface GatewayLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** docs/reference/gateway-options.md lists them all; a test compares it with GATEWAY_DEFAULTS. */
export interface GatewayLimits {
  /** Pipes in all, those still opening included. Each may hold about 400 kB when its phone is slow. Default 1024. */
  maxPipes: number;
  /** Pipes per IPv4 address or IPv6 /64: many phones may share one behind a router. Default 16. */
  maxPipesPerAddress: number;
  /** Pipes asked for per minute by one address, granted or not. Default 20. */
  opensPerMinute: number;
  /** Addresses whose pipes are counted; beyond it the oldest count is forgotten. Default 4096. */
  maxAddresses: number;
  /** A pipe whose phone said nothing for this long ends. Default 45 000 ms. */
  phoneSilenceMs: number;
  /** The same while nobody observes the pipe: just opened, or the phone stopped acknowledging. Default 20 000 ms. */
  registrationMs: number;
  /** Bytes waiting for the phone before the relay is slowed down. Default 262 144. */
  downHighWaterBytes: number;
  /** How long the last packets and the reason may take to reach the phone. Default 15 000 ms. */
  endingMs: number;
  /** How long the reason of an ended pipe is kept for a phone that asks again. Default 60 000 ms. */
  endedMemoryMs: number;
  /** How long `close` waits for phones to hear of it. Default 1 000 ms. */
  drainMs: number;
}

export interface GatewayOptions {
  /** The relay's address, http(s) or ws(s). */
  relay: string;
  /** For a relay on https, as for `tls.connect`. Default: Node's own rules on certificates. */
  tls?: NonNullable<WebSocketOptions['tls']>;
  environment: Environment;
  /** Address to listen on. Default 127.0.0.1: phones elsewhere need another one. */
  host?: string;
  /** Default 5683; 0 takes any free one. */
  port?: number;
  log?: GatewayLog;
  limits?: Partial<GatewayLimits>;
  /** Retransmission; see TransmissionParameters. */
  transmission?: Partial<TransmissionParameters>;
  /** Datagram limits; see CoapServerLimits. */
  datagrams?: Partial<CoapServerLimits>;
}

export const GATEWAY_DEFAULTS: Readonly<GatewayLimits> = Object.freeze({
  maxPipes: 1024,
  maxPipesPerAddress: 16,
  opensPerMinute: 20,
  maxAddresses: 4096,
  phoneSilenceMs: 45_000,
  registrationMs: 20_000,
  downHighWaterBytes: 262_144,
  endingMs: 15_000,
  endedMemoryMs: 60_000,
  drainMs: 1000,
});

const SILENT_LOG: GatewayLog = { info: () => {}, warn: () => {} };
const RELAY_SCHEMES = ['http:', 'https:', 'ws:', 'wss:'];

export type ResolvedGatewayOptions = Required<Omit<GatewayOptions, 'limits'>> & {
  limits: GatewayLimits;
};

/** @throws TypeError | RangeError naming the option that cannot be meant */
export function resolveGatewayOptions(options: GatewayOptions): ResolvedGatewayOptions {
  if (!URL.canParse(options.relay) || !RELAY_SCHEMES.includes(new URL(options.relay).protocol)) {
    throw new TypeError('relay: expected an address that begins with http, https, ws or wss');
  }
  const limits: GatewayLimits = { ...GATEWAY_DEFAULTS, ...options.limits };
  for (const [name, value] of Object.entries(limits)) {
    if (!(name in GATEWAY_DEFAULTS)) throw new TypeError(`limits: unknown name ${name}`);
    if (typeof value !== 'number' || !(value > 0)) {
      throw new RangeError(`limits.${name}: expected a number above 0, got ${String(value)}`);
    }
  }
  return {
    host: '127.0.0.1',
    port: DEFAULT_COAP_PORT,
    log: SILENT_LOG,
    transmission: {},
    datagrams: {},
    ...options,
    tls: options.tls ?? {},
    limits,
  };
}
