import { describe, expect, test } from 'vitest';

import { UsageError } from '../../src/cli/errors.ts';
import { environmentName, optionNames, OPTIONS, type CommandName } from '../../src/cli/options.ts';
import { COMMAND_SUMMARIES, runProgram, type Actions } from '../../src/cli/program.ts';

interface Run {
  /** What was called, with its arguments. */
  readonly calls: unknown[][];
  readonly printed: string;
}

async function run(argv: string[], environment: Record<string, string> = {}): Promise<Run> {
  const calls: unknown[][] = [];
  let printed = '';
  const note = (...call: unknown[]) => {
    calls.push(call);
    return Promise.resolve();
  };
  const actions: Actions = {
    up: (settings) => note('up', settings),
    relay: (settings) => note('relay', settings),
    gateway: (settings) => note('gateway', settings),
    phone: (guidOrLink, settings) => note('phone', guidOrLink, settings),
    page: (settings) => note('page', settings),
    doctor: (endpoint, settings) => note('doctor', endpoint, settings),
  };
  await runProgram(argv, {
    actions,
    version: '1.2.3',
    environment,
    write: (text) => (printed += text),
  });
  return { calls, printed };
}

async function refusal(argv: string[], environment?: Record<string, string>): Promise<string> {
  const error: unknown = await run(argv, environment).catch((reason: unknown) => reason);
  if (error instanceof UsageError) return error.message;
  throw new Error(`nothing was refused: ${String(error)}`);
}

describe('commands', () => {
  test('up is the default command', async () => {
    expect((await run([])).calls).toMatchObject([['up', { port: 1818 }]]);
    expect((await run(['--port', '0'])).calls).toMatchObject([['up', { port: 0 }]]);
    expect((await run(['up', '--port=7'])).calls).toMatchObject([['up', { port: 7 }]]);
  });

  test('each command gets its settings, phone its argument too', async () => {
    const callsOf = async (...argv: string[]) => (await run(argv)).calls;
    expect(await callsOf('relay', '--origin', 'http://a', '--origin', 'http://b')).toMatchObject([
      ['relay', { origin: ['http://a', 'http://b'] }],
    ]);
    expect(await callsOf('gateway', '--relay', 'http://r')).toMatchObject([
      ['gateway', { relay: 'http://r' }],
    ]);
    expect(await callsOf('phone', 'http://x/p#guid', '--relay', 'http://r')).toMatchObject([
      ['phone', 'http://x/p#guid', { relay: 'http://r' }],
    ]);
    expect(await callsOf('page', '--confirm', 'type')).toMatchObject([
      ['page', { confirm: 'type' }],
    ]);
    expect(await callsOf('doctor', 'ws://x', '--json', '--protocol', 'a,b')).toMatchObject([
      ['doctor', 'ws://x', { json: true, protocol: ['a', 'b'], timeout: 5_000 }],
    ]);
  });

  test('the environment reaches the settings', async () => {
    const { calls } = await run(['relay'], { PAIRWIRE_PORT: '99', PAIRWIRE_CONFIRM: 'nonsense' });
    expect(calls).toMatchObject([['relay', { port: 99 }]]);
  });
});

describe('mistakes on the command line are one clear line', () => {
  const guid = '3f2b8c1e-0000-4000-8000-123456789abc';
  test.each([
    [['--prot', '1'], "unknown option '--prot' (Did you mean --port?)"],
    [['relay', '--confirm', 'tap'], "unknown option '--confirm'"],
    [['up', '--port', 'x'], '--port: expected a port number from 0 to 65535'],
    [['up', '--port'], "option '--port <number>' argument missing"],
    [['relay', 'x'], 'too many arguments; expected: pairwire [command] [options]'],
    [['--port', '0', 'relay'], 'too many arguments; expected: pairwire [command] [options]'],
    [['phone'], "missing required argument 'guid-or-link'"],
    [['phone', guid, guid], 'too many arguments; expected: pairwire [command] [options]'],
    [['frob'], 'unknown command; expected one of up, relay, gateway, phone, page, doctor'],
    [['help', 'frob'], 'unknown command; expected one of up, relay, gateway, phone, page, doctor'],
    [[guid], 'unknown command; to connect as a phone: pairwire phone GUID'],
    [[`http://x/p#${guid}`], 'unknown command; to connect as a phone: pairwire phone GUID'],
    [['--store', 'redis://x'], '--store: Redis is not there yet: "memory" is the only store'],
    [['--cert', 'x'], '--cert and --key go together'],
  ])('%j', async (argv, message) => {
    expect(await refusal(argv)).toBe(message);
  });

  test('a GUID in the wrong place is not repeated', async () => {
    for (const argv of [[guid], ['up', guid], ['phone', guid, guid], ['help', guid]]) {
      expect(await refusal(argv)).not.toContain(guid.slice(0, 8));
    }
  });

  test('a variable is blamed by its name', async () => {
    const message = await refusal([], { PAIRWIRE_PORT: 'tcp://10.0.0.1:1818' });
    expect(message).toBe('PAIRWIRE_PORT: expected a port number from 0 to 65535');
  });
});

describe('help', () => {
  test.each(Object.keys(COMMAND_SUMMARIES) as CommandName[])(
    'of %s names its options, their variables, and no other',
    async (command) => {
      const { printed, calls } = await run([command, '--help']);
      expect(calls).toEqual([]);
      const flags = Array.from(
        printed.matchAll(/^ {2}(--[a-z-]+(?: <\w+>)?)/gm),
        ([, flag]) => flag,
      );
      expect(flags).toEqual(optionNames(command).map((name) => OPTIONS[name].flag));
      for (const name of optionNames(command)) expect(printed).toContain(environmentName(name));
    },
  );

  test('names every command; the version is a line of its own', async () => {
    const { printed } = await run(['--help']);
    for (const command of Object.keys(COMMAND_SUMMARIES)) {
      expect(printed).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    }
    expect((await run(['--version'])).printed).toBe('1.2.3\n');
    expect((await run(['help'])).printed).toBe(printed);
  });
});
