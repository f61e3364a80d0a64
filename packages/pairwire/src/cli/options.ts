/**
 * Every option of every command, once. Flags, environment names, help and the test of
 * docs/reference/cli.md derive from this table.
 */
import { UsageError } from './errors.ts';
import * as values from './option-values.ts';

export type CommandName = 'up' | 'relay' | 'gateway' | 'phone' | 'page' | 'doctor';

/** The words of `@pairwire/pairing`'s ConfirmPolicy. */
export const CONFIRM_POLICIES = ['match', 'both', 'type', 'tap'] as const;
const LANGUAGES = ['en', 'zh'] as const;
const SWITCH = ['on', 'off'] as const;
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

interface OptionSpec<T, D extends Partial<Record<CommandName, T | undefined>>> {
  /** As help shows it: the flag, then what its value is; without one it is a switch. */
  readonly flag: `--${string}`;
  readonly parse: (text: string) => T;
  /** The commands that take the option, each with its default. */
  readonly defaults: D;
  /** Said where a default is undefined. */
  readonly otherwise?: string;
  /** May be given several times; the values are joined with commas. */
  readonly isList?: true;
  readonly help: string;
}

function option<T, const D extends Partial<Record<CommandName, T | undefined>>>(
  spec: OptionSpec<T, D>,
): OptionSpec<T, D> {
  return spec;
}

export const OPTIONS = {
  port: option({
    flag: '--port <number>',
    parse: values.parsePort,
    defaults: { up: 1818, relay: 1818 },
    help: 'TCP port of pages and relay; 0 takes any free one',
  }),
  host: option({
    flag: '--host <address>',
    parse: values.parseBindHost,
    defaults: { up: undefined, relay: '127.0.0.1', gateway: '127.0.0.1' },
    otherwise: 'all interfaces',
    help: 'address to listen on',
  }),
  udpPort: option({
    flag: '--udp-port <number>',
    parse: values.parsePort,
    defaults: { up: 5683, gateway: 5683 },
    help: 'UDP port of the phone gateway; 0 takes any free one',
  }),
  publicUrl: option({
    flag: '--public-url <url>',
    parse: values.parseHttpOrigin,
    defaults: { up: undefined, relay: undefined, page: undefined },
    otherwise: "the machine's own addresses",
    help: 'the address that phones use, when it is not one of this machine',
  }),
  store: option({
    flag: '--store <where>',
    parse: values.parseStore,
    defaults: { up: 'memory', relay: 'memory' },
    help: 'where the relay keeps its links: memory',
  }),
  confirm: option({
    flag: '--confirm <how>',
    parse: values.oneOf(CONFIRM_POLICIES),
    defaults: { up: 'match', page: 'match' },
    help: `how the two ends are matched by number: ${CONFIRM_POLICIES.join(', ')}`,
  }),
  label: option({
    flag: '--label <name>',
    parse: values.parseLabel,
    defaults: { up: undefined, phone: undefined, page: undefined },
    otherwise: "the computer's name",
    help: 'the name that the other side sees',
  }),
  cert: option({
    flag: '--cert <file>',
    parse: values.parsePath,
    defaults: { up: undefined, relay: undefined },
    otherwise: 'none: plain http',
    help: 'certificate chain in PEM: serve https; goes with --key',
  }),
  key: option({
    flag: '--key <file>',
    parse: values.parsePath,
    defaults: { up: undefined, relay: undefined },
    otherwise: 'none: plain http',
    help: 'private key in PEM; goes with --cert',
  }),
  origin: option({
    flag: '--origin <origin>',
    parse: values.listOf(values.parseHttpOrigin),
    defaults: { up: [], relay: [] },
    isList: true,
    help: 'origin of other pages that may connect; repeat it or use commas',
  }),
  trustProxy: option({
    flag: '--trust-proxy <range>',
    parse: values.listOf(values.parseProxyRange),
    defaults: { up: [], relay: [] },
    isList: true,
    help: 'proxies whose X-Forwarded-For is believed: loopback, addresses, ranges',
  }),
  lab: option({
    flag: '--lab <switch>',
    parse: values.oneOf(SWITCH),
    defaults: { up: 'on' },
    help: 'the page /lab, which shows bytes and costs: on, off',
  }),
  relay: option({
    flag: '--relay <url>',
    parse: values.parseRelayUrl,
    defaults: { gateway: undefined, phone: undefined, page: 'http://127.0.0.1:1818' },
    otherwise: 'none',
    help: 'the relay to connect to',
  }),
  gateway: option({
    flag: '--gateway <url>',
    parse: values.parseGatewayUrl,
    defaults: { phone: undefined },
    otherwise: 'coap://127.0.0.1:5683',
    help: 'the phone gateway to connect to, instead of --relay',
  }),
  logLevel: option({
    flag: '--log-level <level>',
    parse: values.oneOf(LOG_LEVELS),
    defaults: { up: 'warn', relay: 'info', gateway: 'info', phone: 'warn', page: 'warn' },
    help: `least important log lines to write: ${LOG_LEVELS.join(', ')}`,
  }),
  protocol: option({
    flag: '--protocol <name>',
    parse: values.listOf(values.parseProtocol),
    defaults: { doctor: [] },
    isList: true,
    help: 'subprotocol to ask for; repeat it or use commas',
  }),
  timeout: option({
    flag: '--timeout <ms>',
    parse: values.parseTimeout,
    defaults: { doctor: 5_000 },
    help: 'how long each probe waits for an answer',
  }),
  lang: option({
    flag: '--lang <language>',
    parse: values.oneOf(LANGUAGES),
    defaults: { doctor: undefined },
    otherwise: "the terminal's",
    help: `language of the report: ${LANGUAGES.join(', ')}`,
  }),
  json: option({
    flag: '--json',
    parse: values.parseSwitch,
    defaults: { doctor: false },
    help: 'report as JSON, for programs',
  }),
} as const;

