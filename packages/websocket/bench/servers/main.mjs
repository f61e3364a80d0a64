/**
 * One server in a process of its own: `node main.mjs MODULE OPTIONS`. Says on which port it listens;
 * then answers each line of stdin, `cpu` or `memory`, with a line of JSON.
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const [module, options] = process.argv.slice(2);
const { listen } = await import(module);
const port = await listen(JSON.parse(options));
console.log(JSON.stringify({ port }));

const answers = {
  /** In µs, all threads of the process together. */
  cpu() {
    const { user, system } = process.cpuUsage();
    return { cpu: user + system };
  },

  /** In bytes, garbage collected. */
  async memory() {
    for (let round = 0; round < 5; round++) {
      if (globalThis.Bun === undefined) globalThis.gc?.();
      else globalThis.Bun.gc(true);
      await sleep(100);
    }
    return { memory: process.memoryUsage().rss };
  },
};

for await (const question of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answers[question]()));
}
process.exit();
