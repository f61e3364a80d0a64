/**
 * Options by number and the formats of their values (RFC 7252 §3.2, §5.4, §5.10).
 */

export interface Option {
  number: number;
  value: Uint8Array;
}

export const OptionNumber = {
  uriHost: 3,
  /** RFC 7641. */
  observe: 6,
  uriPort: 7,
  locationPath: 8,
  uriPath: 11,
  contentFormat: 12,
  maxAge: 14,
  uriQuery: 15,
  accept: 17,
  proxyUri: 35,
  proxyScheme: 39,
  /** RFC 9175. */
  echo: 252,
} as const;

/** RFC 7252 §12.3. */
export const ContentFormat = {
  text: 0,
  linkFormat: 40,
  octetStream: 42,
} as const;

/**
 * Allowed lengths (§5.10; RFC 7641 §2; RFC 9175 §2.2.1). Outside them an option is treated as one
 * that is not known (§5.4.3): ignored when elective, 4.02 when critical.
 */
const LENGTHS: ReadonlyMap<number, readonly [least: number, most: number]> = new Map([
  [OptionNumber.uriHost, [1, 255]],
  [OptionNumber.observe, [0, 3]],
  [OptionNumber.uriPort, [0, 2]],
  [OptionNumber.locationPath, [0, 255]],
  [OptionNumber.uriPath, [0, 255]],
  [OptionNumber.contentFormat, [0, 2]],
  [OptionNumber.maxAge, [0, 4]],
  [OptionNumber.uriQuery, [0, 255]],
  [OptionNumber.accept, [0, 2]],
  [OptionNumber.proxyUri, [1, 1034]],
  [OptionNumber.proxyScheme, [1, 255]],
  [OptionNumber.echo, [1, 40]],
]);

/** Whether an endpoint that does not know the option must refuse the message (§5.4.1, §5.4.6). */
export function isCriticalOption(number: number): boolean {
  return (number & 1) === 1;
}

/** Known here, and of an allowed length. */
export function isUsableOption({ number, value }: Option): boolean {
  const lengths = LENGTHS.get(number);
  return lengths !== undefined && value.length >= lengths[0] && value.length <= lengths[1];
}

/** The fewest bytes in network order; zero is no byte at all (§3.2). */
export function uintOption(number: number, value: number): Option {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return { number, value: Uint8Array.from(bytes) };
}

export function stringOption(number: number, text: string): Option {
  return { number, value: new TextEncoder().encode(text) };
}

export function pathOptions(path: readonly string[]): Option[] {
  return path.map((segment) => stringOption(OptionNumber.uriPath, segment));
}

/** The value of the first usable option of that number. Later ones of the same number are extra (§5.4.5). */
export function findOption(options: readonly Option[], number: number): Uint8Array | undefined {
  return options.find((option) => option.number === number && isUsableOption(option))?.value;
}

export function findUint(options: readonly Option[], number: number): number | undefined {
  const value = findOption(options, number);
  return value?.reduce((sum, byte) => sum * 256 + byte, 0);
}

/**
 * All values of a repeatable string option, in order.
 *
 * @returns undefined when one of them is not UTF-8, which is what the format asks for (§3.2).
 */
export function findStrings(options: readonly Option[], number: number): string[] | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return options
      .filter((option) => option.number === number)
      .map((option) => decoder.decode(option.value));
  } catch {
    return undefined;
  }
}
