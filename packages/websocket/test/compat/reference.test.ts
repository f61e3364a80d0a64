// docs/reference/ws-compat.md says what differs from `ws`; this keeps it true.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ProtocolError, type ProtocolErrorCode } from '@pairwire/websocket';
import * as facade from '@pairwire/websocket/compat';
import { frameErrorOf } from '../../src/compat/error-texts.ts';
import { original } from './both.ts';

const page = read('../../../../docs/reference/ws-compat.md');

test('the page lists every option that the types have, by role', () => {
  const source = read('../../src/compat/options.ts');
  const optionsOf = (name: string): string[] => {
    const [, body = ''] =
      new RegExp(`interface ${name}\\b[^{]*\\{\\n(.*?)\\n\\}\\n`, 's').exec(source) ?? [];
    return Array.from(body.matchAll(/^ {2}(\w+)\?:/gm), ([, option = '']) => option);
  };
  const listed = (role: string): string[] =>
    rows('Option').flatMap(([option, of]) => (of === role ? [option ?? ''] : []));
  expect(listed('both').sort()).toEqual(optionsOf('ConnectionOptions').sort());
  expect(listed('client').sort()).toEqual(optionsOf('ClientOptions').sort());
  expect(listed('server').sort()).toEqual(optionsOf('ServerOptions').sort());
});

test('what it calls absent is what `ws` exports and the facade does not', () => {
  const absent = Object.keys(original).filter((name) => !(name in facade.WebSocket));
  expect(rows('Export').map(([name]) => name)).toEqual(expect.arrayContaining(absent));
  expect(rows('Export')).toHaveLength(absent.length);
});

test('the codes of errors are the ones that errors have', () => {
  const listed = rows('Engine');
  expect(listed.length).toBeGreaterThan(10);
  for (const [engine, code] of listed) {
    expect(frameErrorOf(new ProtocolError(engine as ProtocolErrorCode)).code).toBe(code);
  }
  const source = read('../../src/protocol/errors.ts').split('type ProtocolErrorCode')[0] ?? '';
  const known = Array.from(source.matchAll(/^ {2}(PW_WS_\w+):/gm), ([, code]) => code);
  expect(listed.map(([engine]) => engine)).toEqual(known);
});

test('every code, event and environment variable of `ws` has its place on the page', () => {
  const folder = '../../../../node_modules/ws/lib/';
  const found = (files: RegExp, pattern: RegExp): string[] =>
    readdirSync(new URL(folder, import.meta.url))
      .filter((name) => files.test(name))
      .flatMap((name) =>
        Array.from(read(folder + name).matchAll(pattern), ([, match = '']) => match),
      );
  const names = new Set([
    ...found(/./, /'(WS_ERR_\w+)'/g),
    ...found(/./, /process\.env\.(WS_\w+)/g),
    // Those of its receiver and sender are its own affair.
    ...found(/^websocket/, /(?:websocket|this|server)\.emit\('([\w-]+)'/g),
  ]);
  expect(names.size).toBeGreaterThan(20);
  for (const name of names) expect(page).toContain(`\`${name}\``);
});

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

/** The cells of the table whose first column has this heading, without backquotes. */
function rows(heading: string): string[][] {
  const table = new RegExp(`\\| ${heading} [^\\n]*\\n\\|[ |-]+\\|\\n((?:\\|[^\\n]*\\n)+)`).exec(
    page,
  );
  return (table?.[1] ?? '')
    .trim()
    .split('\n')
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}
