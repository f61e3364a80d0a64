// In the browser: runs the cases of the one contract suite against the server that served it.
import { connectChannel, type TransportName } from '@pairwire/channel/client';

import { TRANSPORT_CASES } from '../../packages/channel/test/transport-contract.ts';

declare global {
  interface Window {
    /** @returns what was not as it should be, or nothing */
    runTransportCase(this: void, transport: TransportName, name: string): Promise<string>;
    /** Opens a channel and leaves it open. @returns when it is named */
    leaveOpen(this: void, transport: TransportName, name: string): Promise<void>;
    /** Says something to a server of another origin. @returns its answer, or how the channel ended */
    askElsewhere(this: void, address: string, transport: TransportName): Promise<string>;
  }
}

window.runTransportCase = async (transport, name) => {
  const found = TRANSPORT_CASES.find((one) => one.name === name);
  if (found === undefined) return 'there is no such case';
  try {
    await found.run({
      connect: (handler, options) =>
        connectChannel(location.origin, handler, { transport, ...options }),
    });
    return '';
  } catch (error) {
    return String(error);
  }
};

window.leaveOpen = (transport, name) =>
  new Promise((resolve) => {
    const channel = connectChannel(
      location.origin,
      {
        open: () => void channel.send(`name ${name}`),
        packet: () => resolve(),
        close() {},
      },
      { transport },
    );
  });

window.askElsewhere = (address, transport) =>
  new Promise((resolve) => {
    const channel = connectChannel(
      address,
      {
        open: () => void channel.send('hello'),
        packet: (packet) => {
          resolve(String(packet));
          channel.close();
        },
        close: ({ code }) => resolve(`closed ${code}`),
      },
      { transport },
    );
  });
