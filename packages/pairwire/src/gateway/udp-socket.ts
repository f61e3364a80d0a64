import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

import type { Peer } from '../coap/index.ts';

/** The gateway's only contact with the network towards phones. */
export interface UdpSocket {
  readonly host: string;
  readonly port: number;
  send(datagram: Uint8Array, peer: Peer): void;
  close(): Promise<void>;
}

export interface UdpSocketOptions {
  host: string;
  port: number;
  receive(datagram: Uint8Array, peer: Peer): void;
  /** The system reported an error; the socket goes on. */
  failed(error: Error): void;
}

/** More than this waiting in the system: further datagrams are dropped, as a full network would. */
const MAX_SEND_QUEUE_BYTES = 1_048_576;

/** @returns once the socket is bound; rejects when it cannot be. */
export function bindUdpSocket({
  host,
  port,
  receive,
  failed,
}: UdpSocketOptions): Promise<UdpSocket> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: host, port }, () => {
      socket.off('error', reject);
      socket.on('error', failed);
      socket.on('message', (datagram, { address, port: from }) =>
        receive(datagram, { address, port: from }),
      );
      resolve({
        host: socket.address().address,
        port: socket.address().port,
        send(datagram, peer) {
          if (socket.getSendQueueSize() > MAX_SEND_QUEUE_BYTES) return;
          // A lost datagram is repeated by its sender, whatever it was lost to.
          socket.send(datagram, peer.port, peer.address, () => {});
        },
        close: () => new Promise((closed) => socket.close(() => closed())),
      });
    });
  });
}
