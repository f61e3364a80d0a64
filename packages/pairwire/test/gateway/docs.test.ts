/** The pages about the gateway say what the source says. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { FORMAT_RULES } from '../../src/coap/errors.ts';
import { SegmentReader } from '../../src/coap/index.ts';
import { decodeMessage, encodeMessage } from '../../src/coap/message.ts';
import { DEFAULT_SERVER_LIMITS } from '../../src/coap/server.ts';
import { DEFAULT_TRANSMISSION } from '../../src/coap/transmission.ts';
import { GATEWAY_DEFAULTS, GatewayCloseCode } from '../../src/gateway/index.ts';
import { CoapPipeCloseCode } from '../../src/simulator/coap-pipe.ts';

const read = (page: string) =>
  readFileSync(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8');

/** Below a heading: the first two cells of each row of its table. */
function rowsBelow(page: string, heading: string): [string, string][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  return Array.from(
    section.matchAll(/^\| `?([^`|]+?)`? \| `?([^`|]+?)`? \|/gm),
    ([, first = '', second = '']) => [first, second] as [string, string],
  ).filter(([first]) => first !== 'Name' && first !== 'Code' && !first.startsWith('---'));
}

describe('docs/reference/gateway-options.md', () => {
  test.each([
    ['`limits`', GATEWAY_DEFAULTS],
    ['`datagrams`', DEFAULT_SERVER_LIMITS],
    ['`transmission`', DEFAULT_TRANSMISSION],
  ])('lists all of %s with their defaults', (heading, defaults) => {
    const documented = rowsBelow(read('reference/gateway-options.md'), heading);
    expect(Object.fromEntries(documented.map(([name, value]) => [name, Number(value)]))).toEqual(
      defaults,
    );
  });
});

describe('docs/reference/gateway-responses.md', () => {
  const page = read('reference/gateway-responses.md');

  test.each([
    ['Close codes of the gateway', GatewayCloseCode],
    ['How a phone', CoapPipeCloseCode],
  ])('lists %s…', (heading, codes) => {
    const documented = rowsBelow(page, heading);
    expect(Object.fromEntries(documented.map(([code, name]) => [name, Number(code)]))).toEqual(
      codes,
    );
  });

  test('lists the format errors with their sections', () => {
    const sections = Object.entries(FORMAT_RULES).map(([code, { section }]) => [code, section]);
    expect(rowsBelow(page, 'Format errors')).toEqual(sections);
  });
});

describe('docs/protocol/phone.md', () => {
  const page = read('protocol/phone.md');
  const trace = Array.from(page.matchAll(/^(\S.*?) {2,}([0-9a-f]{8,})$/gm), ([, name, hex]) => ({
    name,
    datagram: new Uint8Array(Buffer.from(hex ?? '', 'hex')),
  }));

  test('every datagram of the trace is a message, and what we would send', () => {
    expect(trace).toHaveLength(14);
    for (const { datagram } of trace) {
      const decoded = decodeMessage(datagram);
      if (!decoded.ok) throw new Error(decoded.error.code);
      expect(encodeMessage(decoded.message)).toEqual(datagram);
    }
  });

  test.each([
    ['2.05 "你好" down', ['你好']],
    ['PUT "hi", ff up', ['hi', Uint8Array.of(0xff)]],
  ])('the segment of %s holds that', (wanted, packets) => {
    const { datagram = new Uint8Array(0) } = trace.find(({ name }) => name === wanted) ?? {};
    const decoded = decodeMessage(datagram);
    const payload = decoded.ok ? decoded.message.payload : new Uint8Array(0);
    expect(new SegmentReader().receive(payload)).toEqual({ ok: true, packets });
  });
});
