import { MAX_ENVELOPE_BYTES } from '@pairwire/pairing/rendezvous';

/** Limits of the relay; every one is a number. Times in milliseconds, sizes in bytes. */
export interface RelayLimits {
  /** How long a link waits for somebody to tap. Default 120,000. */
  unclaimedMs: number;
  /** How long two sides may take from the tap until both accepted. Default 120,000. */
  unconfirmedMs: number;
  /** How long a side may be away before the link ends as `lonely`. Default 600,000. */
  awayMs: number;
  /** How long a channel may stay without taking a seat. Default 600,000. */
  seatlessMs: number;
  /** How long a side may leave what was sent to it unread; the other one is held up meanwhile. Default 15,000. */
  stalledMs: number;
  /** Envelopes a side may send before both accepted. Default 10. */
  unconfirmedEnvelopes: number;
  /** Longest of these. Default 4,096. */
  unconfirmedEnvelopeBytes: number;
  /** Records kept for a side that is away, the newest of them. Default 256; `0` keeps none. */
  keptRecords: number;
  /** Their bytes: what a link with both sides away can cost twice. Default 262,144. */
  keptBytes: number;
  /** Envelopes per second and side. Beyond it the side is read more slowly. Default 50. */
  recordsPerSecond: number;
  /** Envelopes at once after a rest. Default 100. */
  recordBurst: number;
  /** Bytes per second and side. Default 65,536. */
  bytesPerSecond: number;
  /** Bytes at once after a rest; at least the longest envelope. Default 131,072. */
  byteBurst: number;
  /** Requests per second and channel. Default 5. */
  requestsPerSecond: number;
  /** Requests at once after a rest. Default 40. */
  requestBurst: number;
  /** Refused requests at once before the channel is closed; one is forgiven every 2 s. Default 20. */
  maxStrikes: number;
  /** Packets of one channel waiting for their turn before it is closed. Default 512. */
  maxInbox: number;
  /** Bytes waiting for a side that does not read before it is closed as `slow`. Default 1 MiB. */
  maxQueuedBytes: number;
  /** Links opened, or taken up after a restart, per minute and client address. Default 10; `0`: no limit. */
  createPerMinute: number;
  /** Visits, claims and failed returns per minute and client address. Default 20; `0`: no limit. */
  joinPerMinute: number;
  /** Seats taken at links where two meet that remember each other, per minute and client address. Default 30; `0`: no limit. */
  meetPerMinute: number;
  /** Links at a time; the oldest unclaimed one gives way to a new one. Default 60,000. */
  maxLinks: number;
  /** Links one channel may have seats of. Default 8. */
  maxLinksPerChannel: number;
  /** Those among them where a channel waits for an end that remembers it. Default 4; `0`: meeting again is off. */
  maxMeetingsPerChannel: number;
  /** Unclaimed links of one channel; the oldest gives way. Default 2: the code shown, and the one before. */
  maxUnclaimedPerChannel: number;
  /** Channels at a time; further ones are answered with 503. Default 130,000. */
  maxChannels: number;
  /** Channels of one client address; further ones are answered with 429. Default 256; `0`: no limit. */
  maxChannelsPerAddress: number;
}

export interface RelayOptions extends Partial<RelayLimits> {
  /**
   * Clients without limits by address: `loopback`, addresses or CIDR ranges. Default `loopback`,
   * which is the machine's owner and the gateway beside the relay. Behind a proxy on the same
   * machine, set `trustedProxies`, or everybody is taken for the owner.
   */
  unlimitedAddresses?: readonly string[];
  /** Proxies whose X-Forwarded-For is believed: `loopback`, addresses or CIDR ranges. Default none. */
  trustedProxies?: readonly string[];
  /** Names this relay is reached by, besides literal private addresses and localhost. Default none. */
  hosts?: readonly string[];
  /** The address for phones; its host counts as one of `hosts`. */
  publicUrl?: string | undefined;
  /** Origins of pages on other hosts that may connect, such as `https://example.com`. Default none. */
  origins?: readonly string[];
  /**
   * Lets pages of every origin connect. A site that its visitor has open can then use a relay in
   * the visitor's network. Default false.
   */
  dangerouslyAllowAnyOrigin?: boolean;
}

export type ResolvedRelayOptions = Readonly<RelayLimits> &
  Readonly<Required<Omit<RelayOptions, keyof RelayLimits>>>;

