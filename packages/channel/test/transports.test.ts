import { WebSocket } from '@pairwire/websocket';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { connectChannel } from '../src/client/index.ts';
import { TRANSPORT_NAMES } from '../src/protocol/channel.ts';
import { ContractServer } from './contract-server.ts';
import { abilitiesOf, TRANSPORT_CASES, type TransportWorld } from './transport-contract.ts';

describe.each(TRANSPORT_NAMES)('the %s transport in Node', (transport) => {
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
