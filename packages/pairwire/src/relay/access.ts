import { isIP } from 'node:net';

import { createAddressSet, type AddressSet } from './network-address.ts';
import type { ResolvedRelayOptions } from './options.ts';

/**
 * Addresses that no name on the Internet owns: loopback, private (RFC 1918, RFC 4193), link-local
 * (RFC 3927, RFC 4291) and shared (RFC 6598, which overlay networks use).
 */
const PRIVATE_RANGES = [
  'loopback',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
  'fe80::/10',
];

const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i;

type AccessOptions = Pick<
  ResolvedRelayOptions,
  'hosts' | 'publicUrl' | 'origins' | 'dangerouslyAllowAnyOrigin'
>;

/**
 * Which Host and Origin headers are answered.
 *
 * A page of a stranger can have its own name resolve to this machine (DNS rebinding), and would
 * then count as ours; its Host header gives it away, as it has to be a name that is really ours. A
 * page that connects from elsewhere is given away by its Origin (RFC 6455 §10.2).
 */
export class Access {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #isPrivate: AddressSet = createAddressSet(PRIVATE_RANGES);
  readonly #allowsAnyOrigin: boolean;

  /** @throws {TypeError} on an origin or a public address that is none */
  constructor({ hosts, publicUrl, origins, dangerouslyAllowAnyOrigin }: AccessOptions) {
    const own = publicUrl === undefined ? [] : [parseOrigin('publicUrl', publicUrl)];
    const others = origins.map((origin) => parseOrigin('origins', origin));
    const names = [...hosts, ...own.map(({ hostname }) => bare(hostname))];
    this.#hosts = new Set(['localhost', ...names.map((name) => name.toLowerCase())]);
    this.#origins = new Set([...own, ...others].map(({ origin }) => origin));
    this.#allowsAnyOrigin = dangerouslyAllowAnyOrigin;
  }

  /** The port does not matter: it does not change whose name it is. */
  isAllowedHost(hostHeader: string | undefined): boolean {
    const [, literal, name] = HOST.exec(hostHeader ?? '') ?? [];
    const host = (literal ?? name ?? '').toLowerCase();
    // What is in brackets must be IPv6; a name that is an address must be written as one.
    if (host === '' || (literal !== undefined && isIP(host) !== 6)) return false;
    if (this.#hosts.has(host) || this.#isPrivate(host)) return true;
    // RFC 6761 §6.3: names below localhost are this machine, whoever asks.
    return host.endsWith('.localhost');
  }

  /** @param origin - undefined from programs that are no browsers; they can claim anything anyway */
  isAllowedOrigin(origin: string | undefined, hostHeader: string | undefined): boolean {
    if (origin === undefined || this.#allowsAnyOrigin) return true;
    if (!URL.canParse(origin)) return false;
    const page = new URL(origin);
    if (this.#origins.has(page.origin)) return true;
    // The scheme only says which port both leave out: a proxy may have ended TLS before us.
    const here = `${page.protocol}//${hostHeader ?? ''}`;
    return (
      /^https?:$/.test(page.protocol) && URL.canParse(here) && new URL(here).host === page.host
    );
  }
}

function parseOrigin(option: string, text: string): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new TypeError(`${option} must be an address such as https://example.com`);
  }
  return new URL(text);
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
