import { createSocket, type Socket } from 'node:dgram';
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
  /** Default: the system's names. */
  lookup?: (host: string) => Promise<Address[]>;
}

interface Address {
  address: string;
  family: number;
}

/**
 * @returns once the name is resolved and a socket tied to its first address. Tied, so that
 *   datagrams from elsewhere are dropped and the system passes on what ICMP says about the port.
 */
export async function connectUdpSocket(
  options: ConnectedUdpSocketOptions,
): Promise<ConnectedUdpSocket> {
  const resolve = options.lookup ?? ((host) => lookup(host, { all: true }));
  const connection = new UdpConnection(options, await resolve(options.host));
  await connection.connect();
  return connection;
}

/**
 * A name may have several addresses, of which the server listens on one: `localhost` is often `::1`
 * first. Until something was heard, an unreachable address gives way to the next one; what was
 * lost with it is repeated by the message layer.
 */
class UdpConnection implements ConnectedUdpSocket {
  readonly #options: ConnectedUdpSocketOptions;
  readonly #addresses: Address[];
  #socket: Socket | undefined;
  #wasHeard = false;
  #closed = false;

  constructor(options: ConnectedUdpSocketOptions, addresses: Address[]) {
    this.#options = options;
    this.#addresses = addresses;
  }

  /** Rejects when the system has no way to any of the addresses that are left. */
  async connect(): Promise<void> {
    for (;;) {
      const next = this.#addresses.shift();
      if (!next) throw new Error('no address is left');
      try {
        return this.#use(await tie(next, this.#options.port));
      } catch (error) {
        if (this.#addresses.length === 0) throw error;
      }
    }
  }

  send(datagram: Uint8Array): void {
    // Between two addresses there is no socket for a moment: the datagram is lost.
    const socket = this.#socket;
    socket?.send(datagram, (error) => error && this.#failed(socket, error));
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
    this.#socket = undefined;
  }

  #use(socket: Socket): void {
    if (this.#closed) {
      socket.close();
      return;
    }
    this.#socket = socket;
    socket.on('error', (error) => this.#failed(socket, error));
    socket.on('message', (datagram) => {
      this.#wasHeard = true;
      this.#options.receive(datagram);
    });
  }

  #failed(socket: Socket, error: Error): void {
    if (socket !== this.#socket || !isUnreachable(error)) return;
    if (this.#wasHeard || this.#addresses.length === 0) return this.#options.unreachable();
    this.#socket = undefined;
    socket.close();
    this.connect().catch(() => this.#options.unreachable());
  }
}

function tie({ address, family }: Address, port: number): Promise<Socket> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      socket.close();
      reject(error);
    };
    socket.once('error', failed);
    socket.connect(port, address, () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

/** Other errors are like a lost datagram: it is repeated. */
function isUnreachable(error: Error & { code?: string }): boolean {
  return ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'].includes(error.code ?? '');
}
