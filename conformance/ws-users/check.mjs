// Runs one check and judges what the engine reports of it: see run.mjs.
import { subscribe } from 'node:diagnostics_channel';

const [name] = process.argv.slice(2);
const { default: check, connections } = await import(`./checks/${name}.mjs`);

/** Connections of each role that the engine opened, and how each of them ended. */
const opened = { server: 0, client: 0 };
const ends = [];
subscribe('pairwire:websocket:open', ({ role }) => {
  opened[role] += 1;
});
subscribe('pairwire:websocket:close', ({ role, code, wasClean }) => {
  ends.push({ role, code, wasClean });
});

// A check that never ends would end the process without a word.
setTimeout(() => {
  console.error(`${name}: still not done`);
  process.exit(1);
}, 30_000);
const said = await check();
await until(() => ends.length === opened.server + opened.client);

const faults = [];
for (const [role, count] of Object.entries(connections)) {
  if (opened[role] < count) faults.push(`${opened[role]} ${role} connections, expected ${count}`);
}
for (const end of ends) {
  if (!end.wasClean) faults.push(`a ${end.role} connection ended unclean (${end.code})`);
}
if (faults.length > 0) {
  console.error(`${name}: ${faults.join('; ')}`);
  process.exit(1);
}
const counts = `${opened.server} server, ${opened.client} client connections`;
console.log(`ok ${name}: ${said} (${counts}, all closed cleanly)`);
process.exit(0);

/** @param {() => boolean} condition */
async function until(condition) {
  const deadline = Date.now() + 10_000;
  while (!condition() && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
