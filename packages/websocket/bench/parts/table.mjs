/** The results as a table in Markdown. */
import { engines } from './engines.mjs';

const KIB = 1_024;

/** `http` stands for `raw` where there is one: both are the limit of Node's own sockets. */
const columnOf = (name) => (name === 'http' ? 'raw' : name);

/**
 * @param {string[]} columns - names of engines
 * @returns one line of cells: each engine's cost, behind ours its ratio to raw and that of ws to ours
 */
export function formatRow(columns, cell, results) {
  const costs = new Map(results.map(({ name, cost }) => [columnOf(name), cost]));
  const unit = cell.kind === 'memory' ? KIB : 1;
  const ours = costs.get('pairwire');
  return line([
    cell.name,
    ...columns.map((name) => (costs.has(name) ? figure(costs.get(name) / unit) : '–')),
    ratio(ours, costs.get('raw')),
    ratio(costs.get('ws'), ours),
  ]);
}

export function formatHead(columns) {
  const titles = columns.map((name) => engines[name].title);
  return [
    line(['Cell', ...titles, 'pairwire ÷ raw', 'ws ÷ pairwire']),
    line(['---', ...titles.map(() => '---:'), '---:', '---:']),
  ].join('\n');
}

/** Who was the limit: a load that is busy all the time while the server rests measures itself. */
export function formatBusy(cell, results) {
  const shares = results.map(
    ({ name, rate, serverBusy, loadBusy }) =>
      `${name} ${Math.round(rate)}/s, server ${percent(serverBusy)}, load ${percent(loadBusy)}`,
  );
  return `${cell.name}: ${shares.join('; ')}`;
}

function ratio(numerator, denominator) {
  if (numerator === undefined || denominator === undefined) return '–';
  return (numerator / denominator).toFixed(2);
}

function figure(value) {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function percent(share) {
  return `${Math.round(share * 100)} %`;
}

function line(fields) {
  return `| ${fields.join(' | ')} |`;
}
