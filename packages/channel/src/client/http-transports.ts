/** The transports over plain HTTP: one module, so that a page loads them only when it needs them. */
import type { HttpTransportName } from '../protocol/http-binding.ts';
import type { Transport, TransportEvents } from '../protocol/transport.ts';
import { ClientLongPollingTransport } from './long-polling-transport.ts';
import type { ResolvedClientOptions } from './options.ts';
import { ClientPollingTransport } from './polling-transport.ts';
import { ClientStreamingTransport } from './streaming-transport.ts';

export const HTTP_TRANSPORT_CLASSES: Readonly<
  Record<
    HttpTransportName,
    new (base: string, options: ResolvedClientOptions, events: TransportEvents) => Transport
  >
> = {
  streaming: ClientStreamingTransport,
  'long-polling': ClientLongPollingTransport,
  polling: ClientPollingTransport,
};
