/** A UDP proxy on a free port that loses, doubles and reorders datagrams, the same way for the same seed. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

import { createRandom } from '../coap/virtual-environment.ts';

export interface LossyProxyOptions {
  target: { host: string; port: number };
  seed: number;
  /** Parts of all datagrams, 0 to 1. */
  lost: number;
  duplicated: number;
  reordered: number;
  /** How long a reordered datagram is held back. */
  holdMs: number;
}

export class LossyProxy {
  readonly #options: LossyProxyOptions;
  readonly #random: () => number;
  readonly #front = createSocket('udp4');
  /** One towards the target for each client, by its port. */
  readonly #backs = new Map<number, Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly counters = { passed: 0, lost: 0 };

  constructor(options: LossyProxyOptions) {
    this.#options = options;
    this.#random = createRandom(options.seed);
  }

  async listen(): Promise<{ host: string; port: number }> {
    this.#front.bind(0, '127.0.0.1');
    await once(this.#front, 'listening');
    this.#front.on('message', (datagram, { port }) => {
      const back = this.#backFor(port);
      const { target } = this.#options;
      this.#spoil(() => back.send(datagram, target.port, target.host, () => {}));
    });
    return { host: '127.0.0.1', port: this.#front.address().port };
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const back of this.#backs.values()) back.close();
    this.#backs.clear();
    this.#front.close();
  }

  #backFor(clientPort: number): Socket {
    const known = this.#backs.get(clientPort);
    if (known) return known;
    const back = createSocket('udp4');
    back.on('message', (datagram) => {
      this.#spoil(() => this.#front.send(datagram, clientPort, '127.0.0.1', () => {}));
    });
    this.#backs.set(clientPort, back);
    return back;
  }

  #spoil(deliver: () => void): void {
    const { lost, duplicated, reordered, holdMs } = this.#options;
    const copies = this.#random() < duplicated ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (this.#random() < lost) {
        this.counters.lost += 1;
        continue;
      }
      this.counters.passed += 1;
      if (this.#random() >= reordered) {
        deliver();
        continue;
      }
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        deliver();
      }, holdMs);
      this.#timers.add(timer);
    }
  }
}
