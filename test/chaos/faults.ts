/** What goes wrong. Each fault begins in the middle of typing, and is over when its promise is. */
import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../system/seeded-random.ts';
import type { World } from './world.ts';

export interface Fault {
  readonly name: string;
  /** How often, compared with the others. */
  readonly weight: number;
  run(world: World, random: SeededRandom): Promise<void> | void;
}

const SECOND_MS = 1000;

const FAULTS: readonly Fault[] = [
  { name: 'relay killed and started again', weight: 2, run: (world) => world.restartRelay() },
  {
    name: 'relay killed, another at another address',
    weight: 4,
    run: (world) => world.replaceRelay(),
  },
  { name: 'gateway killed', weight: 2, run: (world) => world.replaceGateway() },
  {
    name: 'relay frozen',
    weight: 2,
    async run(world, random) {
      world.freezeRelay();
      await pause(random.between(50, 600));
      world.thawRelay();
    },
  },
  {
    name: 'connections cut',
    weight: 6,
    async run(world, random) {
      for (let cut = random.between(1, 4); cut > 0; cut--) {
        random.pick(world.wires).cutAll();
        await pause(random.between(0, 60));
      }
    },
  },
  {
    name: 'no network',
    weight: 3,
    async run(world, random) {
      const wire = random.pick(world.wires);
      wire.mode = 'refusing';
      wire.cutAll();
      await pause(random.between(50, 500));
      wire.mode = 'passing';
    },
  },
  {
    name: 'nothing passes, buffers fill up',
    weight: 3,
    async run(world, random) {
      const wire = random.pick(world.wires);
      wire.mode = 'stalled';
      const long = 'x'.repeat(random.between(1_000, 40_000));
      for (const writer of world.correspondents) writer.type(long);
      await pause(random.between(50, 500));
      wire.mode = 'passing';
    },
  },
  {
    name: 'everything is swallowed',
    weight: 2,
    async run(world, random) {
      const wire = random.pick(world.wires);
      wire.mode = 'swallowing';
      await pause(random.between(50, 400));
      wire.mode = 'passing';
    },
  },
  {
    name: 'datagrams lost, doubled, out of order',
    weight: 4,
    async run(world, random) {
      world.udp.setFaults({ lost: 0.2, duplicated: 0.2, reordered: 0.3 });
      await pause(random.between(100, 500));
      if (random.chance(0.3)) world.udp.forgetClients();
    },
  },
  {
    name: 'moved to another pipe',
    weight: 6,
    async run(world, random) {
      for (let move = random.between(1, 5); move > 0; move--) {
        const mover = random.pick(world.correspondents);
        mover.move(random.pick(mover.ways));
        await pause(random.between(0, 60));
      }
    },
  },
  {
    name: 'pages loaded anew',
    weight: 5,
    async run(world, random) {
      for (let reload = random.between(1, 3); reload > 0; reload--) {
        const { page, phone } = random.pick(world.links);
        if (random.chance(0.3)) await Promise.all([page.reload(), phone.reload()]);
        else await random.pick([page, phone]).reload();
        await pause(random.between(0, 60));
      }
    },
  },
  {
    name: 'clock set',
    weight: 3,
    run(world, random) {
      const byMs = random.between(-1200, 1200) * SECOND_MS;
      random.pick(world.correspondents).clock.jump(byMs);
    },
  },
];

/** One of them, the more often the heavier. */
export function pickFault(random: SeededRandom): Fault {
  const total = FAULTS.reduce((sum, { weight }) => sum + weight, 0);
  let left = random.next() * total;
  for (const fault of FAULTS) {
    left -= fault.weight;
    if (left < 0) return fault;
  }
  return random.pick(FAULTS);
}
