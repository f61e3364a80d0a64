/**
 * The bits of HTTP grammar that the opening handshake needs (RFC 9110 §5.6). Every scanner reads
 * its input once, from left to right: the time is linear, whatever a peer sends.
 */

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DEL = 0x7f;

/** Indexed by character code: 1 for the characters of a token (RFC 9110 §5.6.2). */
const TOKEN_CHARACTERS = new Uint8Array(128);
for (const character of "!#$%&'*+-.^_`|~") TOKEN_CHARACTERS[character.charCodeAt(0)] = 1;
TOKEN_CHARACTERS.fill(1, 0x30, 0x3a);
TOKEN_CHARACTERS.fill(1, 0x41, 0x5b);
TOKEN_CHARACTERS.fill(1, 0x61, 0x7b);

export function isToken(text: string): boolean {
  return text !== '' && new HeaderScanner(text).token()?.length === text.length;
}

/** What a field value may hold when we write it: no line end, no control character. */
export function isFieldValue(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if ((code < SPACE && code !== TAB) || code === DEL || code > 0xff) return false;
  }
  return true;
}

/** Without the optional whitespace (spaces and tabs) at both ends. */
export function trimWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(text.charCodeAt(start))) start++;
  while (end > start && isWhitespace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/**
 * Reads `1#token`. Empty elements do not count (RFC 9110 §5.6.1.2); a list without any other, and
 * anything that is not a token, is refused with undefined.
 */
export function parseTokenList(text: string): string[] | undefined {
  const scanner = new HeaderScanner(text);
  const tokens: string[] = [];
  do {
    const token = scanner.token();
    if (token !== undefined) tokens.push(token);
  } while (scanner.skip(','));
  return scanner.atEnd && tokens.length > 0 ? tokens : undefined;
}

/** Whether a comma-separated list names `token`, whatever else it holds; case does not matter. */
export function listNames(text: string, token: string): boolean {
  for (let start = 0; start <= text.length;) {
    const comma = text.indexOf(',', start);
    const end = comma === -1 ? text.length : comma;
    if (
      end - start >= token.length &&
      trimWhitespace(text.slice(start, end)).toLowerCase() === token
    ) {
      return true;
    }
    start = end + 1;
  }
  return false;
}

/** Reads a field value from left to right; white space between its parts is passed over. */
export class HeaderScanner {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skipWhitespace();
  }

  get atEnd(): boolean {
    return this.#position === this.#text.length;
  }

  /** Passes over `separator` if it stands here. */
  skip(separator: string): boolean {
    if (this.#text[this.#position] !== separator) return false;
    this.#position++;
    this.#skipWhitespace();
    return true;
  }

  /** The token that stands here, if one does. */
  token(): string | undefined {
    const start = this.#position;
    while (TOKEN_CHARACTERS[this.#text.charCodeAt(this.#position)] === 1) this.#position++;
    if (this.#position === start) return undefined;
    const token = this.#text.slice(start, this.#position);
    this.#skipWhitespace();
    return token;
  }

  /** The contents of the quoted string that stands here, if a complete one does. */
  quotedString(): string | undefined {
    if (this.#text.charCodeAt(this.#position) !== QUOTE) return undefined;
    let contents = '';
    let start = this.#position + 1;
    for (let index = start; index < this.#text.length; index++) {
      const code = this.#text.charCodeAt(index);
      if (code === QUOTE) {
        contents += this.#text.slice(start, index);
        this.#position = index + 1;
        this.#skipWhitespace();
        return contents;
      }
      if (code === BACKSLASH) {
        contents += this.#text.slice(start, index);
        index++;
        start = index;
      }
    }
    return undefined;
  }

  #skipWhitespace(): void {
    while (isWhitespace(this.#text.charCodeAt(this.#position))) this.#position++;
  }
}

function isWhitespace(code: number): boolean {
  return code === SPACE || code === TAB;
}
