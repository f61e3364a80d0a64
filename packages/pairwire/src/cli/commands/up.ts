/** `pairwire up`: everything in one process. */
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';

import { RunError } from '../errors.ts';
import { startGateway, type GatewayService } from '../gateway-service.ts';
import { createLog, type Logger } from '../log.ts';
import type { Settings } from '../options.ts';
import { Pages } from '../pages.ts';
import {
  gatewayUrl,
  localUrl,
  phoneAddresses,
  phoneUrl,
  whatIsOff,
  type Listening,
  type PageConfig,
  type SwitchedOff,
} from '../reach.ts';
import { closeOnSignal } from '../shutdown.ts';
import { formatStartup } from '../startup-report.ts';
import { machineName } from '../terminal.ts';
import { startWebService } from '../web-service.ts';

export interface UpParts {
  readonly version: string;
  write(text: string): void;
}

/**
 * Returns once everything runs; a UDP port that cannot be had is reported and the rest goes on.
 *
 * @throws UsageError | RunError
 */
export async function up(settings: Settings<'up'>, { version, write }: UpParts): Promise<void> {
  const log = createLog(settings.logLevel);
  const pages = readPages();
  const off: SwitchedOff[] = pages ? [] : [NO_PAGES];
  let gateway: GatewayService | undefined;
  const describe = (listening: Listening) => describePlace(settings, { listening, gateway, off });

  const web = await startWebService(settings, {
    log,
    pages,
    withoutPages: `${NO_PAGES.why}, then start again.`,
    config: describe,
    hasGateway: true,
  });
  try {
    gateway = await startOwnGateway(settings, web.listening, log);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    off.push({ what: 'phone gateway', why: error.message });
  }
  closeOnSignal(
    async () => {
      // First, so that its phones hear of the end before their channels are gone.
      await gateway?.close();
      await web.close();
    },
    { log, write },
  );

  const here = localUrl(web.listening);
  const place = describe(web.listening);
  const phones =
    place.publicUrl === null ? place.addresses : [{ url: place.publicUrl, label: '--public-url' }];
  write(formatStartup({ ...place, version, here, phones }));
  write(`ready ${here}\n`);
}

const NO_PAGES: SwitchedOff = {
  what: 'pages',
  why: 'not built yet; run `npm run build`',
};

function readPages(): Pages | undefined {
  const index = import.meta.resolve('@pairwire/web/index.html');
  return Pages.read(fileURLToPath(new URL('.', index)));
}

function startOwnGateway(
  { udpPort }: Settings<'up'>,
  listening: Listening,
  log: Logger,
): Promise<GatewayService> {
  return startGateway({
    relay: localUrl(listening),
    // The certificate is for the name that phones use; this connection does not leave the machine.
    tls: { rejectUnauthorized: false },
    host: listening.host,
    port: udpPort,
    log: log.child({ part: 'gateway' }),
  });
}

interface Place {
  readonly listening: Listening;
  readonly gateway: GatewayService | undefined;
  readonly off: readonly SwitchedOff[];
}

/** Looked up anew each time: a laptop changes its network. */
function describePlace(settings: Settings<'up'>, { listening, gateway, off }: Place): PageConfig {
  const { publicUrl, confirm, label } = settings;
  const interfaces = networkInterfaces();
  const phones = phoneAddresses(listening.host, interfaces);
  const shown = publicUrl === undefined ? phones : [];
  return {
    addresses: shown.map((address) => ({
      url: phoneUrl(listening, address),
      label: address.likely ? address.label : `${address.label}, less likely`,
    })),
    publicUrl: publicUrl ?? null,
    confirm,
    label: label ?? machineName(),
    gateway: gateway ? gatewayUrl(gateway.listening, interfaces, publicUrl) : null,
    off: [...off, ...whatIsOff(listening, phones, publicUrl)],
  };
}
