/** docs/reference/relay-*.md say what the source says, and nothing is missing on either side. */
import { readFileSync } from 'node:fs';
import { END_REASONS, mayComeBack, REFUSALS, RelayCloseCode } from '@pairwire/pairing/rendezvous';
import { describe, expect, test } from 'vitest';

import { PROBLEMS } from '../../src/relay/http-answer.ts';
import { RELAY_DEFAULTS } from '../../src/relay/options.ts';

function read(page: string): string {
  return readFileSync(new URL(`../../../../docs/reference/${page}`, import.meta.url), 'utf8');
}

/** The cells of every row of every table in the page, or below one heading. */
function rows(page: string, heading = ''): string[][] {
  const sections = read(page).split(/^#+ /m);
  return sections
    .filter((section) => section.startsWith(heading))
    .flatMap((section) =>
      section
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .slice(2),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

function format(value: (typeof RELAY_DEFAULTS)[keyof typeof RELAY_DEFAULTS]): string {
  if (typeof value === 'number') return value.toLocaleString('en-US');
  if (typeof value === 'object') return value.join(', ') || 'none';
  return String(value ?? 'none');
}

test('relay-options.md has every option with its default', () => {
  const documented = rows('relay-options.md').map(([name = '', usual]) => [name, usual]);
  const source = Object.entries(RELAY_DEFAULTS).map(([name, value]) => [name, format(value)]);
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(source));
  expect(documented).toHaveLength(source.length);
});

test('relay-close-codes.md has every code, and says of each whether to come back', () => {
  const documented = rows('relay-close-codes.md').map((cells) => cells.slice(0, 3));
  const source = Object.entries(RelayCloseCode).map(([name, code]) => [
    `${code}`,
    name,
    mayComeBack(code) ? 'yes' : 'no',
  ]);
  expect(documented).toEqual([['1000', '–', 'yes'], ...source]);
});

describe('relay-errors.md', () => {
  const PAGE = 'relay-errors.md';

  test('has every refusal', () => {
    const documented = rows(PAGE, 'Refusals').map(([reason]) => reason?.replace(' *', ''));
    expect(documented).toEqual([...REFUSALS]);
  });

  test('has every reason of an end', () => {
    expect(rows(PAGE, 'Ends of a link').map(([reason]) => reason)).toEqual([...END_REASONS]);
  });

  test('has every HTTP problem with its status', () => {
    const documented = rows(PAGE, 'HTTP').map(([status, error]) => [status, error]);
    const source = Object.values(PROBLEMS).map(({ status, error }) => [`${status}`, error]);
    expect(documented).toEqual(source);
  });

  test('has every line of the log', () => {
    const documented = rows(PAGE, 'Log').flatMap(([messages]) => (messages ?? '').split(', '));
    const files = ['link-table', 'link-service', 'relay', 'relay-server'].map((name) =>
      readFileSync(new URL(`../../src/relay/${name}.ts`, import.meta.url), 'utf8'),
    );
    const calls = files.join('\n').matchAll(/#?log(?:\.\w+)?\([^'`)]*\)?[^'`)]*['`]([^'`]+)['`]/g);
    const logged = new Set([...calls].map(([, message]) => message ?? ''));
    for (const message of logged) {
      const isDocumented = documented.some(
        (text) => text === message || message === `link \${state}`,
      );
      expect([message, isDocumented]).toEqual([message, true]);
    }
    expect(logged.size).toBeGreaterThanOrEqual(4);
  });
});
