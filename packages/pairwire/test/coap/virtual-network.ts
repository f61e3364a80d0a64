import type { Peer } from '../../src/coap/index.ts';
import type { VirtualEnvironment } from './virtual-environment.ts';

export interface NetworkFaults {
  /** Part of the datagrams that never arrives, 0 to 1. */
  lost?: number;
  /** Part that arrives twice. */
  duplicated?: number;
  /** Delays are drawn from 1 ms to this; above 1 datagrams overtake each other. */
  maxDelayMs?: number;
}

type Receive = (datagram: Uint8Array, from: Peer) => void;

/** Datagrams between addresses in memory, with every fault of a real network. */
export class VirtualNetwork {
  faults: NetworkFaults;
  sentBytes = 0;
  readonly #environment: VirtualEnvironment;
  readonly #receivers = new Map<string, Receive>();

  constructor(environment: VirtualEnvironment, faults: NetworkFaults = {}) {
    this.#environment = environment;
    this.faults = faults;
  }

  attach(address: string, receive: Receive): void {
    this.#receivers.set(address, receive);
  }

  send(datagram: Uint8Array, from: string, to: string): void {
    const { lost = 0, duplicated = 0, maxDelayMs = 1 } = this.faults;
    this.sentBytes += datagram.length;
    const copies = this.#environment.random() < duplicated ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (this.#environment.random() < lost) continue;
      const bytes = datagram.slice();
      this.#environment.setTimer(1 + this.#environment.random() * (maxDelayMs - 1), () =>
        this.#receivers.get(to)?.(bytes, { address: from, port: 1 }),
      );
    }
  }
}
