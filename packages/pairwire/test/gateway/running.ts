/** A relay and a gateway as they run: real sockets on free ports of this machine. */
import { randomFillSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Environment } from '../../src/coap/index.ts';
import { Gateway, type GatewayOptions } from '../../src/gateway/index.ts';
import { RelayServer, type RelayOptions } from '../../src/relay/index.ts';

export const environment: Environment = {
  randomBytes: (length) => randomFillSync(new Uint8Array(length)),
  nowMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface RunningRelay {
  url: string;
  relay: RelayServer;
  close(): Promise<void>;
}

export async function startRelay(options: RelayOptions = {}): Promise<RunningRelay> {
  const relay = new RelayServer(options);
  const server = createServer((request, response) => {
    if (!relay.handleRequest(request, response)) response.writeHead(404).end();
  });
  server.on('upgrade', (request, socket, head) => {
    if (!relay.handleUpgrade(request, socket, head)) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    relay,
    async close() {
      await relay.close({ timeoutMs: 500 });
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface RunningGateway {
  gateway: Gateway;
  host: string;
  port: number;
  close(): Promise<void>;
}

export async function startGateway(
  options: Partial<GatewayOptions> & { relay: string },
): Promise<RunningGateway> {
  const gateway = new Gateway({ environment, port: 0, ...options });
  const { host, port } = await gateway.listen();
  return { gateway, host, port, close: () => gateway.close() };
}
