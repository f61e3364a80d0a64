import { WebSocket } from '@pairwire/websocket';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { connectChannel } from '../src/client/index.ts';
import { ContractServer } from './contract-server.ts';
import {
  TRANSPORT_CASES,
  type TransportAbilities,
  type TransportWorld,
} from './transport-contract.ts';

/** A WHATWG WebSocket cannot stop reading. */
const ABILITIES: TransportAbilities = { stopsReading: false };

describe('the websocket transport in Node', () => {
  const server = new ContractServer();
  let world: TransportWorld;

  beforeAll(async () => {
    const address = await server.listen();
    world = {
      connect: (handler, options) => connectChannel(address, handler, { WebSocket, ...options }),
    };
  });

  afterAll(() => server.close());

  const cases = TRANSPORT_CASES.filter(({ needs }) => needs === undefined || ABILITIES[needs]);
  test.each(cases)('$name', async (transportCase) => {
    await expect(transportCase.run(world)).resolves.toBeUndefined();
  });
});
