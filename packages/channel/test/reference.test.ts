/** docs/ says what the source says, and nothing is missing on either side. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

import { CLIENT_DEFAULTS, resolveClientOptions } from '../src/client/options.ts';
import { ChannelCloseCode } from '../src/protocol/close-code.ts';
import { CHANNEL_ERROR_CODES } from '../src/protocol/errors.ts';
import { LIMIT_DEFAULTS } from '../src/protocol/options.ts';
import { SUBPROTOCOL, WEBSOCKET_PATH } from '../src/protocol/subprotocol.ts';
import { resolveServerOptions, SERVER_DEFAULTS } from '../src/server/options.ts';

function read(page: string): string {
  return readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
}

/** The first two cells of every table row below the heading that begins with `heading`. */
function rows(page: string, heading: string): [string, string][] {
  const section = read(page)
    .split(/^#+ /m)
    .find((part) => part.startsWith(heading));
  const lines = (section ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) => {
    const [, first = '', second = ''] = line.split('|');
    return [first, second].map((cell) => cell.trim().replaceAll('`', '')) as [string, string];
  });
}

function numbers(defaults: Readonly<Record<string, number>>): [string, string][] {
  return Object.entries(defaults).map(([name, value]) => [name, value.toLocaleString('en-US')]);
}

function withoutLimits(defaults: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(defaults).filter(([name]) => !Object.hasOwn(LIMIT_DEFAULTS, name)),
  );
}

describe('docs/reference/channel-options.md', () => {
  const PAGE = 'reference/channel-options.md';
  const known = (resolve: (options: Record<string, unknown>) => unknown, name: string) => {
    // Unknown names are refused as such; known ones with another message, or not at all.
    expect(() => {
      try {
        resolve({ [name]: Symbol('no value of any option') });
      } catch (error) {
        if (String(error).includes('unknown option')) throw error;
      }
    }).not.toThrow();
  };

  const accept = () => ({ packet() {}, close() {} });

  test('has the defaults of both roles', () => {
    expect(rows(PAGE, 'Both roles')).toEqual(numbers(LIMIT_DEFAULTS));
  });

  test('has the options of the client', () => {
    const documented = rows(PAGE, 'Client');
    expect(documented).toEqual(expect.arrayContaining(numbers(withoutLimits(CLIENT_DEFAULTS))));
    for (const [name] of documented) known(resolveClientOptions, name);
    expect(documented.map(([name]) => name)).toEqual([
      'openTimeoutMs',
      'rungTimeoutMs',
      'probeIntervalMs',
      'fetch',
      'transport',
      'WebSocket',
      'memory',
    ]);
  });

  test('has the options of the server', () => {
    const documented = rows(PAGE, 'Server');
    const defaults = numbers(withoutLimits(SERVER_DEFAULTS));
    expect(documented.slice(0, defaults.length)).toEqual(defaults);
    for (const [name] of documented)
      known((options) => resolveServerOptions({ accept, ...options }), name);
    const source = readFileSync(new URL('../src/server/options.ts', import.meta.url), 'utf8');
    const fields = [...source.matchAll(/^ {2}(\w+)\??: /gm)].map(([, name]) => name);
    for (const [name] of documented) expect(fields).toContain(name);
    expect(documented).toHaveLength(18);
  });
});

test('docs/reference/channel-errors.md lists every code', () => {
  const documented = rows('reference/channel-errors.md', '`ChannelError`').map(([code]) => code);
  expect(documented).toEqual(CHANNEL_ERROR_CODES);
});

describe('docs/protocol/channel.md', () => {
  const PAGE = 'protocol/channel.md';

  test('lists every close code of the channel', () => {
    const documented = rows(PAGE, '6. The end');
    const codes = Object.entries(ChannelCloseCode).map(([name, code]) => [`${code}`, name]);
    expect(documented).toEqual(codes);
  });

  test('has the limits of the source', () => {
    const text = rows(PAGE, '7. Limits').map(([, value]) =>
      value.replaceAll(/(?<=\d) (?=\d)/g, ''),
    );
    const { maxPacketBytes, highWaterBytes, maxBufferedBytes, closeTimeoutMs } = LIMIT_DEFAULTS;
    const { pingIntervalMs, pongTimeoutMs, maxChannels } = SERVER_DEFAULTS;
    expect(text).toEqual([
      `${maxPacketBytes} bytes`,
      `${highWaterBytes} bytes`,
      `${maxBufferedBytes} bytes`,
      `${CLIENT_DEFAULTS.openTimeoutMs} ms`,
      `${closeTimeoutMs} ms`,
      `${pingIntervalMs} ms, ${pongTimeoutMs} ms`,
      `${maxChannels}`.replace(/(?=\d{3}$)/, ''),
    ]);
  });

  test('names path and subprotocol as the source does', () => {
    expect(read(PAGE)).toContain(`GET ${WEBSOCKET_PATH} HTTP/1.1`);
    expect(read(PAGE)).toContain(`Sec-WebSocket-Protocol: ${SUBPROTOCOL}`);
  });
});
