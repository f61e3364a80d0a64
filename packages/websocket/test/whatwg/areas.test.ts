/** The page about the web platform names the areas that are tested here, and no others. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const PAGE = new URL('../../../../docs/reference/whatwg-websocket.md', import.meta.url);

function areas(): [name: string, applies: string, text: string][] {
  const section = readFileSync(PAGE, 'utf8').split('\n## Areas\n')[1] ?? '';
  const rows = section.matchAll(/^\| `([^`]+)` +\| (\w+) +\| (.*) \|$/gm);
  return [...rows].map(([, name = '', applies = '', text = '']) => [name, applies, text.trim()]);
}

/** The names of all `describe` blocks beside this file, as far as they are areas. */
function described(): string[] {
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.ts'));
  return files.flatMap((name) => {
    const source = readFileSync(new URL(name, import.meta.url), 'utf8');
    const blocks = source.matchAll(/^describe(?:\.each\(.*\))?\(\n? *'([^':]+)(?:: [^']*)?'/gm);
    return [...blocks].map(([, block = '']) => block);
  });
}

test('every area that applies has its tests, and every test its area', () => {
  const applying = areas().filter(([, applies]) => applies === 'yes');
  expect(applying.map(([name]) => name).toSorted()).toEqual(
    [...new Set(described().filter((name) => !name.includes(' ')))].toSorted(),
  );
});

test('every area says what is tested, or why not', () => {
  expect(areas().length).toBeGreaterThan(30);
  for (const [name, applies, text] of areas()) {
    expect([name, ['yes', 'no'].includes(applies), text.length > 5]).toEqual([name, true, true]);
  }
});
