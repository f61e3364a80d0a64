import { Gateway, type GatewayOptions } from '../gateway/index.ts';
import { nodeEnvironment } from './environment.ts';
import { createListenError, type Bound } from './listen.ts';

export interface GatewayService {
  readonly listening: Bound;
  close(): Promise<void>;
}

/** @throws ListenError when the UDP port cannot be had */
export async function startGateway(
  options: Omit<GatewayOptions, 'environment'> & Bound,
): Promise<GatewayService> {
  const gateway = new Gateway({ ...options, environment: nodeEnvironment });
  try {
    return { listening: await gateway.listen(), close: () => gateway.close() };
  } catch (error) {
    const { host, port } = options;
    throw createListenError(error, { what: `UDP port ${port}`, flag: '--udp-port', host });
  }
}
