/**
 * How a channel looks as HTTP (docs/protocol/channel.md §8): addresses, header fields, the answer
 * to an opening, and the sizes and times that both roles have to know.
 */
import { TRANSPORT_NAMES, type TransportName } from './channel.ts';
import { CHANNEL_PATH, SUBPROTOCOL } from './subprotocol.ts';

export type HttpTransportName = Exclude<TransportName, 'websocket'>;

/** Offered and chosen at the opening, as Sec-WebSocket-Protocol is. */
export const PROTOCOL_HEADER = 'Pairwire-Protocol';
/** The channel's id: 128 random bits, known to its client only. In no path, so in no access log. */
export const CHANNEL_HEADER = 'Pairwire-Channel';
/** The number of an exchange, in the request and in its answer. */
export const NUMBER_HEADER = 'Pairwire-Number';

/** Most bytes of a body, unless one entry alone is longer. */
export const MAX_BATCH_BYTES = 131_072;
/** At the beginning of a stream: what some browsers and proxies swallow before they pass bytes on. */
export const PRELUDE_BYTES = 2_048;
/** Longest a server takes to answer, when it has nothing to say. */
export const HELD_REQUEST_MS = 25_000;

export interface Opening {
  /** Where the channel lives; part of the path of its requests, so that any node can forward them. */
  readonly node: string;
  readonly channel: string;
}

const NODE = /^[\w-]{1,32}$/;
const CHANNEL = /^[\w-]{22}$/;

export function isNodeName(text: string): boolean {
  return NODE.test(text);
}

export function formatPath(transport: HttpTransportName, node?: string): string {
  return `${CHANNEL_PATH}/${transport}${node === undefined ? '' : `/${node}`}`;
}

/** @returns undefined for a path that is no HTTP transport's; `node` is missing at an opening */
export function parsePath(
  path: string,
): { transport: HttpTransportName; node: string | undefined } | undefined {
  const [, name = '', node] = /^\/channel\/([a-z-]+)(?:\/([\w-]{1,32}))?$/.exec(path) ?? [];
  const transport = TRANSPORT_NAMES.find((known) => known === name);
  return transport === undefined || transport === 'websocket' ? undefined : { transport, node };
}

export function formatOpening({ node, channel }: Opening): string {
  return `${JSON.stringify({ protocol: SUBPROTOCOL, node, channel })}\n`;
}

/** @returns undefined for anything but the answer of a server that speaks this protocol */
export function parseOpening(text: string): Opening | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { protocol, node, channel } = value as Record<string, unknown>;
  if (protocol !== SUBPROTOCOL || typeof node !== 'string' || typeof channel !== 'string') {
    return undefined;
  }
  return NODE.test(node) && CHANNEL.test(channel) ? { node, channel } : undefined;
}
