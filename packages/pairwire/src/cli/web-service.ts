/** The HTTP side of `up` and `relay`: the relay, the small endpoints and, for `up`, the pages. */
import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';

import type { OriginPolicy } from '@pairwire/websocket';

import { Lab } from '../lab/index.ts';
import { AddressLimiter } from '../relay/address-limiter.ts';
import { systemClock } from '../relay/clock.ts';
import { RelayServer } from '../relay/index.ts';
import { clientOf } from '../relay/network-address.ts';
import { isLoopbackHost, isWildcardHost, rankAddresses } from './addresses.ts';
import { UsageError } from './errors.ts';
import { createWebServer, type WebServerOptions, type WebSocketEndpoint } from './http-server.ts';
import { listen, resolveHost } from './listen.ts';
import type { Logger } from './log.ts';
import type { Settings } from './options.ts';
import type { Listening } from './reach.ts';
import { createChatServer, createEchoServer } from './websocket-endpoints.ts';

/** Closing handshakes get this long; then sockets are cut. */
const CLOSE_MS = 3_000;

export type WebServiceSettings = Omit<Settings<'relay'>, 'host' | 'logLevel'> & {
  /** Undefined: every interface. */
  readonly host: string | undefined;
};

export interface WebServiceParts extends Pick<WebServerOptions, 'pages' | 'withoutPages'> {
  readonly log: Logger;
  /** What `/config.json` answers; absent without pages. */
  readonly config?: (listening: Listening) => unknown;
  /** Serve what the page `/lab` needs. */
  readonly hasLab: boolean;
  /** A gateway in this process will connect: its word on the address of its phones is believed. */
  readonly hasGateway: boolean;
}

export interface WebService {
  readonly listening: Listening;
  /** Takes no new connections, tells the open ones to come back later, waits until they are gone. */
  close(): Promise<void>;
}

/** @throws UsageError | RunError */
export async function startWebService(
  settings: WebServiceSettings,
  { log, hasGateway, hasLab, config, ...parts }: WebServiceParts,
): Promise<WebService> {
  const { publicUrl, origin, trustProxy } = settings;
  const host = settings.host === undefined ? undefined : await resolveHost(settings.host);
  const relay = new RelayServer(
    {
      hosts: ownHosts(settings),
      publicUrl,
      origins: origin,
      trustedProxies: [...(hasGateway ? [gatewaySource(host)] : []), ...trustProxy],
    },
    { log: log.child({ part: 'relay' }) },
  );
  const origins = (page: string, { headers }: { headers: { host?: string | undefined } }) =>
    relay.access.isAllowedOrigin(page, headers.host);
  const lab = hasLab ? createLab(origins, relay) : undefined;
  const echo = createEchoServer(origins);
  const chat = createChatServer(origins, (request) => lab?.tapOf(request));
  const endpoints = new Map<string, WebSocketEndpoint>([
    ['/echo', echo],
    ['/chat', lab?.watch(chat) ?? chat],
  ]);
  const tls = readTls(settings);
  let listening: Listening = { scheme: tls ? 'https' : 'http', host: '', port: 0 };
  const server = createServer({
    ...parts,
    ...(config && { config: () => config(listening) }),
    tls,
    relay,
    lab: lab,
    endpoints,
    isAllowedHost: (host) => relay.access.isAllowedHost(host),
  });
  listening = { ...listening, ...(await listen(server, { host, port: settings.port })) };
  // An accepted connection that fails at once (out of file handles, say) must not end the process.
  server.on('error', (error: NodeJS.ErrnoException) => log.error({ code: error.code }, 'server'));
  return {
    listening,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      const options = { timeoutMs: CLOSE_MS };
      const away = { ...options, code: 1001 };
      await Promise.all([
        relay.close(options),
        ...[echo, chat, lab].map((endpoint) => endpoint?.close(away)),
      ]);
      server.closeAllConnections();
      await closed;
    },
  };
}

function createLab(origins: OriginPolicy, relay: RelayServer): Lab {
  return new Lab({
    origins,
    clientOf: (request) => clientOf(relay.clientAddress(request)),
    ...systemClock,
    createLimiter: (perMinute) => new AddressLimiter(systemClock, perMinute),
  });
}

/**
 * What this machine is called, besides what the relay answers to anyway. Its own addresses are
 * among them because a server on the Internet is first tried without a name.
 */
function ownHosts({ host, origin }: WebServiceSettings): string[] {
  const name = hostname();
  const literals = rankAddresses(networkInterfaces()).map(({ address }) => address);
  const others = origin.map((page) => new URL(page).hostname.replace(/^\[|\]$/g, ''));
  return [name, `${name}.local`, ...literals, ...others, ...(host === undefined ? [] : [host])];
}

/** The address from which a gateway in this process connects. */
function gatewaySource(host: string | undefined): string {
  const isLoopback = host === undefined || isWildcardHost(host) || isLoopbackHost(host);
  return isLoopback ? 'loopback' : host;
}

type Tls = WebServerOptions['tls'];

function readTls({ cert, key }: WebServiceSettings): Tls {
  if (cert === undefined || key === undefined) return undefined;
  return { cert: readFile('--cert', cert), key: readFile('--key', key) };
}

function readFile(flag: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${flag}: the file cannot be read (${code})`, { cause: error });
  }
}

function createServer(options: WebServerOptions): ReturnType<typeof createWebServer> {
  try {
    return createWebServer(options);
  } catch (error) {
    if (!options.tls) throw error;
    throw new UsageError('--cert, --key: expected a certificate and its key in PEM', {
      cause: error,
    });
  }
}
