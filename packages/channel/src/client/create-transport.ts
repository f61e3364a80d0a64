import type { TransportName } from '../protocol/channel.ts';
import { WEBSOCKET_PATH } from '../protocol/subprotocol.ts';
import type { Transport, TransportEvents } from '../protocol/transport.ts';
import type { BaseAddress } from './address.ts';
import { DeferredTransport } from './deferred-transport.ts';
import { importAgain } from './import-again.ts';
import type { ResolvedClientOptions } from './options.ts';
import { ClientWebSocketTransport } from './websocket-transport.ts';

const loadHttpTransports = importAgain(() => import('./http-transports.ts'));

/** Begins to open a transport; it stays silent until this has returned. */
export function createTransport(
  name: TransportName,
  base: BaseAddress,
  options: ResolvedClientOptions,
  events: TransportEvents,
): Transport {
  if (name === 'websocket') {
    return new ClientWebSocketTransport(`${base.webSocket}${WEBSOCKET_PATH}`, options, events);
  }
  const load = async () => {
    const { HTTP_TRANSPORT_CLASSES } = await loadHttpTransports();
    return (heard: TransportEvents) => new HTTP_TRANSPORT_CLASSES[name](base.http, options, heard);
  };
  return new DeferredTransport(name, load, options.openTimeoutMs, events);
}
