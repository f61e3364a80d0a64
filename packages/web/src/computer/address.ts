import type { Address, PageConfig } from './page-config.ts';

/** True for names and numbers that mean "this very machine": of no use to a phone. */
export function isLoopback(url: string): boolean {
  const host = new URL(url).hostname.toLowerCase().replace(/\.$/, '');
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    /^127(\.\d+){3}$/.test(host) ||
    ['0.0.0.0', '[::]', '[::1]'].includes(host) ||
    host.startsWith('[::ffff:7f')
  );
}

export interface AddressChoice {
  addresses: readonly Address[];
  /** The one to start with; undefined when no address would do for a phone. */
  preferred: Address | undefined;
}

/**
 * The addresses to offer to a phone, best first, never loopback.
 *
 * What the operator set comes first. Then the address that this page came from: it is known to
 * work from one machine at least. Then the one a phone used the last time. Then the server's order.
 */
export function chooseAddresses(
  config: PageConfig,
  pageOrigin: string,
  lastUsed: string | undefined,
): AddressChoice {
  const offered = new Map<string, Address>();
  const offer = (url: string | undefined) => {
    if (url === undefined || offered.has(url) || isLoopback(url)) return;
    offered.set(url, config.addresses.find((each) => each.url === url) ?? { url, label: '' });
  };
  offer(config.publicUrl);
  offer(pageOrigin);
  if (config.addresses.some((each) => each.url === lastUsed)) offer(lastUsed);
  for (const { url } of config.addresses) offer(url);
  const addresses = [...offered.values()];
  return { addresses, preferred: addresses[0] };
}

/** The port a firewall would have to let through. */
export function portOf(url: string): string {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port;
}
