/** docs/protocol/pairing.md is what others implement: its examples and figures must be ours. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeBase64url } from '../src/base64url.ts';
import { MAX_TEXT_BYTES } from '../src/edit.ts';
import { PAGE_DEFAULTS } from '../src/options.ts';
import { OUTBOX_BYTES, OUTBOX_RECORDS } from '../src/outbox.ts';
import { MAX_CIPHERTEXT_BYTES } from '../src/padding.ts';
import {
  END_REASONS,
  MAX_CONTROL_BYTES,
  MAX_ENVELOPE_BYTES,
  parseReply,
  parseRequest,
  REFUSALS,
  RelayCloseCode,
  ReplySchema,
  RequestSchema,
} from '../src/rendezvous.ts';
import { toHex } from './hex.ts';
import vectors from './vectors/pairing-1.json' with { type: 'json' };

const page = readFileSync(new URL('../../../docs/protocol/pairing.md', import.meta.url), 'utf8');
const messages = page.match(/^\{"type".*\}$/gm) ?? [];
const typeOf = (message: string) => /"type":"(\w+)"/.exec(message)?.[1] ?? '';

describe('docs/protocol/pairing.md', () => {
  test.each(messages.map((message) => [typeOf(message), message]))(
    'its example of %s is one',
    (_, message) => {
      expect(parseRequest(message).ok || parseReply(message).ok).toBe(true);
    },
  );

  test('it has an example of every control message', () => {
    const schemas = [...RequestSchema.options, ...ReplySchema.options];
    const types = schemas.map(({ entries }) => entries.type.literal);
    expect(messages.map(typeOf).sort()).toEqual(types.sort());
  });

  test('its examples are of the link in the vectors', () => {
    const [, link = ''] = /"link":"([^"]+)"/.exec(page) ?? [];
    const [, key = ''] = /"key":"([^"]+)"/.exec(page) ?? [];
    expect(toHex(decodeBase64url(link) ?? new Uint8Array())).toBe(vectors.linkId);
    expect(toHex(decodeBase64url(key) ?? new Uint8Array())).toBe(vectors.pkP);
  });

  test('it explains every reason and every close code', () => {
    for (const reason of [...END_REASONS, ...REFUSALS]) expect(page).toContain(`\`${reason}\``);
    for (const code of Object.values(RelayCloseCode)) expect(page).toContain(`| ${code} |`);
  });

  test.each([
    ['Control message', MAX_CONTROL_BYTES],
    ['Envelope', MAX_ENVELOPE_BYTES],
    ['Ciphertext of a record', MAX_CIPHERTEXT_BYTES],
    ['Text, in UTF-8', MAX_TEXT_BYTES],
    ['A code is shown', PAGE_DEFAULTS.codeLifeMs],
    ['Codes shown before the page asks', PAGE_DEFAULTS.maxRotations],
    ['Records kept by a sender', OUTBOX_RECORDS],
    ['Bytes kept by a sender', OUTBOX_BYTES],
    ['Live states at most one in', PAGE_DEFAULTS.liveIntervalMs],
  ])('its limit for "%s" is ours', (name, value) => {
    const row = page.split('\n').find((line) => line.startsWith(`| ${name} |`));
    expect(row).toMatch(new RegExp(`\\| ${value}( \\w+)? \\|$`));
  });

  test('it has every section that the sources refer to', () => {
    const folder = new URL('../src/', import.meta.url);
    const sources = readdirSync(folder).filter((name) => name.endsWith('.ts'));
    const references = sources.flatMap((name) =>
      [
        ...readFileSync(new URL(name, folder), 'utf8').matchAll(
          /pairing\.md ((?:§[\d.]+\d|§\d|, )+)/g,
        ),
      ]
        .flatMap(([, list = '']) => list.split(', '))
        .map((section) => section.slice(1)),
    );
    const headings = new Set([...page.matchAll(/^#+ ([\d.]+?)\.? /gm)].map(([, number]) => number));
    expect(references.length).toBeGreaterThan(15);
    expect(references.filter((section) => !headings.has(section))).toEqual([]);
  });
});
