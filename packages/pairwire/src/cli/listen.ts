/** Taking a port, and saying in one line why it cannot be had. */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { Server } from 'node:net';

import { RunError } from './errors.ts';

export type ListenFailure = 'port-in-use' | 'port-forbidden' | 'no-such-address' | 'failed';

/** Why a port cannot be had. */
export class ListenError extends RunError {
  readonly failure: ListenFailure;

  constructor(message: string, failure: ListenFailure, cause: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

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
 * @throws ListenError
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
): ListenError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const because = (failure: ListenFailure, reason: string) =>
    new ListenError(reason, failure, cause);
  switch (code) {
    case 'EADDRINUSE':
      return because(
        'port-in-use',
        `${what} is in use; choose another with ${flag}, or any free one with ${flag} 0`,
      );
    case 'EACCES':
      return because(
        'port-forbidden',
        `${what} needs more rights than this user has; choose one from 1024 on with ${flag}`,
      );
    case 'EADDRNOTAVAIL':
      return because('no-such-address', `this machine has no address ${host}; see --host`);
    default:
      return because('failed', `cannot listen on ${what}: ${message}`);
  }
}
