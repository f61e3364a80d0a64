/** The reference pages say what the source says, and nothing is missing on either side. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  ConnectionError,
  HandshakeError,
  ProtocolError,
  WebSocket,
  WebSocketServer,
  type ConnectionErrorCode,
  type HandshakeErrorCode,
  type ProtocolErrorCode,
} from '@pairwire/websocket';
import { CloseCode, isSendableCloseCode } from '@pairwire/websocket/protocol';
import { Counters } from '../../src/node/counters.ts';
import { diagnostics } from '../../src/node/diagnostics.ts';
import { COMPRESSION_DEFAULTS } from '../../src/node/compression.ts';
import {
  CLIENT_DEFAULTS,
  LIMIT_DEFAULTS,
  resolveClientOptions,
  resolveConnectOptions,
  resolveServerOptions,
  SERVER_DEFAULTS,
} from '../../src/node/options.ts';

function read(path: string): string {
  return readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
}

/** The cells of every table row below a heading that contains `heading`. */
function rows(page: string, heading: string): string[][] {
  const section = read(page)
    .split(/^#+ /m)
    .find((part) => part.split('\n')[0]?.includes(heading));
  const lines = (section ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function unquoted(cell: string | undefined): string {
  return (cell ?? '').replaceAll('`', '');
}

function sourceNames(constant: string): string[] {
  const source = read('packages/websocket/src/protocol/errors.ts');
  const table = new RegExp(`const ${constant} = \\{([^]*?)\\n\\} as const`).exec(source)?.[1] ?? '';
  return [...table.matchAll(/^ {2}(PW_WS_\w+):/gm)].map(([, name]) => name ?? '');
}

describe('docs/reference/engine-errors.md', () => {
  const PAGE = 'docs/reference/engine-errors.md';

  test('lists every ProtocolError with its close code and section', () => {
    const documented = rows(PAGE, 'ProtocolError');
    expect(documented.map(([code]) => unquoted(code))).toEqual(sourceNames('PROTOCOL_RULES'));
    for (const [code, closeCode, section] of documented) {
      const error = new ProtocolError(unquoted(code) as ProtocolErrorCode);
      expect([`${error.closeCode}`, error.section]).toEqual([closeCode, section]);
    }
  });

  test('lists every HandshakeError with its status and section', () => {
    const documented = rows(PAGE, 'HandshakeError');
    expect(documented.map(([code]) => unquoted(code))).toEqual(sourceNames('HANDSHAKE_RULES'));
    for (const [code, status, section] of documented) {
      const error = new HandshakeError(unquoted(code) as HandshakeErrorCode);
      expect([`${error.status}`, error.section]).toEqual([status, section]);
    }
  });

  test('lists every ConnectionError', () => {
    const documented = rows(PAGE, 'ConnectionError').map(([code, section]) => [
      unquoted(code),
      section,
    ]);
    const codes = sourceNames('CONNECTION_FAILURES') as ConnectionErrorCode[];
    expect(documented).toEqual(codes.map((code) => [code, new ConnectionError(code).section]));
  });
});

describe('docs/reference/close-codes.md', () => {
  test('lists every code with a name, and whether it may be sent', () => {
    const documented = rows('docs/reference/close-codes.md', 'Close codes');
    expect(documented.map(([code, name]) => [unquoted(name), Number(code)])).toEqual(
      Object.entries(CloseCode),
    );
    for (const [code, , onTheWire] of documented) {
      expect(isSendableCloseCode(Number(code))).toBe(onTheWire === 'yes');
    }
  });
});

describe('docs/reference/diagnostics.md', () => {
  const PAGE = 'docs/reference/diagnostics.md';

  test('lists every counter', () => {
    const documented = rows(PAGE, 'Counters').map(([name]) => unquoted(name));
    expect(documented).toEqual(Object.keys(new Counters()));
  });

  test('lists every event with its fields', () => {
    const source = read('packages/websocket/src/node/diagnostics.ts');
    const body = /interface DiagnosticsEvents \{([^]*?)\n\}/.exec(source)?.[1] ?? '';
    const declared = body
      .replaceAll(/^ *\/\*\*.*$/gm, '')
      .split(/^ {2}(?=\w+: )/m)
      .slice(1)
      .map((entry) => [
        `pairwire:websocket:${/^\w+/.exec(entry)?.[0]}`,
        [
          ...(entry.includes('ConnectionFields') ? ['connection', 'role'] : []),
          ...[...entry.matchAll(/'(\w+)'|readonly (\w+):/g)].map(
            ([, picked, own]) => picked ?? own,
          ),
        ],
      ]);
    const documented = rows(PAGE, 'Events').map(([name, list = '']) => [
      unquoted(name),
      unquoted(list).split(', '),
    ]);
    expect(documented).toEqual(declared);
    expect(documented.map(([name]) => name)).toEqual(
      Object.values(diagnostics).map((channel) => channel.name),
    );
  });
});

describe('docs/reference/engine-options.md', () => {
  const PAGE = 'docs/reference/engine-options.md';

  /** What the interface declares, in its order. */
  function declared(name: string, file = 'options'): string[] {
    const source = read(`packages/websocket/src/node/${file}.ts`);
    const body =
      new RegExp(`export interface ${name}[^{]*\\{([^]*?)\\n\\}`).exec(source)?.[1] ?? '';
    return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\?:/gm)].map(([, option]) => option ?? '');
  }

  function documented(heading: string): string[] {
    return rows(PAGE, heading).map(([name]) => unquoted(name));
  }

  test('lists every option, and none that is not there', () => {
    expect(documented('Both roles')).toEqual(declared('ConnectionLimits'));
    expect(documented('`compression`')).toEqual(declared('CompressionOptions', 'compression'));
    expect(documented('Server')).toEqual(declared('WebSocketServerOptions'));
    expect(documented('Client')).toEqual(declared('WebSocketOptions'));
    expect(documented('connectWebSocket')).toEqual(declared('ConnectOptions'));
    expect(documented('server.close')).toEqual(declared('ServerCloseOptions', 'websocket-server'));
    expect(documented('server.listen')).toEqual(declared('ListenOptions', 'websocket-server'));
    expect(documented('server.publish')).toEqual(declared('PublishOptions', 'websocket-server'));
    expect(documented('connection.send')).toEqual(declared('SendOptions', 'outgoing-message'));
    expect(documented('sendStream')).toEqual(declared('StreamOptions', 'outgoing-stream'));
  });

  test('names only options that are taken', () => {
    const both = documented('Both roles');
    const unset = (names: string[]) => Object.fromEntries(names.map((name) => [name, undefined]));
    expect(() => resolveServerOptions(unset([...both, ...documented('Server')]))).not.toThrow();
    const client = [...both, ...documented('Client')];
    expect(() => resolveClientOptions(unset(client))).not.toThrow();
    const connect = [...client, ...documented('connectWebSocket')].filter(
      (name) => name !== 'allowBlockedPorts',
    );
    expect(() => resolveConnectOptions(unset(connect))).not.toThrow();
    expect(() => new WebSocketServer({ paths: '/' } as object)).toThrow(/paths/);
    expect(() => new WebSocket('ws://localhost', [], { header: {} } as object)).toThrow(/header/);
  });

  test('states the defaults', () => {
    const plain = (value: string | number | boolean | object | undefined) => {
      if (typeof value === 'number') return value.toLocaleString('en-US');
      // What is off has no settings.
      return typeof value === 'string' ? value : JSON.stringify(value ?? false);
    };
    for (const [name, value] of rows(PAGE, '`compression`')) {
      const option = unquoted(name) as keyof typeof COMPRESSION_DEFAULTS;
      expect(`${name}: ${value}`).toBe(`${name}: ${plain(COMPRESSION_DEFAULTS[option])}`);
    }
    for (const [name, value] of rows(PAGE, 'Both roles')) {
      const option = unquoted(name) as keyof typeof LIMIT_DEFAULTS;
      const expected = Object.hasOwn(CLIENT_DEFAULTS, option)
        ? `${plain(LIMIT_DEFAULTS[option])}; ${plain(CLIENT_DEFAULTS[option as keyof typeof CLIENT_DEFAULTS])} for \`WebSocket\``
        : plain(LIMIT_DEFAULTS[option]);
      expect(`${name}: ${value}`).toBe(`${name}: ${expected}`);
    }
    const server = Object.fromEntries(
      rows(PAGE, 'Server').map(([name, value]) => [unquoted(name), unquoted(value)]),
    );
    expect(server['origins']).toBe(`'${SERVER_DEFAULTS.origins}'`);
    for (const name of [
      'maxConnections',
      'maxOpeningsPerSecond',
      'maxTopicsPerConnection',
    ] as const) {
      expect(`${name}: ${server[name]}`).toBe(`${name}: ${plain(SERVER_DEFAULTS[name])}`);
    }
  });

  test('gives the values an unset option has', () => {
    expect(resolveServerOptions({})).toEqual({ ...LIMIT_DEFAULTS, ...SERVER_DEFAULTS });
    expect(resolveServerOptions({ maxMessageBytes: undefined }).maxMessageBytes).toBe(1_048_576);
    expect(resolveClientOptions({})).toEqual({ ...LIMIT_DEFAULTS, ...CLIENT_DEFAULTS });
    expect(resolveConnectOptions({})).toEqual(LIMIT_DEFAULTS);
    expect(resolveServerOptions({ maxBufferedBytes: 1_000 }).highWaterBytes).toBe(1_000);
  });
});
