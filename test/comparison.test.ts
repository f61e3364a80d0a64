/** The table in packages/websocket/README.md says what the committed results say. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import type { Level } from '../conformance/src/case.ts';
import { frameCases } from '../conformance/src/cases/index.ts';
import { deflateOffers, openingHandshake } from '../conformance/src/cases/opening-handshake.ts';
import { openingResponse } from '../conformance/src/cases/opening-response.ts';
import { read, root } from './source-files.ts';

const readme = read('packages/websocket/README.md');
const table = readme
  .slice(readme.indexOf('## Beside others'))
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  );
const engines = ['pairwire', 'ws', 'websocket', 'faye-websocket', 'undici'];
const levels = new Map<string, Level>(
  [...frameCases, ...openingHandshake, ...deflateOffers, ...openingResponse].map((one) => [
    one.id,
    one.level,
  ]),
);

function row(title: string): string[] {
  return table.find(([first]) => first === title)?.slice(1, -1) ?? [];
}

/** Passed cases of those that apply to an engine. */
function score(engine: string, role: string, level?: Level): string {
  const file = `conformance/expected/${engine}-${role}.json`;
  if (!existsSync(join(root, file))) return `no ${role}`;
  const results = JSON.parse(read(file)) as Record<string, string>;
  const verdicts = Object.entries(results)
    .filter(([id, verdict]) => {
      return verdict !== 'not-applicable' && (level === undefined || levels.get(id) === level);
    })
    .map(([, verdict]) => verdict);
  return `${verdicts.filter((verdict) => verdict === 'pass').length} of ${verdicts.length}`;
}

describe('the comparison with other engines', () => {
  test.each(['server', 'client'])('has the results of the kit for every %s', (role) => {
    const all = engines.map((engine) => score(engine, role));
    const musts = engines.map((engine) => score(engine, role, 'must'));
    expect(row(`Conformance kit, ${role}: cases that quote a MUST`)).toEqual(musts);
    expect(row(`Conformance kit, ${role}: all cases`)).toEqual(all);
  });

  test('knows the level of every case', () => {
    const folder = join(root, 'conformance/expected');
    const files = readdirSync(folder).filter((file) => !file.includes('http2'));
    const ids = files.flatMap((file) =>
      Object.keys(JSON.parse(read(`conformance/expected/${file}`)) as object),
    );
    expect([...new Set(ids)].filter((id) => !levels.has(id))).toEqual([]);
  });

  test('names the versions that are installed to compare with', () => {
    const { dependencies } = JSON.parse(read('packages/websocket/bench/peers/package.json')) as {
      dependencies: Record<string, string>;
    };
    for (const engine of engines.slice(1)) {
      expect(table[0]).toContain(`\`${engine}\` ${dependencies[engine]}`);
    }
  });

  test('leaves no cell open', () => {
    for (const cells of table) {
      expect(cells).toHaveLength(table[0]?.length ?? 0);
      for (const cell of cells.slice(1)) expect(cell).toMatch(/^(?!–$)./);
    }
  });
});
