import { TRANSPORT_NAMES, type Channel, type ChannelHandler } from '../protocol/channel.ts';
import { parseBase } from './address.ts';
import { openOnLadder } from './climb.ts';
import { systemClock } from './clock.ts';
import { createTransport } from './create-transport.ts';
import type { Rung } from './ladder.ts';
import { resolveClientOptions, type ChannelClientOptions } from './options.ts';

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
  const base = parseBase(url);
  const { memory, transport } = resolved;
  const names = transport === undefined ? TRANSPORT_NAMES : [transport];
  const rungs = names.map((name): Rung => ({
    name,
    carry: (events) => createTransport(name, base, resolved, events),
  }));
  const parts = { rungs, options: resolved, memory, clock: systemClock };
  return openOnLadder(parts, memory.order(rungs), handler);
}
