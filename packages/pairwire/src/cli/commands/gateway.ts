/** `pairwire gateway`: the phone gateway alone. */
import { formatHost } from '../addresses.ts';
import { UsageError } from '../errors.ts';
import { startGateway } from '../gateway-service.ts';
import { resolveHost } from '../listen.ts';
import { createLog } from '../log.ts';
import type { Settings } from '../options.ts';
import { closeOnSignal } from '../shutdown.ts';

/**
 * Returns once it listens. Whether the relay answers is not asked: it may be started later.
 *
 * @throws UsageError | RunError
 */
export async function gateway(
  { relay, host, udpPort, logLevel }: Settings<'gateway'>,
  write: (text: string) => void,
): Promise<void> {
  if (relay === undefined) {
    throw new UsageError(
      '--relay is missing: give the address of the relay, such as http://127.0.0.1:1818',
    );
  }
  const log = createLog(logLevel).child({ part: 'gateway' });
  const service = await startGateway({
    relay,
    host: await resolveHost(host),
    port: udpPort,
    log,
  });
  closeOnSignal(() => service.close(), { log, write });
  const { host: boundHost, port } = service.listening;
  write(`ready coap://${formatHost(boundHost)}:${port}\n`);
}
