/** The bytes that a person has typed, or undefined when they are none. */
export type TypedBytes = Uint8Array<ArrayBuffer> | undefined;

/**
 * Hexadecimal digits, two for each byte; spaces, line breaks, commas, colons and `0x` between them
 * are ignored.
 */
export function parseHex(text: string): TypedBytes {
  const digits = text.replace(/0x|[\s,:]/gi, '');
  if (!/^(?:[\da-f]{2})*$/i.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0' };
const ESCAPE = /\\(?:x([\da-f]{2})|(.))/gis;

/**
 * A header block with its line ends written out: `\r\n`, `\n`, `\x0a`. Line breaks of the text
 * field itself are for reading only then. Without any written line end they count as CRLF, as in
 * text that was copied from somewhere.
 */
export function parseEscaped(text: string): TypedBytes {
  const broken = text.replace(/\r\n?/g, '\n');
  const isWritten = /\\[rn]|\\x0[ad]/i.test(broken);
  const joined = broken.replaceAll('\n', isWritten ? '' : '\\r\\n');
  const plain = joined.replace(ESCAPE, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return new TextEncoder().encode(plain);
}
