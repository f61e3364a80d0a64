import { createHmac } from 'node:crypto';
import type { Channel, ChannelHandler } from '@pairwire/channel/client';
import type { Packet, PipeHandler } from '@pairwire/pairing';

import { CoapServer } from '../../src/coap/index.ts';
import { GATEWAY_DEFAULTS, type GatewayLimits } from '../../src/gateway/options.ts';
import { PipeResource } from '../../src/gateway/pipe-resource.ts';
import { createCoapPipe, type CoapPipeOptions } from '../../src/simulator/coap-pipe.ts';
import { VirtualEnvironment } from '../coap/virtual-environment.ts';
import { VirtualNetwork, type NetworkFaults } from '../coap/virtual-network.ts';

/** The relay's end of a channel, played by the test. */
class FakeChannel implements Channel {
  readonly transport = 'websocket';
  state: Channel['state'] = 'connecting';
  bufferedBytes = 0;
  paused = false;
  /** What `send` answers. */
  hasRoom = true;
  readonly received: Packet[] = [];
  closedWith: { code: number; reason: string } | undefined;
  readonly phoneAddress: string;
  readonly #handler: ChannelHandler;

  constructor(handler: ChannelHandler, phoneAddress: string) {
    this.#handler = handler;
    this.phoneAddress = phoneAddress;
  }

  send(packet: Packet): boolean {
    this.received.push(packet);
    return this.hasRoom;
  }

  close(code = 1000, reason = ''): void {
    if (code !== 1000 && (code < 3000 || code > 4999)) throw new RangeError('close code');
    this.closedWith = { code, reason };
    this.state = 'closed';
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  // The relay's side.

  open(): void {
    this.state = 'open';
    this.#handler.open?.();
  }

  deliver(packet: Packet): void {
    this.#handler.packet(packet);
  }

  drain(): void {
    this.hasRoom = true;
    this.#handler.drain?.();
  }

  endByRelay(code: number, reason = ''): void {
    this.state = 'closed';
    this.#handler.close({ code, reason, wasClean: code !== 1006 });
  }
}

/** What an endpoint would hear of its pipe. */
export class PipeLog implements PipeHandler {
  readonly packets: Packet[] = [];
  opened = 0;
  drained = 0;
  closedWith: { code: number; reason: string } | undefined;

  open(): void {
    this.opened += 1;
  }

  packet(packet: Packet): void {
    this.packets.push(packet);
  }

  drain(): void {
    this.drained += 1;
  }

  close({ code, reason }: { code: number; reason: string }): void {
    if (this.closedWith) throw new Error('closed twice');
    this.closedWith = { code, reason };
  }
}

export interface VirtualGatewayOptions {
  seed?: number;
  faults?: NetworkFaults;
  limits?: Partial<GatewayLimits>;
  /** Whether the relay accepts each channel at once. Default true. */
  accept?: boolean;
}

/** Gateway and phones over a network in memory, with a clock that the test moves. */
export function createVirtualGateway(options: VirtualGatewayOptions = {}) {
  const environment = new VirtualEnvironment(options.seed);
  const network = new VirtualNetwork(environment, options.faults);
  const channels: FakeChannel[] = [];
  const pipes: PipeResource = new PipeResource({
    environment,
    limits: { ...GATEWAY_DEFAULTS, ...options.limits },
    log: { info: () => {}, warn: () => {} },
    notify: (...notification) => server.notify(...notification),
    connect: (handler, phoneAddress) => {
      const channel = new FakeChannel(handler, phoneAddress);
      channels.push(channel);
      if (options.accept ?? true) environment.setTimer(1, () => channel.open());
      return channel;
    },
  });
  const server = new CoapServer({
    environment,
    hmac: (data) => createHmac('sha256', 'key').update(data).digest(),
    transmit: (datagram, peer) => network.send(datagram, 'gateway', peer.address),
    screen: (request) => pipes.screen(request),
    request: (request, respond) => pipes.request(request, respond),
  });
  network.attach('gateway', (datagram, from) => server.receive(datagram, from));

  /** Advances the clock; promises that become due in between are served. */
  const advance = async (durationMs: number) => {
    for (let passedMs = 0; passedMs < durationMs; passedMs += 50) {
      environment.advance(50);
      await Promise.resolve();
    }
  };

  /** Opens a phone's pipe from that address; `moveTo` gives it another one, as a router may. */
  const openPipe = (address: string, changes: Partial<CoapPipeOptions> = {}) => {
    const log = new PipeLog();
    let current = address;
    let receive: (datagram: Uint8Array) => void = () => {};
    const attach = () => network.attach(current, (datagram) => receive(datagram));
    const pipe = createCoapPipe({
      host: 'gateway',
      environment,
      ...changes,
      connect: (socket) => {
        receive = (datagram) => socket.receive(datagram);
        attach();
        return Promise.resolve({
          send: (datagram) => network.send(datagram, current, 'gateway'),
          close: () => {
            receive = () => {};
          },
        });
      },
    })(log);
    const moveTo = (next: string) => {
      network.attach(current, () => {});
      current = next;
      attach();
    };
    return { pipe, log, moveTo };
  };

  return { environment, network, channels, pipes, server, advance, openPipe };
}
