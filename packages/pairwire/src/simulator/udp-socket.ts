import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';

/** The phone's only contact with the network: a socket tied to one server. */
export interface ConnectedUdpSocket {
  send(datagram: Uint8Array): void;
  close(): void;
}

export interface ConnectedUdpSocketOptions {
  host: string;
  port: number;
  receive(datagram: Uint8Array): void;
  /** The system knows that nobody can be reached there. May be told more than once. */
  unreachable(): void;
}

/**
 * @returns once the name is resolved and the socket tied to the address. Tied, so that datagrams
 *   from elsewhere are dropped and the system passes on what ICMP says about the port.
 */
export async function connectUdpSocket(
  options: ConnectedUdpSocketOptions,
): Promise<ConnectedUdpSocket> {
  const { address, family } = await lookup(options.host);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const failed = (error: Error | null) => {
    if (error && isUnreachable(error)) options.unreachable();
  };
  socket.on('message', (datagram) => options.receive(datagram));
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(options.port, address, () => {
      socket.off('error', reject);
      socket.on('error', failed);
      resolve();
    });
  });
  return {
    send: (datagram) => socket.send(datagram, failed),
    close: () => socket.close(),
  };
}

/** Other errors are like a lost datagram: it is repeated. */
function isUnreachable(error: Error & { code?: string }): boolean {
  return ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'].includes(error.code ?? '');
}
