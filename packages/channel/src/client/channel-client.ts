import type { Channel, ChannelHandler } from '../protocol/channel.ts';
import { WEBSOCKET_PATH } from '../protocol/subprotocol.ts';
import { openOnLadder } from './climb.ts';
import { systemClock } from './clock.ts';
import type { Rung } from './ladder.ts';
import { resolveClientOptions, type ChannelClientOptions } from './options.ts';
import { ClientWebSocketTransport } from './websocket-transport.ts';

/**
 * Opens a channel to the server at `url` (docs/protocol/channel.md §3). The handler is not called
 * before this returns. A channel that cannot be opened ends like any other: `close` with 1006.
 *
 * @param url - address of the server, `http(s):` or `ws(s):`; a path in it is the prefix under which
 *   a proxy serves it, query and fragment are dropped
 * @throws {TypeError | RangeError} on an address or an option that cannot be meant
 */
export function connectChannel(
  url: string,
  handler: ChannelHandler,
  options: ChannelClientOptions = {},
): Channel {
  const resolved = resolveClientOptions(options);
  const address = formatWebSocketUrl(url);
  const rungs: Rung[] = [
    {
      name: 'websocket',
      carry: (events) => new ClientWebSocketTransport(address, resolved, events),
    },
  ];
  const { memory } = resolved;
  const parts = { rungs, options: resolved, memory, clock: systemClock };
  return openOnLadder(parts, memory.order(rungs), handler);
}

const WEBSOCKET_SCHEMES: Readonly<Record<string, string>> = {
  'http:': 'ws:',
  'https:': 'wss:',
  'ws:': 'ws:',
  'wss:': 'wss:',
};

function formatWebSocketUrl(text: string): string {
  let base: URL;
  try {
    base = new URL(text);
  } catch {
    throw new TypeError('url must be an absolute address');
  }
  const scheme = WEBSOCKET_SCHEMES[base.protocol];
  if (scheme === undefined) {
    throw new TypeError(`url must be http, https, ws or wss, got ${base.protocol}`);
  }
  // Browsers drop them from a WebSocket address without a word.
  if (base.username !== '' || base.password !== '') {
    throw new TypeError('url must not contain a user name or a password');
  }
  const prefix = base.pathname.replace(/\/+$/, '');
  return `${scheme}//${base.host}${prefix}${WEBSOCKET_PATH}`;
}
