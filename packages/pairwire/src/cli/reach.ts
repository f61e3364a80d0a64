/** Under which addresses a server can be reached: by this computer, by phones, by other programs. */
import type { NetworkInterfaceInfo } from 'node:os';

import {
  formatHost,
  isLoopbackHost,
  isWildcardHost,
  rankAddresses,
  type PhoneAddress,
} from './addresses.ts';
import type { OffCode, SwitchedOff } from './switched-off.ts';

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Answered at `/config.json`; the pages are written against it. */
export interface PageConfig {
  /** What a phone may use, most likely first. Empty with `publicUrl`. */
  readonly addresses: readonly { readonly url: string; readonly label: string }[];
  /** What the operator said phones use; it overrules `addresses`. */
  readonly publicUrl: string | null;
  readonly confirm: string;
  readonly label: string;
  readonly gateway: string | null;
  /** Whether there is a page `/lab` here. */
  readonly lab: boolean;
  /** What does not work in this set-up, and what to do about it. */
  readonly off: readonly { readonly code: OffCode; readonly what: string; readonly why: string }[];
}

/** A listening HTTP server, as far as its address goes. */
export interface Listening {
  readonly scheme: 'http' | 'https';
  /** The address bound; `::` and `0.0.0.0` for every interface. */
  readonly host: string;
  readonly port: number;
}

/** Where this very computer finds the server. */
export function localUrl({ scheme, host, port }: Listening): string {
  return `${scheme}://${formatHost(isWildcardHost(host) ? '127.0.0.1' : host)}:${port}`;
}

/**
 * The addresses of this machine that the server listens on and a phone may reach, best first.
 *
 * @param translate - takes the English word for a kind of interface, for the labels
 */
export function phoneAddresses(
  host: string,
  interfaces: Interfaces,
  translate?: (what: string) => string,
): PhoneAddress[] {
  const ranked = rankAddresses(interfaces, translate);
  if (host === '::') return ranked;
  if (isWildcardHost(host)) return ranked.filter(({ family }) => family === 'IPv4');
  if (isLoopbackHost(host)) return [];
  return ranked.filter(({ address }) => address === host);
}

export function phoneUrl({ scheme, port }: Listening, { address }: PhoneAddress): string {
  return `${scheme}://${formatHost(address)}:${port}`;
}

/**
 * Where phones find a gateway. One that listens everywhere is told by its best address, because
 * the line is read by somebody who types it into another device.
 */
export function gatewayUrl(
  { host, port }: { readonly host: string; readonly port: number },
  interfaces: Interfaces,
  publicUrl: string | undefined,
): string {
  if (publicUrl !== undefined)
    return `coap://${new URL(publicUrl).host.replace(/:\d+$/, '')}:${port}`;
  const addresses = isWildcardHost(host) ? phoneAddresses(host, interfaces) : [];
  // No camera helps here: IPv4 is shorter to type, wherever it stands in the ranking.
  const best = addresses.find(({ family }) => family === 'IPv4') ?? addresses[0];
  const shown = isWildcardHost(host) ? (best?.address ?? '127.0.0.1') : host;
  return `coap://${formatHost(shown)}:${port}`;
}

/** What cannot work as things are, to be said at the start and on the page. */
export function whatIsOff(
  listening: Listening,
  phones: readonly PhoneAddress[],
  publicUrl: string | undefined,
): SwitchedOff[] {
  const off: SwitchedOff[] = [];
  if (publicUrl === undefined && phones.length === 0) {
    const { host } = listening;
    off.push(
      isLoopbackHost(host) ? { code: 'phones-loopback-only', host } : { code: 'phones-no-address' },
    );
  }
  // https://www.w3.org/TR/secure-contexts/: an http address of the network is not one.
  if (!(publicUrl ?? listening.scheme).startsWith('https')) {
    off.push({ code: 'phone-features-need-https' });
  }
  return off;
}
