/** One server in a process of its own: `node server.mjs ENGINE OPTIONS`. Answers `cpu` and `memory`. */
import { engines } from './engines.mjs';

const [engine, options] = process.argv.slice(2);
const port = await engines[engine](JSON.parse(options));

process.on('message', (question) => {
  if (question === 'cpu') process.send(process.cpuUsage());
  if (question === 'memory') {
    for (let i = 0; i < 4; i++) globalThis.gc?.();
    process.send(process.memoryUsage());
  }
});
process.on('disconnect', () => process.exit());
process.send({ port });
