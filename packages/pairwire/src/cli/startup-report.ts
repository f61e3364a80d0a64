/** What `up` prints before its `ready` line. */
import type { SwitchedOff } from './reach.ts';

export interface StartupFacts {
  readonly version: string;
  /** The page on this very computer. */
  readonly here: string;
  /** Most likely first. */
  readonly phones: readonly { readonly url: string; readonly label: string }[];
  readonly gateway: string | null;
  readonly off: readonly SwitchedOff[];
}

/** Two columns, so that the eye finds an address; the first row of a group names it. */
export function formatStartup({ version, here, phones, gateway, off }: StartupFacts): string {
  const width = Math.max(...phones.map(({ url }) => url.length), 0);
  const groups: readonly (readonly [title: string, rows: readonly string[]])[] = [
    ['This computer', [`${here}   open it: it shows the code to scan`]],
    ['Phones', phones.map(({ url, label }) => `${url.padEnd(width)}   ${label}`)],
    ['Phone gateway', gateway === null ? [] : [gateway]],
    ['Off', off.map(({ what, why }) => `${what}: ${why}`)],
  ];
  const lines = groups.flatMap(([title, rows]) =>
    rows.map((row, index) => `  ${(index === 0 ? title : '').padEnd(16)}${row}`),
  );
  return `Pairwire ${version}\n\n${lines.join('\n')}\n\n`;
}
