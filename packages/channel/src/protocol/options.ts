import { DEFAULT_MAX_PACKET_BYTES } from './packet.ts';

/** Limits of a channel, the same for both roles. Times in milliseconds, sizes in bytes. */
export interface ChannelLimitOptions {
  /** Longest packet sent or accepted. Default 66,560: 64 KiB and 1 KiB; at least 1. */
  maxPacketBytes?: number | undefined;
  /**
   * With more than this waiting to be sent, `send` returns false until it has left. Default
   * 65,536; `0` reports a drain after every packet.
   */
  highWaterBytes?: number | undefined;
  /**
   * With more than this waiting to be sent, or held back while paused, the channel is closed with
   * `overflow`. Default 1 MiB; at least `highWaterBytes`. A channel may cost twice that in memory.
   */
  maxBufferedBytes?: number | undefined;
  /**
   * How long the other side may take to confirm the end before the connection is dropped. Default
   * 5,000; `0` does not wait.
   */
  closeTimeoutMs?: number | undefined;
}

export const LIMIT_DEFAULTS = Object.freeze({
  maxPacketBytes: DEFAULT_MAX_PACKET_BYTES,
  highWaterBytes: 65_536,
  maxBufferedBytes: 1_048_576,
  closeTimeoutMs: 5_000,
} satisfies Required<ChannelLimitOptions>);

export type ResolvedLimits = Readonly<Record<keyof ChannelLimitOptions, number>>;

/** Beyond this, runtimes turn a delay into none at all. */
const LONGEST_DELAY_MS = 0x7fff_ffff;

/**
 * Puts numbers over their defaults and checks them.
 *
 * @param others - names of options that are no numbers; anything else is refused
 * @throws {TypeError | RangeError} on an unknown name, a wrong type or an impossible value
 */
export function resolveNumbers<D extends ResolvedLimits>(
  defaults: D,
  given: object,
  others: readonly string[],
): { readonly [K in keyof D]: number } {
  const resolved: Record<string, number> = { ...defaults };
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (others.includes(name)) continue;
    if (!Object.hasOwn(defaults, name)) throw new TypeError(`unknown option '${name}'`);
    if (value === undefined) continue;
    checkNumber(name, value);
    resolved[name] = value;
  }
  checkPairs(resolved as unknown as ResolvedLimits);
  return resolved as { readonly [K in keyof D]: number };
}

function checkNumber(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number') {
    throw new TypeError(`${name} must be a number, got ${typeof value}`);
  }
  const least = name === 'maxPacketBytes' ? 1 : 0;
  const largest = name.endsWith('Ms') ? LONGEST_DELAY_MS : Number.MAX_SAFE_INTEGER;
  if (!Number.isInteger(value) || value < least || value > largest) {
    throw new RangeError(
      `${name} must be a whole number from ${least} to ${largest}, got ${value}`,
    );
  }
}

function checkPairs({ highWaterBytes, maxBufferedBytes }: ResolvedLimits): void {
  if (highWaterBytes > maxBufferedBytes) {
    throw new RangeError(
      `highWaterBytes (${highWaterBytes}) must not exceed maxBufferedBytes (${maxBufferedBytes})`,
    );
  }
}
