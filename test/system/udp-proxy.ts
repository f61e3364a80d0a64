/** A UDP proxy that may lose, repeat and delay datagrams, by a seed, and keeps them when told to. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { SeededRandom } from './seeded-random.ts';

/** Chances between 0 and 1, for each datagram in each direction. */
export interface UdpFaults {
  lost?: number;
  duplicated?: number;
  /** Held back until up to three later ones have passed. */
  reordered?: number;
}

export interface UdpProxyOptions extends UdpFaults {
  targetPort: number;
  seed?: number;
  /** Whether `datagrams` holds every one of them. Default true. */
  keeps?: boolean;
}

const NO_FAULTS = { lost: 0, duplicated: 0, reordered: 0 };

export class LossyUdpProxy {
  readonly datagrams: Buffer[] = [];
  /** May be changed at any time: where the server is now. */
  targetPort: number;
  #faults: Required<UdpFaults>;
  readonly #keeps: boolean;
  readonly #front: Socket = createSocket('udp4');
  /** One socket per client, so that answers find their way back. */
  readonly #backs = new Map<number, Socket>();
  readonly #random: SeededRandom;

  constructor({ targetPort, seed = 1, keeps = true, ...faults }: UdpProxyOptions) {
    this.targetPort = targetPort;
    this.#keeps = keeps;
    this.#faults = { ...NO_FAULTS, ...faults };
    this.#random = new SeededRandom(seed);
    this.#front.on('message', (datagram, { port }) => {
      const back = this.#backFor(port);
      this.#pass(datagram, () => back.send(datagram, this.targetPort, '127.0.0.1'));
    });
  }

  /** From now on; those not named are over. */
  setFaults(faults: UdpFaults): void {
    this.#faults = { ...NO_FAULTS, ...faults };
  }

  /** Forgets who is behind which port, as a router does that was switched off and on. */
  forgetClients(): void {
    for (const back of this.#backs.values()) back.close();
    this.#backs.clear();
  }

  async listen(): Promise<number> {
    this.#front.bind(0, '127.0.0.1');
    await once(this.#front, 'listening');
    return this.#front.address().port;
  }

  async close(): Promise<void> {
    this.forgetClients();
    const closed = once(this.#front, 'close');
    this.#front.close();
    await closed;
  }

  #backFor(clientPort: number): Socket {
    const known = this.#backs.get(clientPort);
    if (known) return known;
    const back = createSocket('udp4');
    this.#backs.set(clientPort, back);
    back.on('message', (datagram) => {
      this.#pass(datagram, () => this.#front.send(datagram, clientPort, '127.0.0.1'));
    });
    back.on('error', () => {});
    return back;
  }

  #pass(datagram: Buffer, send: () => void): void {
    if (this.#keeps) this.datagrams.push(Buffer.from(datagram));
    const { lost, duplicated, reordered } = this.#faults;
    if (this.#random.chance(lost)) return;
    const copies = this.#random.chance(duplicated) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random.chance(reordered)) {
        setTimeout(() => ignoreClosed(send), this.#random.next() * 30);
      } else {
        send();
      }
    }
  }
}

/** What was held back may come due when its socket is gone. */
function ignoreClosed(send: () => void): void {
  try {
    send();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') throw error;
  }
}
