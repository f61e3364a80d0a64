import type { TransportName } from '../protocol/channel.ts';
import { WEBSOCKET_PATH } from '../protocol/subprotocol.ts';
import type { Transport, TransportEvents } from '../protocol/transport.ts';
import type { BaseAddress } from './address.ts';
import { ClientLongPollingTransport } from './long-polling-transport.ts';
import type { ResolvedClientOptions } from './options.ts';
import { ClientPollingTransport } from './polling-transport.ts';
import { ClientStreamingTransport } from './streaming-transport.ts';
import { ClientWebSocketTransport } from './websocket-transport.ts';

/** Begins to open a transport; it stays silent until this has returned. */
export function createTransport(
  name: TransportName,
  base: BaseAddress,
  options: ResolvedClientOptions,
  events: TransportEvents,
): Transport {
  switch (name) {
    case 'websocket':
      return new ClientWebSocketTransport(`${base.webSocket}${WEBSOCKET_PATH}`, options, events);
    case 'streaming':
      return new ClientStreamingTransport(base.http, options, events);
    case 'long-polling':
      return new ClientLongPollingTransport(base.http, options, events);
    case 'polling':
      return new ClientPollingTransport(base.http, options, events);
  }
}
