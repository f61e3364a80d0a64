/** `pairwire up`: everything in one process. */
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';

// Not by its index: `up` itself needs no endpoint.
import { chooseLanguage } from '../../simulator/language.ts';
import { startGateway, type GatewayService } from '../gateway-service.ts';
import { ListenError } from '../listen.ts';
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
} from '../reach.ts';
import { closeOnSignal } from '../shutdown.ts';
import { startupPhrasesIn, type StartupPhrases } from '../startup-phrases.ts';
import { formatStartup } from '../startup-report.ts';
import type { SwitchedOff } from '../switched-off.ts';
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
  const describe = (listening: Listening, phrases: StartupPhrases) =>
    describePlace(settings, { listening, gateway, off }, phrases);

  const web = await startWebService(settings, {
    log,
    pages,
    withoutPages: `${english.describeOff(NO_PAGES).why}, then start again.`,
    config: (listening) => describe(listening, english),
    hasGateway: true,
    hasLab: settings.lab === 'on',
  });
  try {
    gateway = await startOwnGateway(settings, web.listening, log);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    const { failure, message } = error;
    const { host } = web.listening;
    off.push({ code: `gateway-${failure}`, host, port: settings.udpPort, message });
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
  const phrases = startupPhrasesIn(chooseLanguage(process.env));
  const place = describe(web.listening, phrases);
  const phones =
    place.publicUrl === null ? place.addresses : [{ url: place.publicUrl, label: '--public-url' }];
  write(formatStartup({ ...place, version, here, phones }, phrases));
  write(`ready ${here}\n`);
}

const NO_PAGES: SwitchedOff = { code: 'pages-not-built' };
/** What leaves over the network is in English; pages translate it by its code. */
const english = startupPhrasesIn('en');

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
function describePlace(
  settings: Settings<'up'>,
  { listening, gateway, off }: Place,
  phrases: StartupPhrases,
): PageConfig {
  const { publicUrl, confirm, label } = settings;
  const interfaces = networkInterfaces();
  const phones = phoneAddresses(listening.host, interfaces, phrases.interfaceKind);
  const shown = publicUrl === undefined ? phones : [];
  return {
    addresses: shown.map((address) => ({
      url: phoneUrl(listening, address),
      label: address.likely ? address.label : phrases.lessLikely(address.label),
    })),
    publicUrl: publicUrl ?? null,
    confirm,
    label: label ?? machineName(),
    gateway: gateway ? gatewayUrl(gateway.listening, interfaces, publicUrl) : null,
    lab: settings.lab === 'on',
    off: [...off, ...whatIsOff(listening, phones, publicUrl)].map((entry) => ({
      code: entry.code,
      ...phrases.describeOff(entry),
    })),
  };
}
