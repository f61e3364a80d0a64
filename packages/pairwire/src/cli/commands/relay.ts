/** `pairwire relay`: the relay alone. */
import { createLog } from '../log.ts';
import type { Settings } from '../options.ts';
import { localUrl } from '../reach.ts';
import { closeOnSignal } from '../shutdown.ts';
import { startWebService } from '../web-service.ts';

/**
 * Returns once it listens.
 *
 * @throws UsageError | RunError
 */
export async function relay(
  settings: Settings<'relay'>,
  write: (text: string) => void,
): Promise<void> {
  const log = createLog(settings.logLevel);
  const web = await startWebService(settings, {
    log,
    pages: undefined,
    withoutPages: 'This is a relay alone: it has no pages. `pairwire up` has.',
    hasGateway: false,
    hasLab: false,
  });
  closeOnSignal(() => web.close(), { log, write });
  write(`ready ${localUrl(web.listening)}\n`);
}
