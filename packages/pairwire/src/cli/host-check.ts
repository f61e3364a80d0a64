/**
 * Which Host headers are answered (RFC 9110 §7.2).
 *
 * A page of another site can have its own name resolve to this machine's address (DNS rebinding)
 * and would then count as same-origin. Its Host header betrays it: it must be a name that is ours.
 * A literal address is always one's own: a browser sends it only when the person went there.
 */
import { isIP } from 'node:net';

const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i;

export type HostCheck = (hostHeader: string | undefined) => boolean;

/** @param names - this machine's and the operator's names, without ports; case does not matter */
export function createHostCheck(names: Iterable<string>): HostCheck {
  const own = new Set(['localhost']);
  for (const name of names) own.add(name.toLowerCase());
  return (hostHeader) => {
    const [, literal, name] = HOST.exec(hostHeader ?? '') ?? [];
    if (literal !== undefined) return isIP(literal) === 6;
    if (name === undefined) return false;
    const host = name.toLowerCase();
    // RFC 6761 §6.3: names below localhost are loopback, whoever asks.
    return isIP(host) === 4 || own.has(host) || host.endsWith('.localhost');
  };
}
