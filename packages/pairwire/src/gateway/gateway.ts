/**
 * The phone server: pipes over CoAP and UDP on one side, channels to the relay on the other.
 *
 * It sees what the relay sees, sealed records, and keeps nothing of it. docs/protocol/phone.md.
 */
import { createHmac } from 'node:crypto';

import { connectChannel, type Channel, type ChannelHandler } from '@pairwire/channel/client';
import { WebSocket } from '@pairwire/websocket';

import { CoapServer, type CoapServerCounters } from '../coap/index.ts';
import { resolveGatewayOptions } from './options.ts';
import type { GatewayOptions, ResolvedGatewayOptions } from './options.ts';
import { PipeResource, type PipeCounters } from './pipe-resource.ts';
import { bindUdpSocket, type UdpSocket } from './udp-socket.ts';

const HMAC_KEY_BYTES = 32;

export class Gateway {
  readonly #options: ResolvedGatewayOptions;
  readonly #server: CoapServer;
  readonly #pipes: PipeResource;
  #socket: UdpSocket | undefined;

  /** @throws TypeError | RangeError on an option that cannot be meant */
  constructor(options: GatewayOptions) {
    this.#options = resolveGatewayOptions(options);
    const { environment, limits, log, relay, tls, transmission, datagrams } = this.#options;
    const key = environment.randomBytes(HMAC_KEY_BYTES);
    this.#pipes = new PipeResource({
      environment,
      limits,
      log,
      notify: (observer, response, settle) => this.#server.notify(observer, response, settle),
      connect: (handler, phoneAddress) => connectForPhone({ relay, tls }, handler, phoneAddress),
    });
    this.#server = new CoapServer({
      environment,
      transmit: (datagram, peer) => this.#socket?.send(datagram, peer),
      hmac: (data) => createHmac('sha256', key).update(data).digest(),
      parameters: transmission,
      limits: datagrams,
      screen: (request) => this.#pipes.screen(request),
      request: (request, respond) => this.#pipes.request(request, respond),
    });
  }

  /** Pipes there are now. */
  get size(): number {
    return this.#pipes.size;
  }

  get counters(): Readonly<CoapServerCounters & PipeCounters> {
    return { ...this.#server.counters, ...this.#pipes.counters };
  }

  /** @returns where it listens; rejects when the address cannot be had. */
  async listen(): Promise<{ host: string; port: number }> {
    const { host, port, log } = this.#options;
    this.#socket = await bindUdpSocket({
      host,
      port,
      receive: (datagram, peer) => this.#server.receive(datagram, peer),
      failed: (error) => log.warn({ code: (error as { code?: string }).code }, 'UDP socket error'),
    });
    return { host: this.#socket.host, port: this.#socket.port };
  }

  /** Tells the phones, ends all channels, lets go of the socket. */
  async close(): Promise<void> {
    await this.#pipes.close();
    this.#server.close();
    const socket = this.#socket;
    this.#socket = undefined;
    await socket?.close();
  }
}

/**
 * The gateway is a proxy to the relay, which counts by address: it names the phone's, and the relay
 * believes that from proxies it was told to trust.
 */
function connectForPhone(
  { relay, tls }: Pick<ResolvedGatewayOptions, 'relay' | 'tls'>,
  handler: ChannelHandler,
  phoneAddress: string,
): Channel {
  class PhoneWebSocket extends WebSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols, { tls, headers: { 'X-Forwarded-For': phoneAddress } });
    }
  }
  // The header fields above are said by a WebSocket only.
  return connectChannel(relay, handler, { WebSocket: PhoneWebSocket, transport: 'websocket' });
}
