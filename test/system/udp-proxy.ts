/** A UDP proxy that keeps every datagram and may lose, repeat and delay them, by a seed. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface UdpProxyOptions {
  targetPort: number;
  /** Chances between 0 and 1, for each datagram in each direction. */
  lost?: number;
  duplicated?: number;
  /** Held back until up to three later ones have passed. */
  reordered?: number;
  seed?: number;
}

export class LossyUdpProxy {
  readonly datagrams: Buffer[] = [];
  readonly #options: Required<UdpProxyOptions>;
  readonly #front: Socket = createSocket('udp4');
  /** One socket per client, so that answers find their way back. */
  readonly #backs = new Map<number, Socket>();
  readonly #random: () => number;

  constructor(options: UdpProxyOptions) {
    this.#options = { lost: 0, duplicated: 0, reordered: 0, seed: 1, ...options };
    this.#random = mulberry32(this.#options.seed);
    this.#front.on('message', (datagram, { port }) => {
      const back = this.#backFor(port);
      this.#pass(datagram, () => back.send(datagram, this.#options.targetPort, '127.0.0.1'));
    });
  }

  async listen(): Promise<number> {
    this.#front.bind(0, '127.0.0.1');
    await once(this.#front, 'listening');
    return this.#front.address().port;
  }

  async close(): Promise<void> {
    for (const back of this.#backs.values()) back.close();
    this.#backs.clear();
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
    this.datagrams.push(Buffer.from(datagram));
    const { lost, duplicated, reordered } = this.#options;
    if (this.#random() < lost) return;
    const copies = this.#random() < duplicated ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random() < reordered) setTimeout(() => this.#ifOpen(send), this.#random() * 30);
      else send();
    }
  }

  #ifOpen(send: () => void): void {
    if (this.#backs.size > 0) send();
  }
}

/** A small seeded generator, so that a failing run can be played again. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
