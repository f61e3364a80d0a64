import { BlockList, isIP } from 'node:net';

/** A set of addresses: `loopback`, single addresses, CIDR ranges (RFC 4632). */
export type AddressSet = (address: string) => boolean;

const LOOPBACK = ['127.0.0.0/8', '::1'];

/** @throws {TypeError} on an entry that is none of these */
export function createAddressSet(entries: readonly string[]): AddressSet {
  const list = new BlockList();
  for (const entry of entries.flatMap((item) => (item === 'loopback' ? LOOPBACK : [item]))) {
    addEntry(list, entry);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}

function addEntry(list: BlockList, entry: string): void {
  const [address = '', prefix, ...rest] = entry.split('/');
  const family = isIP(address);
  const bits = prefix === undefined ? undefined : Number(prefix);
  const isPrefix =
    prefix === undefined ||
    (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
  if (family === 0 || rest.length > 0 || !isPrefix) {
    throw new TypeError(`expected "loopback", an address or a range, got '${entry}'`);
  }
  const type = family === 4 ? 'ipv4' : 'ipv6';
  if (bits === undefined) list.addAddress(address, type);
  else list.addSubnet(address, bits, type);
}

/** One spelling per address: IPv4 inside IPv6 (RFC 4291 §2.5.5.2) unwrapped, no zone. */
export function normalizeAddress(address: string): string {
  const bare = address.toLowerCase().replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  return mapped !== undefined && isIP(mapped) === 4 ? mapped : bare;
}

/**
 * What counts as one client: an IPv4 address, or the /64 of an IPv6 address, which is the least a
 * household gets (RFC 6177).
 */
export function clientOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':');
    while (groups.length + rest.length < 8) groups.push('0');
  }
  const network = [0, 1, 2, 3].map((i) => Number.parseInt(groups[i] ?? '0', 16).toString(16));
  return `${network.join(':')}::/64`;
}
