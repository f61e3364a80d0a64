/** Reads the text of an HTTP message as loosely as can be: what the core gets need not be sensible. */

export interface HttpText {
  /** The start line, cut at single spaces. */
  readonly start: readonly string[];
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

export function readHttpText(input: Uint8Array): HttpText {
  // As node:http does: one byte, one character.
  const text = Buffer.from(input).toString('latin1');
  const [startLine = '', ...lines] = text.split(/\r?\n/);
  const headers = lines
    .filter((line) => line !== '')
    .flatMap((line) => {
      const colon = line.indexOf(':');
      return colon === -1 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)];
    });
  return { start: startLine.split(' '), headers };
}

/** Every value of a field, whatever the case of its name. */
export function valuesOf(headers: readonly string[], name: string): string[] {
  return headers
    .filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name)
    .map((value) => value.replaceAll(/^[ \t]+|[ \t]+$/g, ''));
}
