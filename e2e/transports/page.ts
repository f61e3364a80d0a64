// In the browser: runs the cases of the one contract suite against the server that served it.
import { connectChannel, type TransportName } from '@pairwire/channel/client';

import { TRANSPORT_CASES } from '../../packages/channel/test/transport-contract.ts';

declare global {
  interface Window {
    /** @returns what was not as it should be, or nothing */
    runTransportCase(this: void, transport: TransportName, name: string): Promise<string>;
    /** Opens a channel and leaves it open. @returns when it is named */
    leaveOpen(this: void, transport: TransportName, name: string): Promise<void>;
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
