/** What `up` prints before its `ready` line. */
import { columnsOf } from '../simulator/columns.ts';
import type { StartupPhrases } from './startup-phrases.ts';

export interface StartupFacts {
  readonly version: string;
  /** The page on this very computer. */
  readonly here: string;
  /** Most likely first. */
  readonly phones: readonly { readonly url: string; readonly label: string }[];
  readonly gateway: string | null;
  readonly off: readonly { readonly what: string; readonly why: string }[];
}

const TITLE_COLUMNS = 16;

/** Two columns, so that the eye finds an address; the first row of a group names it. */
export function formatStartup(
  { version, here, phones, gateway, off }: StartupFacts,
  phrases: StartupPhrases,
): string {
  const width = Math.max(...phones.map(({ url }) => url.length), 0);
  const groups: readonly (readonly [title: string, rows: readonly string[]])[] = [
    [phrases.thisComputer, [`${here}   ${phrases.openIt}`]],
    [phrases.phones, phones.map(({ url, label }) => `${url.padEnd(width)}   ${label}`)],
    [phrases.gateway, gateway === null ? [] : [gateway]],
    [phrases.off, off.map(({ what, why }) => `${what}${phrases.colon}${why}`)],
  ];
  const lines = groups.flatMap(([title, rows]) =>
    rows.map((row, index) => `  ${padToColumns(index === 0 ? title : '')}${row}`),
  );
  return `Pairwire ${version}\n\n${lines.join('\n')}\n\n`;
}

function padToColumns(title: string): string {
  const columns = Array.from(title).reduce((sum, character) => sum + columnsOf(character), 0);
  return title + ' '.repeat(Math.max(0, TITLE_COLUMNS - columns));
}
