import { CONFIRM_POLICIES, type ConfirmPolicy } from '@pairwire/pairing';

export interface Address {
  /** Origin: scheme, host, port; no path. */
  url: string;
  /** Where it leads, for a person: "Wi-Fi (wlan0)". Empty when nobody said. */
  label: string;
}

/** What the server tells the computer page about itself. */
export interface PageConfig {
  /** Best first. */
  addresses: readonly Address[];
  /** Set by the operator; goes before everything else. */
  publicUrl: string | undefined;
  confirm: ConfirmPolicy;
  /** What the phone shows as the place it types into; empty when nobody said. */
  label: string;
  /** Whether the server has a page `/lab`. */
  lab: boolean;
  /** Features that do not work here, with the reason in English; `code` is empty when there is none. */
  off: readonly { code: string; what: string; why: string }[];
}

export const EMPTY_CONFIG: PageConfig = {
  addresses: [],
  publicUrl: undefined,
  confirm: 'match',
  label: '',
  lab: false,
  off: [],
};

const MAX_ENTRIES = 32;
const MAX_LETTERS = 200;

/** Takes what is usable from `/config.json` and leaves the rest out: a page without it still works. */
export function parsePageConfig(json: unknown): PageConfig {
  if (!isRecord(json)) return EMPTY_CONFIG;
  return {
    addresses: entries(json['addresses']).flatMap((entry) => {
      const url = parseOrigin(entry['url']);
      return url === undefined ? [] : [{ url, label: shortText(entry['label']) }];
    }),
    publicUrl: parseOrigin(json['publicUrl']),
    confirm: CONFIRM_POLICIES.find((policy) => policy === json['confirm']) ?? 'match',
    label: shortText(json['label']),
    lab: json['lab'] === true,
    off: entries(json['off']).flatMap((entry) => {
      const what = shortText(entry['what']);
      return what === ''
        ? []
        : [{ code: shortText(entry['code']), what, why: shortText(entry['why']) }];
    }),
  };
}

/** @returns the usable parts, `EMPTY_CONFIG` when there is no answer */
export async function fetchPageConfig(): Promise<PageConfig> {
  try {
    const response = await fetch('/config.json', { cache: 'no-store' });
    return response.ok ? parsePageConfig(await response.json()) : EMPTY_CONFIG;
  } catch {
    return EMPTY_CONFIG;
  }
}

function parseOrigin(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_LETTERS) return undefined;
  try {
    const url = new URL(value);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.origin : undefined;
  } catch {
    return undefined;
  }
}

function shortText(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_LETTERS) : '';
}

function entries(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.slice(0, MAX_ENTRIES).filter(isRecord) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
