/**
 * What somebody else wrote, made safe for a terminal: control characters could move the cursor,
 * change the window's title or pretend to be this program. They become visible instead.
 */

/** Keeps line breaks and tabs. */
export function toPrintable(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\p{Control}/gu, (control) => (isLayout(control) ? control : picture(control)));
}

/** The same on one line. */
export function toPrintableLine(text: string): string {
  return toPrintable(text).replace(/[\n\t\u2028\u2029]+/g, ' ');
}

function isLayout(control: string): boolean {
  return control === '\n' || control === '\t';
}

/** U+2400 is the picture of U+0000, and so on up to the space; U+2421 that of DEL; C1 has none. */
function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\uFFFD';
}
