import { WebSocket } from '@pairwire/websocket';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { connectChannel, type TransportName } from '../src/client/index.ts';
import { ContractServer } from './contract-server.ts';
import { abilitiesOf, TRANSPORT_CASES, type TransportWorld } from './transport-contract.ts';

const TRANSPORTS: readonly TransportName[] = ['websocket', 'streaming', 'long-polling', 'polling'];

describe.each(TRANSPORTS)('the %s transport in Node', (transport) => {
  const server = new ContractServer();
  let world: TransportWorld;

  beforeAll(async () => {
    const address = await server.listen();
    world = {
      connect: (handler, options) =>
        connectChannel(address, handler, { WebSocket, transport, ...options }),
    };
  });

  afterAll(() => server.close());

  const abilities = abilitiesOf(transport);
  const cases = TRANSPORT_CASES.filter(({ needs }) => needs === undefined || abilities[needs]);
  test.each(cases)('$name', async (transportCase) => {
    await expect(transportCase.run(world)).resolves.toBeUndefined();
  });
});
