import { CONFIRM_POLICIES, type ConfirmPolicy, type EndpointEvents } from './endpoint.ts';
import type { Environment, OpenPipe } from './environment.ts';
import { toDisplayName } from './introduction.ts';
import { parseGuid } from './link.ts';
import type { PageState } from './page-endpoint.ts';
import type { PhoneState } from './phone-endpoint.ts';
import type { RememberedDevices } from './remembered.ts';
import type { ResumeStore } from './resume-state.ts';

interface EndpointOptions<State> {
  openPipe: OpenPipe;
  environment: Environment;
  events: EndpointEvents<State>;
  /**
   * Shortest time between two live states, in milliseconds. Default 50. Less shows typing more
   * smoothly, costs records, and tells an observer of the network more about the rhythm.
   */
  liveIntervalMs?: number;
  /**
   * Whether nobody on the way could have changed this end's program: a page's `isSecureContext`,
   * true for an installed program. Default false. The other side is told (`peerSecure`), and has
   * nothing but this word for it.
   */
  secure?: boolean;
  /**
   * Where this end keeps what it needs to take its link up again after a reload or a crash. Default
   * none: the link then ends with this object. What is in it: docs/protocol/pairing.md §10.4.
   */
  resume?: ResumeStore | undefined;
  /**
   * Whom this end remembers. Default none: it then neither remembers nor meets anybody again
   * (docs/protocol/pairing.md §16).
   */
  remembered?: RememberedDevices | undefined;
}

export interface PageOptions extends EndpointOptions<PageState> {
  /** What the phone shows as the place it types into, for example the computer's name. Cut to 64 code points. */
  label: string;
  /** How the two people check each other. Default `match`. `tap` checks nothing: whoever claims first is in. */
  confirm?: ConfirmPolicy;
  /** How long a code is shown before the next one, in milliseconds. Default 60 000; the one before stays valid. */
  codeLifeMs?: number;
  /** How many codes are shown before the page stops and asks. Default 10. */
  maxRotations?: number;
}

export interface PhoneOptions extends EndpointOptions<PhoneState> {
  /**
   * The GUID, in any form that parseGuid takes. Without one, only what `resume` holds can be taken up.
   */
  guid?: string | undefined;
  /** What the page shows as the device's name. Cut to 64 code points. */
  name: string;
  /** The person's language, a BCP 47 tag. Default `und`: not told. */
  language?: string;
  /** How long after the tap a relay must have been reached, in milliseconds. Default 20 000; then `offline`. */
  connectTimeoutMs?: number;
}

export const PAGE_DEFAULTS = Object.freeze({
  liveIntervalMs: 50,
  secure: false,
  confirm: 'match',
  codeLifeMs: 60_000,
  maxRotations: 10,
} as const satisfies Partial<PageOptions>);

export const PHONE_DEFAULTS = Object.freeze({
  liveIntervalMs: 50,
  secure: false,
  language: 'und',
  connectTimeoutMs: 20_000,
} as const satisfies Partial<PhoneOptions>);

type Optional = 'guid' | 'resume' | 'remembered';
/** Everything set but what means something when it is absent. */
export type Resolved<Options> = Required<Omit<Options, Optional>> &
  Pick<Options, Extract<keyof Options, Optional>>;

/** @throws TypeError, RangeError */
export function resolvePageOptions(options: PageOptions): Resolved<PageOptions> {
  const resolved = { ...PAGE_DEFAULTS, ...dropUndefined(options) };
  refuseUnknown(resolved, [...COMMON, 'label', 'confirm', 'codeLifeMs', 'maxRotations']);
  checkFunctions(resolved);
  checkNumber('liveIntervalMs', resolved.liveIntervalMs, 0, 10_000);
  checkBoolean('secure', resolved.secure);
  checkNumber('codeLifeMs', resolved.codeLifeMs, 1000, 600_000);
  checkNumber('maxRotations', resolved.maxRotations, 1, 1000);
  if (!CONFIRM_POLICIES.includes(resolved.confirm)) {
    throw new TypeError(`confirm: expected one of ${CONFIRM_POLICIES.join(', ')}`);
  }
  checkString('label', resolved.label);
  return { ...resolved, label: toDisplayName(resolved.label) };
}

/** @throws TypeError, RangeError */
export function resolvePhoneOptions(options: PhoneOptions): Resolved<PhoneOptions> {
  const resolved = { ...PHONE_DEFAULTS, ...dropUndefined(options) };
  refuseUnknown(resolved, [...COMMON, 'guid', 'name', 'language', 'connectTimeoutMs']);
  checkFunctions(resolved);
  checkNumber('liveIntervalMs', resolved.liveIntervalMs, 0, 10_000);
  checkBoolean('secure', resolved.secure);
  checkNumber('connectTimeoutMs', resolved.connectTimeoutMs, 1000, 600_000);
  checkString('name', resolved.name);
  if (resolved.guid === undefined) return { ...resolved, name: toDisplayName(resolved.name) };
  checkString('guid', resolved.guid);
  const guid = parseGuid(resolved.guid);
  // The text itself stays out of the message: it may be a mistyped secret.
  if (guid === undefined) throw new TypeError('guid: expected a GUID or a link that holds one');
  return { ...resolved, guid, name: toDisplayName(resolved.name) };
}

const COMMON = [
  'openPipe',
  'environment',
  'events',
  'liveIntervalMs',
  'secure',
  'resume',
  'remembered',
];

/** An option set to undefined is an option not given. */
function dropUndefined<T extends object>(options: T): T {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as T;
}

function refuseUnknown(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new TypeError(`${unknown}: no such option`);
}

function checkFunctions(options: EndpointOptions<never>): void {
  const { openPipe, environment, events, resume, remembered } = options;
  if (typeof openPipe !== 'function') throw new TypeError('openPipe: expected a function');
  for (const key of ['randomBytes', 'nowMs', 'setTimer'] as const) {
    if (typeof environment?.[key] !== 'function') {
      throw new TypeError(`environment.${key}: expected a function`);
    }
  }
  for (const key of ['load', 'save', 'clear'] as const) {
    if (resume !== undefined && typeof resume?.[key] !== 'function') {
      throw new TypeError(`resume.${key}: expected a function`);
    }
  }
  if (remembered !== undefined && typeof remembered?.entries !== 'function') {
    throw new TypeError('remembered: expected RememberedDevices');
  }
  if (typeof events !== 'object' || events === null) {
    throw new TypeError('events: expected an object');
  }
}

function checkString(name: string, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError(`${name}: expected a string`);
}

function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError(`${name}: expected a boolean`);
}

function checkNumber(name: string, value: number, lowest: number, highest: number): void {
  if (!(value >= lowest && value <= highest)) {
    throw new RangeError(`${name}: expected ${lowest} to ${highest}, got ${value}`);
  }
}
