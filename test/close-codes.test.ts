// docs/reference/close-codes.md is the one list of all close codes; this keeps it whole and true.
import { mayComeBack } from '@pairwire/pairing/rendezvous';
import { describe, expect, test } from 'vitest';

import { read, readSources } from './source-files.ts';

/** Below are the RFC's, which the engine's own test compares. */
const FIRST_OF_OURS = 3000;

/** Section of the page → the constant that it lists. */
const SECTIONS = {
  'Of the channel': 'ChannelCloseCode',
  'Of the relay': 'RelayCloseCode',
  'Of the gateway': 'GatewayCloseCode',
  'Of the lab': 'LabCloseCode',
};

/** Every `const …CloseCode = { name: 1234, … }` of the sources. */
const constants = new Map(
  readSources().flatMap(({ code }) =>
    Array.from(
      code.matchAll(/\bconst (\w*CloseCode) = \{([^}]*)\}/g),
      ([, name = '', body = '']) => [name, entriesOf(body)] as const,
    ),
  ),
);

describe('docs/reference/close-codes.md', () => {
  test.each(Object.entries(SECTIONS))('"%s" lists %s, name by name', (section, constant) => {
    const inSource = constants.get(constant)?.filter(([code]) => code >= FIRST_OF_OURS);
    expect(inSource).not.toHaveLength(0);
    expect(rowsOf(section)).toEqual(inSource);
  });

  test('has no constant of such codes left out', () => {
    const withOwnCodes = [...constants].filter(([, entries]) =>
      entries.some(([code]) => code >= FIRST_OF_OURS),
    );
    expect(withOwnCodes.map(([name]) => name).sort()).toEqual(Object.values(SECTIONS).sort());
  });

  test('gives no number to two', () => {
    const codes = Object.keys(SECTIONS).flatMap((section) => rowsOf(section).map(([code]) => code));
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('has every code in the range that tells whether to come back', () => {
    const codesOf = (section: string) => rowsOf(section).map(([code]) => code);
    const relay = codesOf('Of the relay');
    expect(relay.filter(mayComeBack)).toEqual(relay.filter((code) => code < 4100));
    expect(codesOf('Of the gateway').filter((code) => code >= 4000 && code < 4100)).toHaveLength(3);
    expect(codesOf('Of the channel').every((code) => code >= 4900)).toBe(true);
  });
});

function entriesOf(body: string): [code: number, name: string][] {
  return Array.from(body.matchAll(/(\w+): (\d+)/g), ([, name = '', code]) => [Number(code), name]);
}

function rowsOf(section: string): [code: number, name: string][] {
  const text = read('docs/reference/close-codes.md')
    .split(/^## /m)
    .find((part) => part.startsWith(section));
  return Array.from((text ?? '').matchAll(/^\| (\d{4}) \| `(\w+)` \|/gm), ([, code, name = '']) => [
    Number(code),
    name,
  ]);
}
