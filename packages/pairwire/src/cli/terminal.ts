/** What `phone` and `page` share: this process's streams, signals, and the way to a relay. */
import { hostname } from 'node:os';

import { connectChannel, LadderMemory } from '@pairwire/channel/client';
import type { OpenPipe } from '@pairwire/pairing';
import { WebSocket } from '@pairwire/websocket';

import { nodeEnvironment } from './environment.ts';
import { ExitCode } from './errors.ts';

/** Streams, signals, names: what every terminal session is given. */
export function terminalOptions(label: string | undefined) {
  return {
    input: process.stdin,
    output: process.stdout,
    errors: process.stderr,
    isTerminal: process.stdin.isTTY && process.stdout.isTTY,
    environment: nodeEnvironment,
    name: label ?? machineName(),
    signal: abortOnSignal(),
  };
}

/** What the other side calls this machine when nobody said; a label's limit applies. */
export function machineName(): string {
  return hostname().slice(0, 64);
}

export function openChannelTo(relay: string): OpenPipe {
  const memory = new LadderMemory();
  return (handler) => connectChannel(relay, handler, { WebSocket, memory });
}

/**
 * The first signal lets a session end in good order, the second one ends the process at once. In a
 * terminal Ctrl-C is a key, which the session itself reads.
 */
function abortOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(ExitCode.failed);
      controller.abort();
    });
  }
  return controller.signal;
}
