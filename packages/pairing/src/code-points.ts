/**
 * Offsets in code points, which is what travels, against offsets in UTF-16, which is what a
 * browser's text fields count.
 */

/** How many code points the first `utf16Offset` units hold. An offset inside a pair counts the pair. */
export function toCodePointOffset(text: string, utf16Offset: number): number {
  let count = 0;
  for (let at = 0; at < utf16Offset && at < text.length; count += 1) {
    at += unitsAt(text, at);
  }
  return count;
}

/** Where the code point of that number begins. Beyond the end: the text's length. */
export function toUtf16Offset(text: string, codePointOffset: number): number {
  let at = 0;
  for (let count = 0; count < codePointOffset && at < text.length; count += 1) {
    at += unitsAt(text, at);
  }
  return at;
}

export function countCodePoints(text: string): number {
  return toCodePointOffset(text, text.length);
}

/** Replaces lone surrogates with U+FFFD, as String.prototype.toWellFormed does (it is not in every browser yet). */
export function toWellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}

function unitsAt(text: string, at: number): 1 | 2 {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
