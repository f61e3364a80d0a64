/** The command line: which commands there are, and how a mistake in one is answered. */
import { Command, CommanderError, Option } from 'commander';

import { UsageError } from './errors.ts';
import {
  environmentName,
  formatDefault,
  optionNames,
  OPTIONS,
  resolveSettings,
  type CommandName,
  type GivenFlags,
  type OptionName,
  type Settings,
} from './options.ts';

/** What each command does with its settings; main.ts brings the real ones. */
export interface Actions {
  up(settings: Settings<'up'>): Promise<void>;
  relay(settings: Settings<'relay'>): Promise<void>;
  gateway(settings: Settings<'gateway'>): Promise<void>;
  phone(guidOrLink: string, settings: Settings<'phone'>): Promise<void>;
  page(settings: Settings<'page'>): Promise<void>;
  doctor(endpoint: string, settings: Settings<'doctor'>): Promise<void>;
}

export interface ProgramOptions {
  readonly actions: Actions;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where help and version go. */
  write(text: string): void;
}

export const COMMAND_SUMMARIES: Readonly<Record<CommandName, string>> = {
  up: 'relay, pages and phone gateway in one process (the default command)',
  relay: 'the relay alone',
  gateway: 'the phone gateway alone (CoAP over UDP)',
  phone: 'phone simulator: connects to the page that shows this GUID or link',
  page: "the computer's end in a terminal",
  doctor: "explains what is wrong with an endpoint's opening handshake",
};

/**
 * Runs the command that `argv` names (without node and the script).
 *
 * @throws UsageError for a mistake in the command line or in a PAIRWIRE_ variable
 */
export async function runProgram(argv: readonly string[], options: ProgramOptions): Promise<void> {
  const program = createProgram(options);
  checkCommandName(argv, program);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end this way too, with code 0.
    if (error.exitCode !== 0) throw new UsageError(describeMistake(error));
  }
}

function createProgram({ actions, version, environment, write }: ProgramOptions): Command {
  const program = new Command('pairwire')
    .description('Scan a code; what you type on one device appears on the other.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => {} })
    .addHelpText('after', '\nEvery option has an environment variable too; a flag wins over it.');

  const add = <C extends CommandName>(
    name: C,
    run: (settings: Settings<C>, argument: string) => Promise<void>,
    { argument, isDefault = false }: { argument?: [string, string]; isDefault?: boolean } = {},
  ) => {
    const command = program.command(name, { isDefault }).description(COMMAND_SUMMARIES[name]);
    command.allowExcessArguments(false);
    if (argument) command.argument(...argument);
    for (const optionName of optionNames(name)) command.addOption(createOption(optionName, name));
    command.action(async () => {
      const settings = resolveSettings(name, command.opts<GivenFlags>(), environment);
      await run(settings, command.args[0] ?? '');
    });
  };

  add('up', actions.up, { isDefault: true });
  add('relay', actions.relay);
  add('gateway', actions.gateway);
  add('phone', (settings, guidOrLink) => actions.phone(guidOrLink, settings), {
    argument: ['<guid-or-link>', 'what the page shows: the GUID, or the whole link'],
  });
  add('page', actions.page);
  add('doctor', (settings, endpoint) => actions.doctor(endpoint, settings), {
    argument: ['<url>', 'ws://, wss://, http:// or https://'],
  });
  return program;
}

function createOption(name: OptionName, command: CommandName): Option {
  const spec = OPTIONS[name];
  const notes = `default: ${formatDefault(name, command)}; ${environmentName(name)}`;
  const option = new Option(spec.flag, `${spec.help} (${notes})`);
  if ('isList' in spec) {
    option.argParser((text: string, earlier: readonly string[] | undefined) => [
      ...(earlier ?? []),
      text,
    ]);
  }
  return option;
}

/**
 * A word that is no command would otherwise be an argument too many of the default one. The word is
 * not repeated: somebody may have pasted a GUID.
 */
function checkCommandName([first, ...rest]: readonly string[], program: Command): void {
  if (first === 'help') return checkCommandName(rest, program);
  if (first === undefined || first === '' || first.startsWith('-')) return;
  const names = program.commands.map((command) => command.name());
  if (names.includes(first)) return;
  const hint = /[0-9a-f]{8}|#/i.test(first)
    ? 'to connect as a phone: pairwire phone GUID'
    : `expected one of ${names.join(', ')}`;
  throw new UsageError(`unknown command; ${hint}`);
}

function describeMistake({ code, message }: CommanderError): string {
  if (code === 'commander.excessArguments') {
    return 'too many arguments; expected: pairwire [command] [options]';
  }
  return toOneLine(message);
}

/** Commander puts its suggestion on a second line. */
function toOneLine(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}