export const RELAY_DEFAULTS: ResolvedRelayOptions = Object.freeze({
  unclaimedMs: 120_000,
  unconfirmedMs: 120_000,
  awayMs: 660_000,
  seatlessMs: 600_000,
  stalledMs: 15_000,
  unconfirmedEnvelopes: 10,
  unconfirmedEnvelopeBytes: 4_096,
  keptRecords: 256,
  keptBytes: 262_144,
  recordsPerSecond: 50,
  recordBurst: 100,
  bytesPerSecond: 65_536,
  byteBurst: 131_072,
  requestsPerSecond: 5,
  requestBurst: 40,
  maxStrikes: 20,
  maxInbox: 512,
  maxQueuedBytes: 1_048_576,
  createPerMinute: 10,
  joinPerMinute: 20,
  meetPerMinute: 30,
  maxLinks: 60_000,
  maxLinksPerChannel: 8,
  maxMeetingsPerChannel: 4,
  maxUnclaimedPerChannel: 2,
  maxChannels: 130_000,
  maxChannelsPerAddress: 256,
  unlimitedAddresses: Object.freeze(['loopback']),
  trustedProxies: Object.freeze([]),
  hosts: Object.freeze([]),
  publicUrl: undefined,
  origins: Object.freeze([]),
  dangerouslyAllowAnyOrigin: false,
});

/** Zero means "none" or "no limit" for these; for all others it would stop the relay. */
const MAY_BE_ZERO: readonly string[] = [
  'keptRecords',
  'keptBytes',
  'createPerMinute',
  'joinPerMinute',
  'meetPerMinute',
  'maxMeetingsPerChannel',
  'maxChannelsPerAddress',
];

/** Node turns longer delays into 1 ms. */
const LONGEST_DELAY_MS = 0x7fff_ffff;

/** @throws {TypeError | RangeError} on an unknown name, a wrong type or an impossible value or pair */
export function resolveOptions(given: RelayOptions): ResolvedRelayOptions {
  const resolved: Record<string, unknown> = { ...RELAY_DEFAULTS };
  for (const [name, value] of Object.entries(given) as [keyof ResolvedRelayOptions, unknown][]) {
    if (!Object.hasOwn(RELAY_DEFAULTS, name)) throw new TypeError(`unknown option '${name}'`);
    if (value === undefined) continue;
    checkOption(name, value);
    resolved[name] = value;
  }
  const options = resolved as unknown as ResolvedRelayOptions;
  checkPairs(options);
  return Object.freeze(options);
}

function checkOption(name: keyof ResolvedRelayOptions, value: unknown): void {
  const usual: unknown = RELAY_DEFAULTS[name];
  if (typeof usual === 'number') return checkNumber(name, value);
  if (Array.isArray(usual)) {
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
    if (!isList) throw new TypeError(`${name} must be a list of strings`);
    return;
  }
  const expected = typeof usual === 'boolean' ? 'boolean' : 'string';
  if (typeof value !== expected) {
    throw new TypeError(`${name} must be a ${expected}, got ${typeof value}`);
  }
}

function checkNumber(name: string, value: unknown): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${name} must be a number, got ${typeof value}`);
  }
  const least = MAY_BE_ZERO.includes(name) ? 0 : 1;
  const largest = name.endsWith('Ms') ? LONGEST_DELAY_MS : Number.MAX_SAFE_INTEGER;
  if (!Number.isInteger(value) || value < least || value > largest) {
    throw new RangeError(
      `${name} must be a whole number from ${least} to ${largest}, got ${value}`,
    );
  }
}

function checkPairs(options: ResolvedRelayOptions): void {
  const { byteBurst, maxQueuedBytes, keptBytes, maxUnclaimedPerChannel, maxLinksPerChannel } =
    options;
  if (byteBurst < MAX_ENVELOPE_BYTES) {
    throw new RangeError(`byteBurst must be at least ${MAX_ENVELOPE_BYTES}, the longest envelope`);
  }
  // What was kept is sent at once when the side returns.
  if (maxQueuedBytes < keptBytes + MAX_ENVELOPE_BYTES) {
    throw new RangeError(`maxQueuedBytes must hold keptBytes and one envelope more`);
  }
  if (maxUnclaimedPerChannel > maxLinksPerChannel) {
    throw new RangeError('maxUnclaimedPerChannel must not exceed maxLinksPerChannel');
  }
}
