/** A relay, a gateway and a few links between them, all of it real, with a bad network in between. */
import { createCoapPipe } from '../../packages/pairwire/src/simulator/coap-pipe.ts';
import { findFreePort } from '../free-port.ts';
import { Wire } from '../proxies/wire.ts';
import { Program } from '../system/program.ts';
import { LossyUdpProxy } from '../system/udp-proxy.ts';
import {
  PageCorrespondent,
  PhoneCorrespondent,
  waysTo,
  type Correspondent,
} from './correspondent.ts';

export interface Link {
  readonly page: PageCorrespondent;
  readonly phone: PhoneCorrespondent;
}

/** Processes, by what they say when they are ready. */
async function startRelay(at?: number): Promise<{ program: Program; port: number }> {
  const port = at ?? (await findFreePort());
  const program = new Program(['relay', '--port', `${port}`, '--log-level', 'error']);
  await program.line(/^ready /m);
  return { program, port };
}

async function startGateway(relayPort: number): Promise<{ program: Program; port: number }> {
  const relay = `http://127.0.0.1:${relayPort}`;
  const program = new Program([
    'gateway',
    '--udp-port',
    '0',
    '--relay',
    relay,
    '--log-level',
    'error',
  ]);
  const [, told = ''] = await program.line(/^ready coap:\/\/[^\s:]+:(\d+)/m);
  return { program, port: Number(told) };
}

/** How many links of which kind there are: two phones with channels, one with CoAP. */
const PHONES = ['channel', 'channel', 'coap'] as const;

export class World {
  /** One piece of network for each that speaks TCP to the relay, the gateway's first. */
  readonly wires: Wire[] = [];
  readonly links: Link[] = [];
  readonly udp: LossyUdpProxy;
  readonly #gatewayWire: Wire;
  #relay: { program: Program; port: number };
  #gateway: { program: Program; port: number };
  /** The next relay, started in advance: another one, at another address. */
  #standby: Promise<{ program: Program; port: number }>;
  #changed: () => void = () => {};

  private constructor(
    relay: { program: Program; port: number },
    gateway: { program: Program; port: number },
    gatewayWire: Wire,
    udp: LossyUdpProxy,
  ) {
    this.#relay = relay;
    this.#gateway = gateway;
    this.#standby = startRelay();
    this.udp = udp;
    this.#gatewayWire = gatewayWire;
    this.wires.push(gatewayWire);
  }

  static async start(seed: number): Promise<World> {
    const relay = await startRelay();
    const gatewayWire = new Wire({ targetPort: relay.port });
    const gateway = await startGateway(await gatewayWire.listen());
    const udp = new LossyUdpProxy({ targetPort: gateway.port, seed, keeps: false });
    const udpPort = await udp.listen();
    const world = new World(relay, gateway, gatewayWire, udp);
    for (const [i, kind] of PHONES.entries()) await world.#pair(i, kind, udpPort);
    return world;
  }

  get correspondents(): Correspondent[] {
    return this.links.flatMap(({ page, phone }) => [page, phone]);
  }

  /** Waits until it holds, which is looked at whenever an end has heard something. */
  async until(condition: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = performance.now() + limitMs;
    while (!condition()) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return true;
  }

  /** Dies without a word, and comes back at the same address with an empty memory. */
  async restartRelay(): Promise<void> {
    await this.#relay.program.end('SIGKILL');
    this.#relay = await startRelay(this.#relay.port);
  }

  /** Dies without a word, while another one is ready at another address. */
  async replaceRelay(): Promise<void> {
    const dead = this.#relay;
    this.#relay = await this.#standby;
    for (const wire of this.wires) wire.targetPort = this.#relay.port;
    await dead.program.end('SIGKILL');
    this.#standby = startRelay();
  }

  async replaceGateway(): Promise<void> {
    await this.#gateway.program.end('SIGKILL');
    this.#gateway = await startGateway(this.#gatewayWire.port);
    this.udp.targetPort = this.#gateway.port;
  }

  /** Keeps its connections but does nothing, as a machine that swaps. */
  freezeRelay(): void {
    this.#relay.program.signal('SIGSTOP');
  }

  thawRelay(): void {
    this.#relay.program.signal('SIGCONT');
  }

  /** Nothing is wrong any more. */
  heal(): void {
    this.thawRelay();
    this.udp.setFaults({});
    for (const wire of this.wires) wire.mode = 'passing';
  }

  async stop(): Promise<void> {
    this.heal();
    for (const { endpoint } of this.correspondents) endpoint.stop();
    for (const wire of this.wires) await wire.close();
    await this.udp.close();
    const standby = await this.#standby;
    for (const { program } of [this.#relay, this.#gateway, standby]) await program.end();
  }

  async #pair(i: number, kind: (typeof PHONES)[number], udpPort: number): Promise<void> {
    const changed = () => this.#changed();
    const page = new PageCorrespondent(`page ${i}`, waysTo(await this.#addWire()), changed);
    page.endpoint.start();
    await this.#reach(() => page.received.phase === 'waiting');
    const overUdp = createCoapPipe({ host: '127.0.0.1', port: udpPort });
    const overTcp = waysTo(await this.#addWire());
    const ways = kind === 'coap' ? [overUdp, ...overTcp] : [...overTcp, overUdp];
    const phone = new PhoneCorrespondent(`phone ${i}`, ways, page.received.guid, changed);
    this.links.push({ page, phone });
    phone.endpoint.claim();
    await this.#reach(
      () => phone.received.number !== undefined && page.received.choices.length > 0,
    );
    page.endpoint.choose(phone.received.number ?? null);
    await this.#reach(() => [page, phone].every(({ received }) => received.phase === 'connected'));
  }

  async #addWire(): Promise<number> {
    const wire = new Wire({ targetPort: this.#relay.port });
    const port = await wire.listen();
    this.wires.push(wire);
    return port;
  }

  async #reach(condition: () => boolean): Promise<void> {
    if (!(await this.until(condition, 20_000))) throw new Error('the ends did not connect');
  }
}
