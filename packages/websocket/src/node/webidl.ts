/** How arguments become IDL values, and classes IDL interfaces: https://webidl.spec.whatwg.org/ */
import { toUSVString as replaceLoneSurrogates } from 'node:util';

/** @throws {TypeError} when fewer arguments were given than the operation needs */
export function requireArguments(operation: string, given: number, required: number): void {
  if (given < required) {
    throw new TypeError(`${operation} needs ${required} argument(s), got ${given}`);
  }
}

/** @throws {TypeError} when `value` is a symbol */
export function toDOMString(value: unknown): string {
  // A template refuses symbols as the standard wants; `String()` would describe them.
  return `${value as string}`;
}

/** @throws {TypeError} when `value` is a symbol */
export function toUSVString(value: unknown): string {
  return replaceLoneSurrogates(toDOMString(value));
}

/** `unsigned short`: what does not fit is taken modulo 2^16. */
export function toUnsignedShort(value: unknown): number {
  const number = Math.trunc(toNumber(value));
  if (!Number.isFinite(number)) return 0;
  return ((number % 65_536) + 65_536) % 65_536;
}

/** `[Clamp] unsigned short`: rounded half to even, never out of range. */
export function clampToUnsignedShort(value: unknown): number {
  const number = Math.min(Math.max(toNumber(value), 0), 65_535);
  if (Number.isNaN(number)) return 0;
  const floor = Math.floor(number);
  const rest = number - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/**
 * `[EnforceRange] unsigned short`
 *
 * @throws {TypeError} when `value` does not fit
 */
export function enforceUnsignedShort(name: string, value: unknown): number {
  const number = Math.trunc(toNumber(value));
  if (!(number >= 0 && number <= 65_535)) {
    throw new TypeError(`${name} must be a number from 0 to 65535`);
  }
  return number + 0;
}

/** @throws {TypeError} when `value` is neither an object nor missing */
export function toDictionary(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' && typeof value !== 'function') {
    throw new TypeError(`${name} must be an object`);
  }
  return value as Record<string, unknown>;
}

/** In a union with a string and a sequence: what is neither. */
export function isDictionary(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return (typeof value === 'object' || typeof value === 'function') && !isIterable(value);
}

/** @throws {TypeError} when `value` cannot be iterated */
export function toSequence<T>(name: string, value: unknown, convert: (item: unknown) => T): T[] {
  if (!isIterable(value)) throw new TypeError(`${name} must be a sequence`);
  return Array.from(value, convert);
}

/** `(DOMString or sequence<DOMString>)`, the string taken as a sequence of one. */
export function toStrings(name: string, value: unknown): string[] {
  if (value === undefined) return [];
  return isIterable(value) ? toSequence(name, value, toDOMString) : [toDOMString(value)];
}

/**
 * Gives a class the property descriptors of an IDL interface: a class hides its members, an
 * interface shows them.
 */
export function exposeInterface(
  target: { readonly prototype: object; readonly name: string },
  members: readonly string[],
): void {
  for (const name of members) {
    Object.defineProperty(target.prototype, name, { enumerable: true });
  }
  Object.defineProperty(target.prototype, Symbol.toStringTag, {
    value: target.name,
    configurable: true,
  });
}

function isIterable(value: unknown): value is Iterable<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const method: unknown = Reflect.get(value, Symbol.iterator);
  if (method === undefined || method === null) return false;
  if (typeof method !== 'function') throw new TypeError('Symbol.iterator must be a function');
  return true;
}

/** @throws {TypeError} for a symbol or a bigint; `Number()` would take the latter */
function toNumber(value: unknown): number {
  return +(value as number);
}
