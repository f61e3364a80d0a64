/**
 * Measures the engine against other engines and against the limit of Node's own sockets.
 *
 *   npm run bench -w @pairwire/websocket [-- --quick] [-- --cells 'text 125 B' --cells opening]
 *     [-- --engines raw,pairwire,ws] [-- --windows 5] [-- --window-ms 500] [-- --out table.md] [-- --busy]
 *
 * What counts is the server's CPU time per message: the server runs in its own process on one core, the load in
 * another on the second. Engines take turns window by window, and the median of the windows is shown, so that what else
 * the machine does falls on all of them alike. For 10,000 connections the limit on open files must allow as many.
 */
import { writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { parseArgs } from 'node:util';
import { cellsFor } from './parts/cells.mjs';
import { engines, prepareEngines } from './parts/engines.mjs';
import { prepareLoad } from './parts/load.mjs';
import { measure } from './parts/measure.mjs';
import { canPin } from './parts/process.mjs';
import { formatBusy, formatHead, formatRow } from './parts/table.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    cells: { type: 'string', multiple: true, default: [''] },
    engines: { type: 'string', default: Object.keys(engines).join(',') },
    windows: { type: 'string' },
    'window-ms': { type: 'string' },
    out: { type: 'string' },
    busy: { type: 'boolean', default: false },
  },
});
const windows = Number(values.windows ?? (values.quick ? 3 : 5));
const windowMs = Number(values['window-ms'] ?? (values.quick ? 200 : 500));

const wanted = prepareEngines(values.engines.split(',').filter((name) => name in engines));
const columns = wanted.filter((name) => name !== 'http');
const cells = cellsFor(values).filter(({ name }) =>
  values.cells.some((words) => name.includes(words)),
);
const load = prepareLoad();

const lines = [];
const say = (line) => {
  lines.push(line);
  console.log(line);
};
const cores = cpus();
say(
  `Node ${process.version}, ${type()} ${release()}, ${cores.length} × ${cores[0]?.model.trim()}; load in ${load.kind}, ` +
    `${canPin ? 'server and load pinned to a core each' : 'not pinned'}; median of ${windows} windows of ${windowMs} ms. ` +
    'µs of server CPU per message; memory in KiB per connection.\n',
);
say(formatHead(columns));
for (const cell of cells) {
  const names = cell.engines.filter((name) => wanted.includes(name));
  const results = await measure(cell, names, { load: load.command, windows, windowMs });
  say(formatRow(columns, cell, results));
  if (values.busy && cell.kind !== 'memory') console.error(formatBusy(cell, results));
}
if (values.out !== undefined) writeFileSync(values.out, `${lines.join('\n')}\n`);
