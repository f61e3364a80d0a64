/** Some bytes that make one character, or one byte that makes none. */
export interface CharacterBytes {
  readonly start: number;
  readonly length: number;
  /** Undefined: not valid UTF-8, or cut off. */
  readonly character: string | undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Which bytes of a UTF-8 text belong to which character (RFC 3629 §3). */
export function splitCharacters(bytes: Uint8Array): CharacterBytes[] {
  const characters: CharacterBytes[] = [];
  for (let start = 0; start < bytes.length;) {
    const length = lengthOf(bytes[start] ?? 0);
    const character = decode(bytes.subarray(start, start + length));
    const taken = character === undefined ? 1 : length;
    characters.push({ start, length: taken, character });
    start += taken;
  }
  return characters;
}

const ESCAPES = new Map([
  [' ', '␣'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);

/** How a character is written where every character must be seen. */
export function visible(character: string | undefined): string {
  const escape = ESCAPES.get(character ?? '');
  if (escape !== undefined) return escape;
  return character === undefined || /^\p{Cc}$/u.test(character) ? '·' : character;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** How long the sequence is that begins with this byte. */
function lengthOf(first: number): number {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}
