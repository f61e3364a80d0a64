import { readFileSync } from 'node:fs';

import { CONFIRM_POLICIES as PAIRING_POLICIES } from '@pairwire/pairing';
import { describe, expect, test } from 'vitest';

import { UsageError } from '../../src/cli/errors.ts';
import {
  CONFIRM_POLICIES,
  environmentName,
  flagName,
  formatDefault,
  optionNames,
  OPTIONS,
  resolveSettings,
  type CommandName,
  type GivenFlags,
} from '../../src/cli/options.ts';
import { COMMAND_SUMMARIES } from '../../src/cli/program.ts';

const COMMANDS = Object.keys(COMMAND_SUMMARIES) as CommandName[];

function refusal(
  command: CommandName,
  flags: GivenFlags,
  environment: Record<string, string> = {},
): string {
  try {
    resolveSettings(command, flags, environment);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('settings of a command', () => {
  test('a flag wins over the environment, and the environment over the default', () => {
    const environment = { PAIRWIRE_PORT: '2000', PAIRWIRE_UDP_PORT: '3000' };
    const settings = resolveSettings('up', { port: '1000' }, environment);
    expect(settings).toMatchObject({ port: 1000, udpPort: 3000, confirm: 'match' });
  });

  test('an empty variable counts as not set', () => {
    expect(resolveSettings('relay', {}, { PAIRWIRE_PORT: '' }).port).toBe(1818);
  });

  test('relay and gateway alone bind loopback, up binds every interface', () => {
    expect(resolveSettings('relay', {}, {}).host).toBe('127.0.0.1');
    expect(resolveSettings('gateway', {}, {}).host).toBe('127.0.0.1');
    expect(resolveSettings('up', {}, {}).host).toBeUndefined();
  });

  test('a command holds the options it takes and no other', () => {
    expect(Object.keys(resolveSettings('gateway', {}, {})).sort()).toEqual(
      ['host', 'logLevel', 'relay', 'udpPort'].sort(),
    );
  });

  test('lists come repeated, with commas, or both', () => {
    const { origin } = resolveSettings(
      'relay',
      { origin: ['https://a.example', 'https://b.example, http://c.example:8080'] },
      {},
    );
    expect(origin).toEqual(['https://a.example', 'https://b.example', 'http://c.example:8080']);
    const fromEnvironment = resolveSettings(
      'up',
      {},
      { PAIRWIRE_TRUST_PROXY: 'loopback,10.0.0.0/8' },
    );
    expect(fromEnvironment.trustProxy).toEqual(['loopback', '10.0.0.0/8']);
  });

  test('ws:// names the same relay as http://', () => {
    const relayOf = (relay: string) => resolveSettings('gateway', { relay }, {}).relay;
    expect(relayOf('ws://10.0.0.1:1818')).toBe('http://10.0.0.1:1818');
    expect(relayOf('wss://relay.example')).toBe('https://relay.example');
    expect(relayOf('http://[fd00::1]:1818/')).toBe('http://[fd00::1]:1818');
  });

  test('a gateway without port answers at 5683 (RFC 7252 §6.1)', () => {
    const gatewayOf = (gateway: string) => resolveSettings('phone', { gateway }, {}).gateway;
    expect(gatewayOf('coap://192.168.1.7')).toEqual({ host: '192.168.1.7', port: 5683 });
    expect(gatewayOf('coap://[fd00::1]:99')).toEqual({ host: 'fd00::1', port: 99 });
  });
});

describe('bad values', () => {
  test.each([
    ['port', ['', '-1', '65536', '80a', '0x50', '1e3', ' 80', '99999', '٣']],
    ['host', ['', 'a b', '999.1.1.1', 'http://x', 'x:80', '[::1', '-x', 'a'.repeat(300)]],
    [
      'publicUrl',
      ['pair.example', 'ftp://x', 'https://x/path', 'https://u:p@x', 'https://x?q', 'https://x#f'],
    ],
    ['confirm', ['', 'never', 'Match', '__proto__']],
    ['logLevel', ['loud', 'WARN']],
    ['label', [' ', 'a\nb', 'a\u001b[2J', 'x'.repeat(65)]],
    ['origin', ['null', '*', 'a.example', 'https://a.example/x']],
    ['trustProxy', ['true', '10.0.0.0/33', '10.0.0.0/', '10.0.0/8', 'fd00::/129', '1.2.3.4/8/8']],
    ['store', ['disk', '/tmp/x']],
    ['cert', ['']],
  ] as const)('--%s refuses what it cannot mean', (name, texts) => {
    for (const text of texts) {
      const message = refusal('up', {
        [name]: text,
        key: 'k',
        ...(name !== 'cert' && { cert: 'c' }),
      });
      expect(message, text).toMatch(new RegExp(`^${flagName(name)}: (expected|Redis)`));
      expect(message).not.toContain('\n');
    }
  });

  test.each([
    [
      'gateway',
      'relay',
      ['relay.example', 'coap://x', 'http://x/channel', 'http://u@x', 'http://'],
    ],
    [
      'phone',
      'gateway',
      ['http://x', 'coap://', 'coaps://x', 'coap://x:99999', 'coap://x/pipe', 'x:5683'],
    ],
  ] as const)('%s --%s refuses what is no such address', (command, name, texts) => {
    for (const text of texts)
      expect(refusal(command, { [name]: text }), text).toContain('expected');
  });

  test('doctor refuses what it cannot mean', () => {
    for (const [name, text] of [
      ['timeout', '0'],
      ['timeout', '1e3'],
      ['timeout', '600001'],
      ['lang', 'fr'],
      ['protocol', 'a b'],
    ] as const) {
      expect(refusal('doctor', { [name]: text }), text).toMatch(/^--\w+: expected/);
    }
    expect(refusal('doctor', {}, { PAIRWIRE_JSON: 'yes' })).toMatch(/^PAIRWIRE_JSON: expected/);
  });

  test('a bad variable is named by its own name', () => {
    expect(refusal('up', {}, { PAIRWIRE_UDP_PORT: 'x' })).toMatch(/^PAIRWIRE_UDP_PORT: expected/);
  });

  test('the text is never repeated: it may hold a password', () => {
    const message = refusal('relay', { store: 'redis://user:hunter2@db:6379' });
    expect(message).toBe('--store: Redis is not there yet: "memory" is the only store');
    expect(refusal('phone', { relay: 'http://user:hunter2@relay' })).not.toContain('hunter2');
  });

  test('--cert without --key, and --relay with --gateway, are refused', () => {
    expect(refusal('up', { cert: 'c.pem' })).toBe('--cert and --key go together');
    expect(refusal('relay', { key: 'k.pem' })).toBe('--cert and --key go together');
    expect(refusal('phone', { relay: 'http://x', gateway: 'coap://x' })).toContain('choose one');
  });
});

describe('the table of options', () => {
  test('the policies are those of the pairing protocol', () => {
    expect(CONFIRM_POLICIES).toEqual(PAIRING_POLICIES);
  });

  test('every default passes its own parser', () => {
    for (const command of COMMANDS) expect(() => resolveSettings(command, {}, {})).not.toThrow();
    for (const [name, spec] of Object.entries(OPTIONS)) {
      for (const value of Object.values(spec.defaults)) {
        if (value === undefined || Array.isArray(value)) continue;
        expect(spec.parse(String(value)), name).toEqual(value);
      }
    }
  });

  const reference = readFileSync(
    new URL('../../../../docs/reference/cli.md', import.meta.url),
    'utf8',
  );

  /** The cells after the flag, by flag. */
  function documentedOptions(): Map<string, string[]> {
    const rows = reference.split('\n').filter((line) => line.startsWith('| `--'));
    const cells = rows.map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    return new Map(cells.map(([flag = '', ...rest]) => [flag.replaceAll('`', ''), rest]));
  }

  function expectedRow(name: keyof typeof OPTIONS): string[] {
    const takers = COMMANDS.filter((command) => optionNames(command).includes(name));
    const defaults = new Map<string, CommandName[]>();
    for (const command of takers) {
      const text = formatDefault(name, command);
      defaults.set(text, [...(defaults.get(text) ?? []), command]);
    }
    const shown = Array.from(defaults, ([text, commands]) => `${commands.join(', ')}: ${text}`);
    return [`\`${environmentName(name)}\``, shown.join('; '), OPTIONS[name].help];
  }

  test('docs/reference/cli.md lists every option with its variable, commands, defaults and meaning', () => {
    const documented = documentedOptions();
    for (const name of Object.keys(OPTIONS) as (keyof typeof OPTIONS)[]) {
      expect(documented.get(OPTIONS[name].flag), name).toEqual(expectedRow(name));
    }
  });

  test('docs/reference/cli.md lists no option that does not exist', () => {
    const flags = Object.values(OPTIONS).map((spec) => spec.flag);
    expect([...documentedOptions().keys()].sort()).toEqual([...flags].sort());
  });

  test('docs/reference/cli.md lists every command and no other', () => {
    const headings = Array.from(reference.matchAll(/^### `pairwire (\w+)/gm), ([, name]) => name);
    expect(new Set(headings)).toEqual(new Set(COMMANDS));
  });
});