export type OptionName = keyof typeof OPTIONS;
type Value<K extends OptionName> = ReturnType<(typeof OPTIONS)[K]['parse']>;
type Default<K extends OptionName, C extends CommandName> =
  (typeof OPTIONS)[K]['defaults'] extends Record<C, infer D> ? D : never;

/** All options of one command, each set. */
export type Settings<C extends CommandName> = {
  readonly [
    K in OptionName as C extends keyof (typeof OPTIONS)[K]['defaults'] ? K : never
  ]: undefined extends Default<K, C> ? Value<K> | undefined : Value<K>;
};

export function optionNames(command: CommandName): OptionName[] {
  return (Object.keys(OPTIONS) as OptionName[]).filter((name) => command in OPTIONS[name].defaults);
}

/** `--udp-port` → `PAIRWIRE_UDP_PORT` */
export function environmentName(name: OptionName): string {
  return `PAIRWIRE_${flagName(name).slice(2).replaceAll('-', '_').toUpperCase()}`;
}

export function flagName(name: OptionName): string {
  return OPTIONS[name].flag.replace(/ .*/, '');
}

/** The default as help and the reference show it. */
export function formatDefault(name: OptionName, command: CommandName): string {
  const { defaults, otherwise } = OPTIONS[name] as OptionSpec<unknown, Record<string, unknown>>;
  const value = defaults[command];
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value);
  // Lists are empty by default.
  return otherwise ?? 'none';
}

/** What the command line gave, by option name; a list option may come in several pieces, a switch is true. */
export type GivenFlags = Readonly<Partial<Record<OptionName, string | true | readonly string[]>>>;

/**
 * The settings of a command: a flag wins over the environment, and that over the default.
 * An empty environment variable counts as not set.
 *
 * @throws UsageError naming the flag or the variable, and what was expected
 */
export function resolveSettings<C extends CommandName>(
  command: C,
  flags: GivenFlags,
  environment: Readonly<Record<string, string | undefined>>,
): Settings<C> {
  const settings: Record<string, unknown> = {};
  for (const name of optionNames(command)) {
    const spec = OPTIONS[name] as OptionSpec<unknown, Record<string, unknown>>;
    const given = flags[name];
    const variable = environmentName(name);
    const text =
      given === undefined ? environment[variable] || undefined : [given].flat().join(',');
    const source = given === undefined ? variable : flagName(name);
    settings[name] =
      text === undefined ? spec.defaults[command] : parseValue(spec.parse, text, source);
  }
  checkPairs(settings);
  return settings as Settings<C>;
}

function parseValue(parse: (text: string) => unknown, text: string, source: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    // The text is not repeated: it may be a password in an address.
    if (error instanceof values.BadValueError) throw new UsageError(`${source}: ${error.message}`);
    throw error;
  }
}

function checkPairs(settings: Record<string, unknown>): void {
  if ((settings['cert'] === undefined) !== (settings['key'] === undefined)) {
    throw new UsageError('--cert and --key go together');
  }
  if (settings['relay'] !== undefined && settings['gateway'] !== undefined) {
    throw new UsageError('--relay and --gateway: choose one of them');
  }
}
