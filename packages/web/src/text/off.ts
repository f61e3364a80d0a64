import type { Messages } from './messages.en.ts';

/** Something that does not work here, with the reason. */
export interface OffText {
  what: string;
  why: string;
}

/**
 * What the server says is off, in the language of the page where it knows the code
 * (docs/reference/cli.md lists them), else in the server's own words: it may be newer.
 */
export function offText(texts: Messages, { code, ...said }: OffText & { code: string }): OffText {
  return isKnown(texts, code) ? texts.off[code] : said;
}

function isKnown(texts: Messages, code: string): code is keyof Messages['off'] {
  return Object.hasOwn(texts.off, code);
}
