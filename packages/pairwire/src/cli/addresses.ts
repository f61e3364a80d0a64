/**
 * Which of this machine's addresses a phone can most likely reach, best first.
 *
 * A pure function over what `os.networkInterfaces()` returned. Nothing is sent to find out: a home
 * network without Internet must work too. The guess can be wrong (a container cannot see its
 * host's address), so all candidates are shown and `--public-url` overrules them.
 */
import { isIP } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

import { classifyInterface, type InterfaceKind } from './network-interfaces.ts';

export interface PhoneAddress {
  /** A literal address, without brackets. */
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  /** For people: what the interface is, with the system's name of it. */
  readonly label: string;
  /** False for mobile broadband, a VPN, Docker or a virtual machine's network: offered last. */
  readonly likely: boolean;
}

type Scope = 'private' | 'unique-local' | 'public' | 'shared' | 'link-local' | 'unusable';

/** Lower is better. A public IPv4 address is reachable too, but seldom the one on the Wi-Fi. */
const SCOPE_RANK: Record<Exclude<Scope, 'unusable'>, number> = {
  private: 0,
  'unique-local': 1,
  public: 2,
  shared: 4,
  'link-local': 5,
};
const PUBLIC_IPV6_RANK = 3;

/** A phone is on the Wi-Fi: of two equal candidates the Wi-Fi one is more likely its network. */
const KIND_RANK: Record<InterfaceKind, { tier: number; medium: number }> = {
  'wi-fi': { tier: 0, medium: 0 },
  ethernet: { tier: 0, medium: 1 },
  unknown: { tier: 1, medium: 0 },
  bridge: { tier: 1, medium: 1 },
  mobile: { tier: 2, medium: 0 },
  vpn: { tier: 3, medium: 0 },
  virtual: { tier: 4, medium: 0 },
};
const LAST_LIKELY_TIER = 1;

interface Candidate extends PhoneAddress {
  readonly interfaceName: string;
  readonly scope: Scope;
  /** Compared from the first number on. */
  readonly rank: readonly number[];
}

/**
 * Ranks the addresses under which this machine may be reachable for a phone.
 *
 * Never returns a loopback address. Link-local IPv4 is returned only when there is nothing else;
 * link-local IPv6 never, because a browser accepts no zone in a URL (WHATWG URL, host parsing).
 * Of several IPv6 addresses of one kind on one interface (privacy extensions) the first is taken.
 *
 * @param translate - takes the English word for a kind of interface, for the labels
 */
export function rankAddresses(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
  translate = (what: string) => what,
): PhoneAddress[] {
  const candidates: Candidate[] = [];
  for (const [name, infos] of Object.entries(interfaces)) {
    for (const info of infos ?? []) {
      const candidate = toCandidate(name, info, translate);
      if (candidate && !isRepetition(candidates, candidate)) candidates.push(candidate);
    }
  }
  const routable = candidates.filter(({ scope }) => scope !== 'link-local');
  return (routable.length > 0 ? routable : candidates)
    .toSorted((a, b) => compareRanks(a.rank, b.rank))
    .map(({ address, family, label, likely }) => ({ address, family, label, likely }));
}

/** The host as it stands in a URL: IPv6 in brackets (RFC 3986 §3.2.2). */
export function formatHost(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}

/** True for an address or name that means "this machine" to whoever uses it. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return (
    bare === 'localhost' ||
    bare.endsWith('.localhost') ||
    bare === '::1' ||
    /^(::ffff:)?127\./.test(bare)
  );
}

/** True for the addresses that mean "every interface" to `listen`. */
export function isWildcardHost(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '';
}

function toCandidate(
  name: string,
  info: NetworkInterfaceInfo,
  translate: (what: string) => string,
): Candidate | undefined {
  if (info.internal) return undefined;
  const scope = scopeOf(info);
  if (scope === 'unusable') return undefined;
  const { kind, label } = classifyInterface(name, info.mac, scope === 'shared', translate);
  const { tier, medium } = KIND_RANK[kind];
  const isIpv4 = info.family === 'IPv4';
  const scopeRank = scope === 'public' && !isIpv4 ? PUBLIC_IPV6_RANK : SCOPE_RANK[scope];
  return {
    address: info.address,
    family: info.family,
    label,
    likely: tier <= LAST_LIKELY_TIER,
    interfaceName: name,
    scope,
    rank: [tier, scopeRank, medium],
  };
}

function isRepetition(earlier: readonly Candidate[], candidate: Candidate): boolean {
  return earlier.some(
    (other) =>
      other.address === candidate.address ||
      (candidate.family === 'IPv6' &&
        other.family === 'IPv6' &&
        other.interfaceName === candidate.interfaceName &&
        other.scope === candidate.scope),
  );
}

function scopeOf({ address, family }: NetworkInterfaceInfo): Scope {
  return family === 'IPv4' ? scopeOfIpv4(address) : scopeOfIpv6(address);
}

function scopeOfIpv4(address: string): Scope {
  const [a = 0, b = 0, c = 0] = address.split('.').map(Number);
  if (a === 127 || a === 0 || a >= 224) return 'unusable';
  if (a === 169 && b === 254) return 'link-local'; // RFC 3927
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return 'private'; // RFC 1918
  if (a === 100 && b >= 64 && b < 128) return 'shared'; // RFC 6598: carriers, and Tailscale
  if (a === 198 && (b === 18 || b === 19)) return 'shared'; // RFC 2544: proxies' own tunnels
  if (a === 192 && b === 0 && c === 0) return 'unusable'; // RFC 7335: translation on this machine
  return 'public';
}

function scopeOfIpv6(address: string): Scope {
  const [first = '', second = ''] = address.split(':');
  const high = parseInt(first || '0', 16);
  if ((high & 0xffc0) === 0xfe80) return 'unusable'; // link-local, RFC 4291 §2.5.6
  if ((high & 0xfe00) === 0xfc00) return 'unique-local'; // RFC 4193
  if ((high & 0xe000) !== 0x2000) return 'unusable'; // outside global unicast, RFC 4291 §2.4
  const isTunnel = high === 0x2002 || (high === 0x2001 && parseInt(second || '0', 16) === 0); // 6to4, Teredo
  return isTunnel ? 'unusable' : 'public';
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
