/** CoAP requests over a real socket, one by one, for tests that look at the responses. */
import { CoapClient, type Message, type Option } from '../../src/coap/index.ts';
import { pathOptions } from '../../src/coap/option.ts';
import { connectUdpSocket, type ConnectedUdpSocket } from '../../src/simulator/udp-socket.ts';
import { environment } from './running.ts';

export interface RawRequest {
  code: number;
  path: readonly string[];
  options?: readonly Option[];
  payload?: Uint8Array | string;
}

export class RawPhone {
  readonly #socket: ConnectedUdpSocket;
  readonly #client: CoapClient;

  private constructor(socket: ConnectedUdpSocket, client: CoapClient) {
    this.#socket = socket;
    this.#client = client;
  }

  static async connect(host: string, port: number): Promise<RawPhone> {
    const client: CoapClient = new CoapClient({
      environment,
      transmit: (datagram) => socket.send(datagram),
    });
    const socket = await connectUdpSocket({
      host,
      port,
      receive: (datagram) => client.receive(datagram),
      unreachable: () => {},
    });
    return new RawPhone(socket, client);
  }

  request({ code, path, options = [], payload = '' }: RawRequest): Promise<Message> {
    const body = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
    return new Promise((resolve, reject) => {
      this.#client.request(
        { code, options: [...pathOptions(path), ...options], payload: body },
        { response: resolve, failed: (failure) => reject(new Error(failure)) },
      );
    });
  }

  close(): void {
    this.#client.close();
    this.#socket.close();
  }
}
