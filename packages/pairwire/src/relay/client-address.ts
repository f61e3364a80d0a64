import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

import { normalizeAddress, type AddressSet } from './network-address.ts';

/** More hops than this are nobody's set-up. */
const MAX_HOPS = 16;

/**
 * The client's address as far as it can be believed: from the right, each address of
 * X-Forwarded-For is taken from a trusted proxy only. Without such proxies the header counts for
 * nothing, whoever sends it.
 *
 * @returns '' when even the socket does not tell, which happens once it is gone
 */
export function clientAddressOf(request: IncomingMessage, isTrustedProxy: AddressSet): string {
  let address = normalizeAddress(request.socket.remoteAddress ?? '');
  const hops = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  for (const hop of hops.toReversed().slice(0, MAX_HOPS)) {
    const before = normalizeAddress(hop.trim());
    if (!isTrustedProxy(address) || isIP(before) === 0) break;
    address = before;
  }
  return address;
}
