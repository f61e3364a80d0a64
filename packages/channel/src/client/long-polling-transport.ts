import type { HttpTransportName } from '../protocol/http-binding.ts';
import { ClientPollingTransport } from './polling-transport.ts';

/**
 * The client's end of long polling (docs/protocol/channel.md §8.6): polling without a rest, as the
 * server answers when there is something to say.
 */
export class ClientLongPollingTransport extends ClientPollingTransport {
  override readonly name: HttpTransportName = 'long-polling';

  protected override async rest(): Promise<void> {}

  protected override hasSent(): void {}
}
