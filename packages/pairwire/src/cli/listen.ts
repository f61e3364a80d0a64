/** Taking a port, and saying in one line why it cannot be had. */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { Server } from 'node:net';

import { RunError } from './errors.ts';

/** An address of this machine, and a port on it. */
export interface Bound {
  readonly host: string;
  readonly port: number;
}

/**
 * The address that a `--host` names.
 *
 * @throws RunError when nobody knows the name
 */
export async function resolveHost(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw new RunError(`the name ${host} is not known; see --host`, { cause: error });
  }
}

/**
 * Listens on TCP.
 *
 * @param host - an address; undefined: every interface, IPv6 included where the machine has it
 * @throws RunError
 */
export async function listen(
  server: Server,
  { host, port }: { readonly host: string | undefined; readonly port: number },
): Promise<Bound> {
  server.listen(host === undefined ? { port } : { port, host });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw createListenError(error, { what: `port ${port}`, flag: '--port', host });
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return { host: address.address, port: address.port };
}

/** @param flag - the option that chooses the port */
export function createListenError(
  cause: unknown,
  { what, flag, host }: { what: string; flag: string; host: string | undefined },
): RunError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `${what} is in use; choose another with ${flag}, or any free one with ${flag} 0`,
    EACCES: `${what} needs more rights than this user has; choose one from 1024 on with ${flag}`,
    EADDRNOTAVAIL: `this machine has no address ${host}; see --host`,
  };
  return new RunError(reasons[code] ?? `cannot listen on ${what}: ${message}`, { cause });
}
